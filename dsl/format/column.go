package format

import (
	"strconv"

	"github.com/netc-lang/netc/dsl/syntax"
)

// alignColumns aligns the lines of every section: lines of one body without a blank line or another body between them.
func alignColumns(lines []*line) {
	var section []statement
	family := false
	for i := 0; i < len(lines); {
		s := statement{lines: lines[i : i+1]}
		for i++; i < len(lines) && lines[i].inside; i++ {
			s.lines = append(s.lines, lines[i])
		}
		first := s.lines[0]
		if first.blank || opensOrCloses(first) {
			alignSection(section)
			section = nil
		}
		if first.begins("family") || first.begins("}") {
			family = first.begins("family")
		}
		if s.classify(family); s.kind != comment {
			section = append(section, s)
		}
		if opensOrCloses(s.lines[len(s.lines)-1]) {
			section = nil
		}
	}
	alignSection(section)
}

func opensOrCloses(l *line) bool {
	return len(l.pieces) > 0 && (l.last().Text == "{" || l.begins("}"))
}

// kind is what the columns of a statement are.
type kind int

const (
	other      kind = iota
	comment         // no statement, but a comment on a line of its own
	flow            // NAME LAYER(ARGUMENT, …) -> … x COUNT if CONDITION, …
	assignment      // NAME = VALUE or NAME(NAME, …) = VALUE
	variant         // NAME: NAME = VALUE, …
)

// statement is the lines of a statement or of the head of a declaration.
type statement struct {
	lines []*line
	kind  kind
	equal int // of an assignment: the index of its "="
}

func (s *statement) classify(family bool) {
	p := s.lines[0].pieces
	switch {
	case len(p) == 0:
		s.kind = comment
	case family && len(p) > 1 && p[1].Text == ":":
		s.kind = variant
	case len(p) < 2 || p[0].Kind != syntax.KindName:
		s.kind = other
	case p[1].Kind == syntax.KindName:
		s.kind = flow
	default:
		depth := 0
		for i, x := range p {
			switch x.Text {
			case "(", "[":
				depth++
			case ")", "]":
				depth--
			case "=":
				if depth == 0 {
					s.kind, s.equal = assignment, i
					return
				}
			}
		}
	}
}

func alignSection(section []statement) {
	alignNames(section, flow, 1)
	alignNames(section, variant, 2)
	alignAssignments(section)
	var flows, variants []row
	for _, s := range section {
		switch s.kind {
		case flow:
			flows = append(flows, s.parts()...)
		case variant:
			if len(s.lines) == 1 {
				variants = append(variants, row{s.lines[0], 2, len(s.lines[0].pieces)})
			}
		}
	}
	alignArguments(flows)
	alignTails(flows)
	alignCells(settings(variants), 0)
}

// alignNames puts what follows the names of flows, or of variants, into one column: the piece of the given index.
func alignNames(section []statement, k kind, index int) {
	var places []place
	for _, s := range section {
		if l := s.lines[0]; s.kind == k && len(l.pieces) > index {
			places = append(places, place{l, 0, index})
		}
	}
	align(places, 1)
}

// alignAssignments puts the "=" of assignments that follow each other, each on one line, into one column.
func alignAssignments(section []statement) {
	var places []place
	for _, s := range section {
		if s.kind != assignment || len(s.lines) > 1 {
			align(places, 1)
			places = nil
			continue
		}
		places = append(places, place{s.lines[0], 0, s.equal})
	}
	align(places, 1)
}

// place is where a column begins: before the piece of index at. What lies to its left begins with the piece of index
// from.
type place struct {
	line     *line
	from, at int
}

// align gives the places one column, gap spaces after the widest of what lies to their left.
func align(places []place, gap int) {
	column := 0
	for _, p := range places {
		if w := p.line.width(p.from, p.at); w <= widest {
			column = max(column, w)
		}
	}
	for _, p := range places {
		p.line.pieces[p.at].space = max(column-p.line.width(p.from, p.at), 0) + gap
	}
}

// row is a line of a table: the pieces from..to of a line that holds one part of a flow, or the settings of a variant.
type row struct {
	line     *line
	from, to int
}

// parts returns the parts of a flow that have a line to themselves.
func (s *statement) parts() []row {
	var rows []row
	before := "," // the last token
	for i, l := range s.lines {
		if len(l.pieces) == 0 {
			continue
		}
		r := row{l, 0, len(l.pieces)}
		if i == 0 {
			r.from = 1
		}
		begins, ends := before == ",", i == len(s.lines)-1 || l.last().Text == ","
		if before = l.last().Text; begins && ends && r.from < r.to && r.single() {
			rows = append(rows, r)
		}
	}
	return rows
}

// single reports whether brackets match within the row and no comma but a last one stands outside them.
func (r row) single() bool {
	depth := 0
	for i, p := range r.line.pieces[r.from:r.to] {
		switch p.Text {
		case "(", "[":
			depth++
		case ")", "]":
			if depth--; depth < 0 {
				return false
			}
		case ",":
			if depth == 0 && r.from+i != r.to-1 {
				return false
			}
		}
	}
	return depth == 0
}

