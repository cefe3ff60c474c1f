package format

import (
	"strings"
	"testing"

	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// TestEssential: formatting keeps all that is written but commas before closing brackets, and blanks behind comments.
func TestEssential(t *testing.T) {
	for text, want := range map[string]string{
		"a = f(1, 2)\n": "a = f ( 1 , 2 )", "a = f(1, 2,)\n": "a = f ( 1 , 2 )",
		"a = [1, [2,],]\n": "a = [ 1 , [ 2 ] ]",
		"a = 1 // b, \t\n": "a = 1 // b,", "a = f(b,\n    c,\n)\n": "a = f ( b , c )",
	} {
		tokens, _ := syntax.Tokens(source.NewFile("a.net", text))
		var got []string
		for _, token := range essential(tokens) {
			if word := strings.TrimSpace(token.Text); word != "" {
				got = append(got, word)
			}
		}
		if all := strings.Join(got, " "); all != want {
			t.Errorf("%q: got %q, want %q", text, all, want)
		}
	}
}
