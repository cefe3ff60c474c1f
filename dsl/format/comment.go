package format

// widest is the width up to which lines are padded: what is longer stands alone.
const widest = 120

// alignComments puts the comments beside lines that follow each other into one column.
func alignComments(lines []*line) {
	for i := 0; i < len(lines); {
		j := i
		for j < len(lines) && beside(lines[j]) && (j == i || !lines[j].blank && lines[j-1].last().Text != "{") {
			j++
		}
		column := 0
		for _, l := range lines[i:j] {
			if w := l.indent + l.width(0, len(l.pieces)); w <= widest {
				column = max(column, w)
			}
		}
		for _, l := range lines[i:j] {
			l.gap = max(column-l.indent-l.width(0, len(l.pieces)), 0) + 1
		}
		i = max(j, i+1)
	}
}

// beside reports whether a line has a comment after its tokens.
func beside(l *line) bool { return l.comment != "" && len(l.pieces) > 0 }
