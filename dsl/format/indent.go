package format

const indentation = 4

// bracket is an open ( or [.
type bracket struct {
	text   string
	inside int // the indentation of lines between it and its closer
	closer int // the indentation of a line that its closer begins
}

// indenter follows the lines from the first to the last.
type indenter struct {
	brackets  []bracket
	depth     int    // open braces
	hanging   int    // the column in which lines go on after a comma of a statement
	statement int    // the column in which the statement begins
	before    string // the last token
}

// indent sets the indentation of every line.
//
// Statements stand one level deeper than what they belong to. Within brackets a line stands one level deeper than the
// line of the opening bracket when that bracket ends its line, and else below the first character after it. A statement
// that goes on after a comma goes on below its first item, any other one level deeper.
func indent(lines []*line) {
	in := &indenter{}
	for _, l := range lines {
		l.indent = in.of(l)
		in.follow(l)
	}
}

func (in *indenter) of(l *line) int {
	if !l.inside {
		if l.begins("}") {
			return (in.depth - 1) * indentation
		}
		return in.depth * indentation
	}
	if n := len(in.brackets); n > 0 {
		b := in.brackets[n-1]
		switch {
		case l.begins(")") || l.begins("]"):
			return b.closer
		case len(l.pieces) > 0 && in.before != "," && in.before != "(" && in.before != "[":
			return b.inside + indentation
		}
		return b.inside
	}
	if in.before == "," {
		return in.hanging
	}
	return in.statement + indentation
}

// follow takes note of what a line opens and closes.
func (in *indenter) follow(l *line) {
	if len(l.pieces) == 0 {
		return
	}
	if !l.inside {
		in.statement = l.indent
		in.hanging = l.indent + indentation
		if first := firstItem(l); first < len(l.pieces) {
			in.hanging = l.indent + l.width(0, first) + l.pieces[first].space
		}
	}
	in.before = l.last().Text
	column := l.indent
	for i, p := range l.pieces {
		if i > 0 {
			column += p.space
		}
		column += l.width(i, i+1)
		switch p.Text {
		case "{":
			in.depth++
		case "}":
			in.depth--
		case "(", "[":
			b := bracket{p.Text, column, column - 1}
			if i == len(l.pieces)-1 {
				b.inside, b.closer = l.indent+indentation, l.indent
			}
			in.brackets = append(in.brackets, b)
		case ")", "]":
			in.brackets = in.brackets[:len(in.brackets)-1]
		}
	}
}

// firstItem returns the index of the piece with which a statement's first item begins: the layer of a flow, the first
// setting of a variant, what follows the keyword of another.
func firstItem(l *line) int {
	if len(l.pieces) > 2 && l.pieces[1].Text == ":" {
		return 2
	}
	return 1
}
