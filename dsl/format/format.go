// Package format puts the text of a .net file into its one canonical layout, as gofmt does for Go.
//
// Source is the one entry point. It works on tokens, not on the syntax tree: the tokens and comments of the result are
// those of the input, in the same order, so formatting cannot change what a file means. What it decides is
//
//   - the spaces between tokens,
//
// - where lines begin that must: statements, braces, and closing brackets of lists that begin on a line of their own;
// other
//
//	  line breaks within a statement are the author's and are kept,
//	- indentation, and blank lines: one at most, one around every declaration with a body,
//	- columns: names, arguments, repeat counts, conditions, values and comments of lines that belong together.
//
// The steps are layout.go (tokens to lines), column.go (columns), indent.go (indentation) and comment.go (comments
// beside lines).
package format

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// Source returns the text of a file in canonical layout. A file that cannot be parsed is an error, a diag.List.
func Source(file *source.File) (string, error) {
	if _, problems := syntax.Parse(file); len(problems) > 0 {
		return "", problems.Err()
	}
	tokens, _ := syntax.Tokens(file) // what Parse would have reported
	lines := layout(tokens)
	alignColumns(lines)
	indent(lines)
	alignComments(lines)
	text := render(lines)
	verify(tokens, text)
	return text, nil
}

func render(lines []*line) string {
	var b strings.Builder
	for _, l := range lines {
		if l.blank {
			b.WriteByte('\n')
		}
		b.WriteString(strings.Repeat(" ", l.indent))
		for i, p := range l.pieces {
			if i > 0 {
				b.WriteString(strings.Repeat(" ", p.space))
			}
			b.WriteString(p.Text)
		}
		if l.comment != "" {
			if len(l.pieces) > 0 {
				b.WriteString(strings.Repeat(" ", l.gap))
			}
			b.WriteString(l.comment)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// verify panics unless a text has the given tokens: the last guard of the author's work against a mistake in this
// package.
func verify(want []syntax.Token, text string) {
	got, problems := syntax.Tokens(source.NewFile("formatted", text))
	if err := problems.Err(); err != nil {
		panic(fmt.Sprintf("format: the result has other tokens: %v", err))
	}
	want, got = essential(want), essential(got)
	for i := range max(len(want), len(got)) {
		if i >= len(want) || i >= len(got) || want[i].Kind != got[i].Kind || want[i].Text != got[i].Text {
			panic(fmt.Sprintf("format: the result differs from the input at token %d", i))
		}
	}
}

// essential returns the tokens that formatting keeps: all but commas before closing brackets.
func essential(tokens []syntax.Token) []syntax.Token {
	var kept []syntax.Token
	for i, t := range tokens {
		if t.Text == "," && i+1 < len(tokens) && isCloser(tokens[i+1]) {
			continue
		}
		if t.Kind == syntax.KindComment {
			t.Text = strings.TrimRight(t.Text, " \t\r")
		}
		kept = append(kept, t)
	}
	return kept
}