// find returns the index of the first piece outside brackets that is wanted, or -1.
func (r row) find(wanted func(piece) bool) int {
	depth := 0
	for i, p := range r.line.pieces[r.from:r.to] {
		switch {
		case depth == 0 && wanted(p):
			return r.from + i
		case p.Text == "(" || p.Text == "[":
			depth++
		case isCloser(p.Token):
			depth--
		}
	}
	return -1
}

func isCountMark(p piece) bool { return p.count }

func isCondition(p piece) bool { return p.Text == "if" && p.Kind == syntax.KindKeyword }

// alignTails puts repeat counts into one column, and conditions into another. A condition that has a column stands two
// spaces to the right of the layers.
func alignTails(rows []row) {
	var counts, conditions []place
	for _, r := range rows {
		if i := r.find(isCountMark); i >= 0 {
			counts = append(counts, place{r.line, r.from, i})
		}
	}
	align(counts, 1)
	for _, r := range rows {
		if i := r.find(isCondition); i >= 0 {
			conditions = append(conditions, place{r.line, r.from, i})
		}
	}
	align(conditions, min(len(conditions), 2))
}

// cell is a piece of a table that can have a column: the pieces from..to, up to a comma.
type cell struct {
	key      string // cells under each other need the same
	from, to int
	plain    bool // it may have a column: among arguments, lists and formulas would tear the columns apart
}

// cells is a row that is cut into cells.
type cells struct {
	line  *line
	cells []cell
}

// alignArguments aligns the arguments of parts that are one call of the same layer and follow each other.
func alignArguments(rows []row) {
	var table []cells
	layer := ""
	for _, r := range rows {
		c := r.arguments()
		if name := r.line.pieces[r.from].Text; len(table) > 0 && (len(c) == 0 || name != layer) {
			alignCells(table, 0)
			table = nil
		}
		if len(c) > 0 {
			table, layer = append(table, cells{r.line, c}), r.line.pieces[r.from].Text
		}
	}
	alignCells(table, 0)
}

// arguments cuts the row at the commas of its only layer's arguments.
func (r row) arguments() []cell {
	p := r.line.pieces[r.from:r.to]
	if len(p) < 3 || p[1].Text != "(" || r.find(func(p piece) bool { return p.Text == "->" }) >= 0 {
		return nil
	}
	depth, end := 0, 0
	for end = range p {
		if p[end].Text == "(" {
			depth++
		}
		if p[end].Text == ")" {
			if depth--; depth == 0 {
				break
			}
		}
	}
	return row{r.line, r.from + 2, r.from + end}.cut(":")
}

func settings(rows []row) []cells {
	table := make([]cells, len(rows))
	for i, r := range rows {
		table[i] = cells{r.line, r.cut("=")}
		for j := range table[i].cells {
			table[i].cells[j].plain = true // a variant's settings are a table, whatever their values
		}
	}
	return table
}

// cut cuts a row at its commas. A cell that has a name before the given symbol has it for its key, another its
// position.
func (r row) cut(symbol string) []cell {
	var list []cell
	from, depth := r.from, 0
	for i := r.from; i <= r.to; i++ {
		if i < r.to {
			switch r.line.pieces[i].Text {
			case "(", "[":
				depth++
			case ")", "]":
				depth--
			}
		}
		if i < r.to && (depth > 0 || r.line.pieces[i].Text != ",") {
			continue
		}
		c := cell{key: strconv.Itoa(len(list)), from: from, to: min(i+1, r.to)}
		value := r.line.pieces[from:i]
		if len(value) > 2 && value[1].Text == symbol {
			c.key, value = value[0].Text, value[2:]
		}
		c.plain = plain(value)
		if from < i {
			list = append(list, c)
		}
		from = i + 1
	}
	return list
}

// plain reports whether a value is so simple that it may have a column: a number, a name, what a keyword or a sign
// stands before, and each of these with the list that it is in, which is searched.
func plain(value []piece) bool {
	for i, p := range value {
		if p.Text == "in" && i+1 < len(value) {
			return plain(value[:i]) && value[i+1].Text == "["
		}
	}
	return len(value) == 1 || len(value) == 2 && (value[0].unary || value[0].Kind == syntax.KindKeyword)
}

// alignCells aligns what follows the cells of the given index, and then the cells to the right.
func alignCells(table []cells, index int) {
	for len(table) > 0 {
		var group []cells
		plain := true
		n := 0
		for n < len(table) {
			c := table[n].cells
			if index+1 < len(c) {
				if len(group) > 0 && group[0].cells[index].key != c[index].key {
					break
				}
				group = append(group, table[n])
				plain = plain && c[index].plain
			}
			n++
		}
		if len(group) > 1 && plain {
			places := make([]place, len(group))
			for i, g := range group {
				places[i] = place{g.line, g.cells[index].from, g.cells[index].to}
			}
			align(places, 1)
			alignCells(group, index+1)
		}
		table = table[n:]
	}
}
