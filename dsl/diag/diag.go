// Package diag holds what netc says about a person's input: diagnostics with a code, a place, a cause and a remedy,
// collected in a List, sorted, and rendered for people or written as JSON for programs. Explanations tells more of each
// code.
//
// Messages are lower case, without a full stop, one per mistake, and underline the smallest piece of text that is
// wrong.
package diag

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"

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

// Severity is what a diagnostic means for the input.
type Severity string

const (
	Error   Severity = "error"   // nothing can be made of the input
	Warning Severity = "warning" // something is probably not meant
)

// Severity follows from the code.
func (d Diagnostic) Severity() Severity {
	if d.Code.IsWarning() {
		return Warning
	}
	return Error
}

var figures = regexp.MustCompile(`\b\d+(\.\d+)?(e[+-]?\d+)?\b`)

// IsLike reports whether two diagnostics are of one mistake: they have the same code and place, and say the same but
// for figures, as of a block that is wrong for 16 channels and for 24.
func (d Diagnostic) IsLike(other Diagnostic) bool {
	return d.Code == other.Code && d.Span == other.Span && (d.Message == other.Message ||
		figures.ReplaceAllString(d.Message, "0") == figures.ReplaceAllString(other.Message, "0"))
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
	l.Sort()
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

// HasErrors reports whether not all of the list are warnings.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity() == Error })
}

// Sort orders the list by place.
func (l List) Sort() {
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
