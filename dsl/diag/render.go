package diag

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"github.com/netc-lang/netc/dsl/source"
)

// maxShown bounds what one run prints: nobody mends more than this at once.
const maxShown = 20

// maxRelated is the number of related places that are printed: the first and the last of a long chain.
const maxRelated = 6

// style colours text, or leaves it as it is.
type style func(text string, codes string) string

func plain(text, _ string) string { return text }

func colored(text, codes string) string { return "\x1b[" + codes + "m" + text + "\x1b[0m" }

// Colours, as terminals number them.
const (
	bold   = "1"
	red    = "1;31"
	yellow = "1;33"
	cyan   = "1;36"
	green  = "1;32"
	faint  = "34"
)

// Render writes the list for a person, in colour for a terminal that has it: first the errors, then the warnings, which
// may fall away with them.
func (l List) Render(w io.Writer, color bool) error {
	r := &renderer{style: plain}
	if color {
		r.style = colored
	}
	shown := slices.Clone(l)
	slices.SortStableFunc(shown,
		func(a, b Diagnostic) int { return strings.Compare(string(a.Severity()), string(b.Severity())) })
	for i, d := range shown {
		if i == maxShown {
			fmt.Fprintf(&r.text, "and %d more\n", len(l)-maxShown)
			break
		}
		r.diagnostic(d)
	}
	_, err := io.WriteString(w, r.text.String())
	return err
}

type renderer struct {
	text  strings.Builder
	style style
}

func (r *renderer) diagnostic(d Diagnostic) {
	color := red
	if d.Severity() == Warning {
		color = yellow
	}
	r.head(d.Span, fmt.Sprintf("%s[%s]", d.Severity(), d.Code), color, d.Message)
	r.quote(d.Span, "^", color, d.Label)
	for i, related := range d.Related {
		if hidden := len(d.Related) - maxRelated; hidden > 0 && i >= maxRelated/2 && i < maxRelated/2+hidden {
			if i == maxRelated/2 {
				fmt.Fprintf(&r.text, "      … %d places between these …\n", hidden)
			}
			continue
		}
		r.head(related.Span, "note", cyan, related.Text)
		r.quote(related.Span, "-", cyan, "")
	}
	if d.Help != "" {
		fmt.Fprintf(&r.text, "  %s: %s\n", r.style("help", green), printable(d.Help))
	}
}

// head writes the line FILE:LINE:COLUMN: WHAT: MESSAGE, as editors understand it.
func (r *renderer) head(s source.Span, what, color, message string) {
	fmt.Fprintf(&r.text, "%s: %s: %s\n", r.style(printable(s.String()), bold), r.style(what, color),
		r.style(printable(message), bold))
}

// maxQuoted is the number of columns of a source line that a message quotes.
const maxQuoted = 160

// quote writes the first line of the span, underlined.
func (r *renderer) quote(s source.Span, mark, color, label string) {
	if !s.IsValid() || s.File.Text() == "" {
		return
	}
	number, _ := s.File.Position(s.Start)
	line := s.File.Line(number)
	from := min(max(0, s.Start-s.File.LineStart(number)), len(line))
	to := min(max(from, s.End-s.File.LineStart(number)), len(line))
	before, marked, after := display(line[:from], 0), "", ""
	marked = display(line[from:to], cells(before))
	after = display(line[to:], cells(before)+cells(marked))
	if cells(before) > maxQuoted/2 && cells(before)+cells(marked)+cells(after) > maxQuoted {
		before = "…" + cutFront(before, cells(before)-maxQuoted/2)
	}
	shown := strings.TrimRight(cutBack(before+marked+after, maxQuoted), " ")
	length := max(1, min(cells(marked), cells(shown)-cells(before)))
	gutter := fmt.Sprintf("%5d", number)
	fmt.Fprintf(&r.text, "%s %s\n", r.style(gutter+" |", faint), shown)
	fmt.Fprintf(&r.text, "%s %s%s", r.style(strings.Repeat(" ", len(gutter))+" |", faint),
		strings.Repeat(" ", cells(before)),
		r.style(strings.TrimSpace(strings.Repeat(mark, length)+" "+label), color))
	r.text.WriteString("\n")
}

// tabStop is the width of a tab.
const tabStop = 4

// display returns text as a terminal can show it, when it begins at a column counted from 0: tabs become spaces, and
// what would disturb a terminal becomes a dot.
func display(text string, column int) string {
	var b strings.Builder
	for _, c := range text {
		if c == '\t' {
			n := tabStop - column%tabStop
			b.WriteString(strings.Repeat(" ", n))
			column += n
			continue
		}
		c = visible(c)
		b.WriteRune(c)
		column += cellsOf(c)
	}
	return b.String()
}

// printable is display for text in a message.
func printable(text string) string { return strings.Map(visible, text) }

// visible replaces the characters that would disturb a terminal: control characters, those that change the direction of
// writing, and bytes that are no character.
func visible(c rune) rune {
	if unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) || c == utf8.RuneError {
		return '·'
	}
	return c
}

// cells is the number of columns that text takes on a terminal.
func cells(text string) int {
	n := 0
	for _, c := range text {
		n += cellsOf(c)
	}
	return n
}

func cellsOf(c rune) int {
	if unicode.In(c, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0 // it joins the character before it
	}
	if kind := width.LookupRune(c).Kind(); kind == width.EastAsianWide || kind == width.EastAsianFullwidth {
		return 2
	}
	return 1
}

// cutFront drops at least n columns from the front of text.
func cutFront(text string, n int) string {
	for n > 0 {
		c, size := utf8.DecodeRuneInString(text)
		n -= cellsOf(c)
		text = text[size:]
	}
	return text
}

// cutBack drops what exceeds n columns.
func cutBack(text string, n int) string {
	column := 0
	for i, c := range text {
		if column += cellsOf(c); column > n {
			return text[:i]
		}
	}
	return text
}
