// Package diag holds what netc says about a person's input: diagnostics with a place, a cause and a remedy, collected in
// a List, sorted and rendered.
//
// Messages are lower case, without a full stop, one per mistake, and underline the smallest piece of text that is wrong.
package diag

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/netc-lang/netc/dsl/source"
)

// Label is a place and what is to be said of it.
type Label struct {
	Span source.Span
	Text string
}

// Diagnostic is one problem.
type Diagnostic struct {
	Code    Code
	Span    source.Span // the place to mend
	Message string      // what is wrong
	Label   string      // a few words at the underlined place; may be empty
	Related []Label     // other places that matter: a declaration, the instantiations that led here
	Help    string      // what was probably meant, or how to mend it; may be empty
}

// List collects diagnostics. It is an error when it is not empty; see Err.
type List []Diagnostic

// Add appends a problem.
func (l *List) Add(d Diagnostic) { *l = append(*l, d) }

// Addf appends a problem that needs no more than a place and a message.
func (l *List) Addf(code Code, span source.Span, format string, args ...any) {
	l.Add(Diagnostic{Code: code, Span: span, Message: fmt.Sprintf(format, args...)})
}

// Err returns the sorted list as an error, or nil when there is no problem.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	l.sort()
	return l
}

// Error returns the first problem's place and message.
func (l List) Error() string {
	text := fmt.Sprintf("%s: %s", l[0].Span, l[0].Message)
	if len(l) > 1 {
		text += fmt.Sprintf(" (and %d more)", len(l)-1)
	}
	return text
}

func (l List) sort() {
	slices.SortStableFunc(l, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(fileName(a.Span), fileName(b.Span)), cmp.Compare(a.Span.Start, b.Span.Start))
	})
}

func fileName(s source.Span) string {
	if s.File == nil {
		return ""
	}
	return s.File.Name()
}

// maxShown bounds what one run prints: nobody mends more than this at once.
const maxShown = 20

// Render writes the list for a person.
func (l List) Render(w io.Writer) error {
	var b strings.Builder
	for i, d := range l {
		if i == maxShown {
			fmt.Fprintf(&b, "and %d more errors\n", len(l)-maxShown)
			break
		}
		d.render(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (d Diagnostic) render(b *strings.Builder) {
	fmt.Fprintf(b, "%s: error[%s]: %s\n", d.Span, d.Code, d.Message) // FILE:LINE:COLUMN, as editors understand it
	quote(b, d.Span, '^', d.Label)
	for i, r := range d.Related {
		if hidden := len(d.Related) - maxRelated; hidden > 0 && i >= maxRelated/2 && i < maxRelated/2+hidden {
			if i == maxRelated/2 {
				fmt.Fprintf(b, "      … %d places between these …\n", hidden)
			}
			continue
		}
		fmt.Fprintf(b, "%s: note: %s\n", r.Span, r.Text)
		quote(b, r.Span, '-', "")
	}
	if d.Help != "" {
		fmt.Fprintf(b, "  help: %s\n", d.Help)
	}
}

// maxRelated is the number of related places that are printed: the first and the last of a long chain.
const maxRelated = 6

// maxQuoted is the number of characters of a source line that a message quotes.
const maxQuoted = 160

// quote writes the first line of the span, underlined.
func quote(b *strings.Builder, s source.Span, mark rune, label string) {
	if !s.IsValid() || s.File.Text() == "" {
		return
	}
	line, column := s.File.Position(s.Start)
	runes := []rune(printable(s.File.Line(line)))
	width := utf8.RuneCountInString(firstLine(s.Text()))
	from := 0
	if len(runes) > maxQuoted && column > maxQuoted/2 {
		from = column - maxQuoted/2
	}
	shown := runes[min(from, len(runes)):min(from+maxQuoted, len(runes))]
	width = max(1, min(width, len(shown)-(column-1-from)))
	gutter := fmt.Sprintf("%5d", line)
	fmt.Fprintf(b, "%s | %s\n", gutter, string(shown))
	fmt.Fprintf(b, "%s | %s%s", strings.Repeat(" ", len(gutter)), strings.Repeat(" ", column-1-from), strings.Repeat(string(mark), width))
	if label != "" {
		b.WriteString(" " + label)
	}
	b.WriteString("\n")
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimSuffix(line, "\r")
}

// printable replaces what would disturb a terminal, one character for one, so that columns still match.
func printable(line string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == utf8.RuneError:
			return '·'
		}
		return r
	}, line)
}

// Nearest returns the candidate that a misspelt name most likely meant, or "" when none is close: the edit distance
// may be a third of the name's length.
func Nearest(name string, candidates []string) string {
	best, bestDistance := "", max(1, len(name)/3)+1
	for _, c := range candidates {
		if strings.EqualFold(name, c) {
			return c
		}
		if d := distance(name, c); d < bestDistance || d == bestDistance && c < best {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance counts the letters to insert, drop, change or swap with their neighbour to make one name of another,
// ignoring case (optimal string alignment). Long names are not compared.
func distance(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range len(b) + 1 {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// Suggest phrases Nearest as a help text; "" when nothing is close.
func Suggest(name string, candidates []string) string {
	if n := Nearest(name, candidates); n != "" {
		return fmt.Sprintf("did you mean %q?", n)
	}
	return ""
}
