package compiler_test

import (
	"errors"
	"os"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// TestRecovery holds a slip of the pen, a word or symbol left out or a quote or bracket too many, anywhere in a file to
// costing no more than two messages: itself, and one where the slip gives what follows another meaning.
func TestRecovery(t *testing.T) {
	const path = "../examples/efficientnet/efficientnet.net"
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	tokens, _ := syntax.Tokens(source.NewFile(path, text))
	one, two := 0, 0
	for _, token := range tokens {
		before, after := text[:token.Span.Start], text[token.Span.End:]
		for _, slip := range []string{before + after, before + `"` + token.Text + after, before + "(" + token.Text + after, before + "§" + token.Text + after} {
			_, err := compiler.LoadFile(source.NewFile(path, slip))
			var problems diag.List
			switch errors.As(err, &problems); len(problems) {
			case 0: // what is left has a meaning
			case 1:
				one++
			case 2:
				two++
			default:
				t.Errorf("a slip at %s, %q, has %d messages: %v", token.Span, token.Text, len(problems), problems)
			}
		}
	}
	if t.Logf("%d slips with one message, %d with two", one, two); one < 10*two {
		t.Errorf("only %d slips have one message, %d have two", one, two)
	}
}
