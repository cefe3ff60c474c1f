package format

import (
	"strings"
	"unicode/utf8"

	"github.com/netc-lang/netc/dsl/syntax"
)

// piece is a token on its line.
type piece struct {
	syntax.Token
	space int  // before it, unless it is the first of its line
	unary bool // an operator before its operand
	count bool // the x between a layer and its repeat count
	joins bool // the to or step between the bounds of a list
}

// line is a line of the result. A line without pieces is a comment.
type line struct {
	pieces  []piece
	comment string
	gap     int  // between the pieces and the comment
	blank   bool // a blank line stands before it
	inside  bool // it goes on with a statement that an earlier line began
	indent  int
}

func (l *line) last() piece { return l.pieces[len(l.pieces)-1] }

// opens reports whether the line ends with an opening bracket or brace.
func (l *line) opens() bool { return len(l.pieces) > 0 && opened(&l.pieces[len(l.pieces)-1].Token) }

// begins reports whether the line's first token is the given one.
func (l *line) begins(text string) bool { return len(l.pieces) > 0 && l.pieces[0].Text == text }

// width returns the width of the pieces from..to, without the space before the first.
func (l *line) width(from, to int) int {
	width := 0
	for i, p := range l.pieces[from:to] {
		if i > 0 {
			width += p.space
		}
		width += utf8.RuneCountInString(p.Text)
	}
	return width
}

// arranger puts tokens on lines.
type arranger struct {
	lines     []*line
	previous  *syntax.Token // token or comment
	broken    []bool        // of every open ( or [: a line begins after it
	ended     bool          // the next token begins a statement
	statement []piece       // its tokens so far
}

func layout(tokens []syntax.Token) []*line {
	a := &arranger{ended: true}
	for i := range tokens {
		switch t := &tokens[i]; t.Kind {
		case syntax.KindLineEnd:
			a.ended = true
		case syntax.KindComment:
			a.comment(t)
		default:
			a.token(t)
		}
	}
	separateDeclarations(a.lines)
	return a.lines
}

func (a *arranger) comment(t *syntax.Token) {
	text := strings.TrimRight(t.Text, " \t\r")
	if a.previous == nil || a.newlines(t) > 0 {
		a.begin(t)
	}
	if opened(a.previous) && len(a.broken) > 0 {
		a.broken[len(a.broken)-1] = true
	}
	a.lines[len(a.lines)-1].comment = text
	a.lines[len(a.lines)-1].gap = 1
	a.previous = t
}

func (a *arranger) token(t *syntax.Token) {
	breaks := a.breaks(t)
	if a.ended {
		a.statement = nil
	}
	if opened(a.previous) && breaks && len(a.broken) > 0 {
		a.broken[len(a.broken)-1] = true
	}
	if breaks {
		a.begin(t)
	}
	l := a.lines[len(a.lines)-1]
	if isCloser(*t) && !breaks && len(l.pieces) > 0 && l.last().Text == "," {
		l.pieces = l.pieces[:len(l.pieces)-1]
	}
	p := piece{Token: *t}
	p.count = a.isCount(t)
	p.joins = len(a.broken) > 0 && (t.Text == "to" || t.Text == "step") && t.Kind == syntax.KindName &&
		endsOperand(a.statement[len(a.statement)-1])
	p.unary = t.Text == "-" && (len(l.pieces) == 0 || !endsOperand(l.last()))
	if len(l.pieces) > 0 && spaced(l.last(), p) {
		p.space = 1
	}
	l.pieces = append(l.pieces, p)
	a.statement = append(a.statement, p)
	a.previous, a.ended = t, t.Text == "{"
	a.bracket(t)
}

// bracket keeps count of what is open. The text parses: brackets match.
func (a *arranger) bracket(t *syntax.Token) {
	switch {
	case t.Text == "(" || t.Text == "[":
		a.broken = append(a.broken, false)
	case isCloser(*t):
		a.broken = a.broken[:len(a.broken)-1]
	}
}

// breaks reports whether a line begins with the token.
func (a *arranger) breaks(t *syntax.Token) bool {
	switch p := a.previous; {
	case p == nil || p.Kind == syntax.KindComment:
		return true
	case p.Text == "{" && t.Text == "}":
		return false
	case a.ended || p.Text == "{" || t.Text == "}":
		return true
	case isCloser(*t):
		return a.broken[len(a.broken)-1]
	case t.Text == ",":
		return false
	}
	return a.newlines(t) > 0
}

// newlines counts the line breaks of the source before a token, up to two.
func (a *arranger) newlines(t *syntax.Token) int {
	start := 0
	if a.previous != nil {
		start = a.previous.Span.End
	}
	return min(2, strings.Count(t.Span.File.Text()[start:t.Span.Start], "\n"))
}

// begin begins a line with a token or comment.
func (a *arranger) begin(t *syntax.Token) {
	l := &line{inside: !a.ended}
	if n := len(a.lines); n > 0 && !a.lines[n-1].opens() && !isCloser(*t) && t.Text != "}" {
		l.blank = a.newlines(t) == 2 && (a.ended || len(a.broken) > 0)
	}
	a.lines = append(a.lines, l)
}

// isCount reports whether a token is the x of "LAYER x COUNT": it stands in a flow and directly after a layer.
func (a *arranger) isCount(t *syntax.Token) bool {
	flow := len(a.statement) >= 2 && a.statement[0].Kind == syntax.KindName && a.statement[1].Kind == syntax.KindName
	return flow && t.Kind == syntax.KindName && t.Text == "x" && len(a.broken) == 0 &&
		endsOperand(a.statement[len(a.statement)-1])
}

// separateDeclarations puts a blank line before and after every declaration with a body. Comments above a declaration
// belong to it.
func separateDeclarations(lines []*line) {
	depth, first, after := 0, 0, false // first: the line that the declaration at hand and its comments begin with
	for i, l := range lines {
		if depth == 0 && !l.inside && (i == 0 || l.blank || len(lines[i-1].pieces) > 0) {
			first = i
		}
		if after && i > 0 {
			l.blank = true
		}
		after = false
		for _, p := range l.pieces {
			switch p.Text {
			case "{":
				if depth++; first > 0 {
					lines[first].blank = true
				}
			case "}":
				depth--
				after = depth == 0
			}
		}
	}
}

func opened(t *syntax.Token) bool {
	return t != nil && t.Kind == syntax.KindSymbol && (t.Text == "(" || t.Text == "[" || t.Text == "{")
}

// isCloser reports whether a token closes a bracket, though not a brace.
func isCloser(t syntax.Token) bool {
	return t.Kind == syntax.KindSymbol && (t.Text == ")" || t.Text == "]")
}

// endsOperand reports whether a piece can end a value, so that a "-" after it subtracts.
func endsOperand(p piece) bool {
	switch p.Kind {
	case syntax.KindName:
		return !p.count && !p.joins
	case syntax.KindNumber, syntax.KindString:
		return true
	case syntax.KindKeyword:
		return p.Text == "true" || p.Text == "false"
	}
	return isCloser(p.Token)
}

// spaced reports whether a space stands between two tokens of a line.
func spaced(before, p piece) bool {
	switch {
	case before.Text == "(" || before.Text == "[" || before.Text == "." || before.Text == "^" || before.unary:
		return false
	case p.Text == ")" || p.Text == "]" || p.Text == "," || p.Text == ":" || p.Text == "." || p.Text == "^":
		return false
	case p.Text == "(" || p.Text == "[":
		return !endsOperand(before)
	case before.Text == "{" && p.Text == "}":
		return false
	}
	return true
}
