package format

import (
	"fmt"
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

// TestVerify: a text with other tokens than it should have is no result, wherever the difference lies.
func TestVerify(t *testing.T) {
	tokens, _ := syntax.Tokens(source.NewFile("a.net", "function f() = g(1, \"x\") // c\n"))
	for text, want := range map[string]string{
		"function f() = g(1, \"x\") // c\n": "", "function f() = g(1,\n    \"x\",\n) // c\n": "",
		"function f() = g(2, \"x\") // c\n": "at token 7", "function f() = g(1, x) // c\n": "at token 9",
		"function f() = g(1, \"x\") // d\n": "at token 12", "function f() = g(1, \"x\")\n": "at token 12",
		"function f() = g(1, \"x\") // c\n// d\n": "at token 13", "": "at token 0",
		"function f() = g(1, \"x) // c\n": "the result has other tokens",
	} {
		got := func() (said string) {
			defer func() {
				if r := recover(); r != nil {
					said = fmt.Sprint(r)
				}
			}()
			verify(tokens, text)
			return ""
		}()
		if !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
