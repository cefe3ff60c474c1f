package syntax

import (
	"fmt"
	"strings"
	"testing"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
)

// TestStrayBrace holds a brace that closes nothing to being a mistake, wherever it stands.
func TestStrayBrace(t *testing.T) {
	for _, text := range []string{"network A {} }", "}", "network A {\n}\n}\n", "import \"a\" }", "block )\n} }"} {
		if _, problems := Parse(source.NewFile("a.net", text)); len(problems) == 0 {
			t.Errorf("%q is taken for right", text)
		}
	}
}

// text prints an expression with a bracket around every operation.
func text(e Expr) string {
	switch e := e.(type) {
	case *Int:
		return fmt.Sprint(e.Value)
	case *Float:
		return fmt.Sprint(e.Value)
	case *Bool:
		return fmt.Sprint(e.Value)
	case *String:
		return fmt.Sprintf("%q", e.Text)
	case *Ref:
		return e.Name.Text
	case *List:
		return "[" + texts(e.Items) + "]"
	case *Each:
		from := ""
		if e.State != nil {
			from = " from " + e.State.Text + " = " + text(e.First)
		}
		return "[" + text(e.Item) + " for " + e.Name.Text + " in " + text(e.Over) + from + "]"
	case *Steps:
		step := ""
		if e.Step != nil {
			step = " step " + text(e.Step)
		}
		return "[" + text(e.From) + " to " + text(e.To) + step + "]"
	case *Free:
		return "(" + text(e.Value) + " in " + text(e.Among) + ")"
	case *Unary:
		return "(" + e.Operator + " " + text(e.Operand) + ")"
	case *Binary:
		return "(" + text(e.Left) + " " + e.Operator + " " + text(e.Right) + ")"
	case *Field:
		return text(e.Of) + "." + e.Name.Text
	case *Index:
		return text(e.Of) + "[" + text(e.At) + "]"
	case *Call:
		return callText(e)
	case *Pipe:
		s := text(e.Head)
		for _, step := range e.Steps {
			s += " -> " + callText(step)
		}
		return "(" + s + ")"
	case *If:
		s := text(e.Then) + " if " + text(e.Condition)
		if e.Else != nil {
			s += " else " + text(e.Else)
		}
		return "(" + s + ")"
	}
	return "?"
}

func texts(list []Expr) string {
	var parts []string
	for _, e := range list {
		parts = append(parts, text(e))
	}
	return strings.Join(parts, ", ")
}

func callText(c *Call) string {
	if !c.HasArgs {
		return c.Name.Text
	}
	var args []string
	for _, a := range c.Args {
		s := text(a.Value)
		if a.Name != nil {
			s = a.Name.Text + ": " + s
		}
		args = append(args, s)
	}
	return c.Name.Text + "(" + strings.Join(args, ", ") + ")"
}

// TestNesting: brackets are counted while they are open, whatever has been closed before.
func TestNesting(t *testing.T) {
	before := strings.Repeat("block B()(x) {\n    a Conv([1, (2)])\n}\n", 2*MaxNesting)
	for _, tt := range []struct {
		deep int
		want bool
	}{{MaxNesting, false}, {MaxNesting + 1, true}} {
		text := before + "function f() = " + strings.Repeat("(", tt.deep) + "1" + strings.Repeat(")", tt.deep) + "\n"
		_, _, problems := scan(source.NewFile("n.net", text))
		if found := len(problems) > 0; found != tt.want {
			t.Errorf("%d deep: got %v", tt.deep, problems)
		}
	}
}

// TestLongStatement: a statement may have 4096 tokens; with one more, that is all that is said of the file.
func TestLongStatement(t *testing.T) {
	for more, want := range map[int]int{0: 0, 1: 1, 2: 1, 100: 1} {
		text := "function f() =" + strings.Repeat(" 1", 4096-5+more) + "\nfunction g() = 'x'\n"
		_, _, problems := scan(source.NewFile("n.net", text))
		long := 0
		for _, d := range problems {
			if d.Code == diag.StatementTooLong {
				long++
			}
		}
		if long != want || (len(problems) == long) != (want > 0) {
			t.Errorf("%d more than the limit: got %v", more, problems)
		}
	}
}

// TestBadByte finds the first byte that no text of UTF-8 has: half a character, a lone continuation, a surrogate,
// control characters other than tab and line ends. The replacement character itself is text.
func TestBadByte(t *testing.T) {
	for text, want := range map[string]int{
		"": -1, "a\n\tb\r\n": -1, "é×\u2028😀": -1, "a\ufffdb": -1, " ~": -1,
		"\xff": 0, "ab\xc3": 2, "ab\xc3a": 2, "\x80": 0, "é\xe2\x82": 2, "\xed\xa0\x80": 0, "a\xc0\x80": 1,
		"a\x00b": 1, "\x1f": 0, "a\x0bb": 1, "\x1b[2J": 0, "\x7f": -1,
	} {
		if got := badByte(text); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

func TestExpressions(t *testing.T) {
	for _, c := range [][2]string{
		{"1 + 2 * 3", "(1 + (2 * 3))"},
		{"1 - 2 - 3", "((1 - 2) - 3)"},
		{"2 ^ 3 ^ 4", "(2 ^ (3 ^ 4))"},
		{"-a ^ 2", "(- (a ^ 2))"},
		{"-a * b", "((- a) * b)"},
		{"2 ^ -a", "(2 ^ (- a))"},
		{"a + b div 2 * 2", "(a + ((b div 2) * 2))"},
		{"not a == b and c", "((not (a == b)) and c)"},
		{"a or b and c", "(a or (b and c))"},
		{"a < b == c", "((a < b) == c)"},
		{"fixed a + b", "(fixed (a + b))"},
		{"3 in [3, 5]", "(3 in [3, 5])"}, {"fixed 64 in [32, 64]", "(fixed (64 in [32, 64]))"},
		{"a + 1 in [1 to n + 1 step -2]", "((a + 1) in [1 to (n + 1) step (- 2)])"}, {"[1 to 3]", "[1 to 3]"},
		{"A in [A, B] if to else step in [to, step]", "((A in [A, B]) if to else (step in [to, step]))"},
		{"(a + b) * c", "((a + b) * c)"},
		{"a if b else c if d else e", "(a if b else (c if d else e))"},
		{"x -> Conv(3) -> norm if a", "((x -> Conv(3) -> norm) if a)"},
		{"a + b -> act", "((a + b) -> act)"},
		{"f(1, k: [2, 3],)[0].channels", "f(1, k: [2, 3])[0].channels"},
		{"[]", "[]"},
		{"[3]", "[3]"},
		{"[3, 4,]", "[3, 4]"},
		{"[i ^ 2 for i in range(3)]", "[(i ^ 2) for i in range(3)]"},
		{"[s + i for i in [1, 2] from s = 0]", "[(s + i) for i in [1, 2] from s = 0]"},
		{`"a, b" == c`, `("a, b" == c)`},
		{`"(" == c`, `("(" == c)`},
		{"true != 1e-3", "(true != 0.001)"},
	} {
		file, problems := Parse(source.NewFile("test.net", "function f() = "+c[0]+"\n"))
		if len(problems) > 0 {
			t.Errorf("%s: %v", c[0], problems)
			continue
		}
		if got := text(file.Functions[0].Value); got != c[1] {
			t.Errorf("%s: got %s, want %s", c[0], got, c[1])
		}
	}
}

// TestPrecedence: of two operators the one that binds more is computed first, and of equal ones the first, but of two
// powers the second.
func TestPrecedence(t *testing.T) {
	levels := [][]string{{"or"}, {"and"}, {"==", "!=", "<", "<=", ">", ">="}, {"+", "-"}, {"*", "/", "div", "mod"},
		{"^"}}
	for i, some := range levels {
		for _, first := range some {
			for j, others := range levels {
				for _, second := range others {
					want := fmt.Sprintf("((a %s b) %s c)", first, second)
					if i < j || first == "^" && second == "^" {
						want = fmt.Sprintf("(a %s (b %s c))", first, second)
					}
					e, problems := ParseExpression(source.NewFile("", fmt.Sprintf("a %s b %s c", first, second)))
					if len(problems) > 0 || text(e) != want {
						t.Errorf("got %s, %v, want %s", text(e), problems, want)
					}
				}
			}
		}
	}
}

// TestParseExpression has texts that are one expression, or should be: they end where their last character does.
func TestParseExpression(t *testing.T) {
	for _, c := range [][2]string{
		{"3", "3"}, {"3.5", "3.5"}, {"3e2", "300"}, {"3E-1", "0.3"}, {"[3, 4]", "[3, 4]"}, {"true", "true"},
		{"3\n", "3"}, {"\"a\"", `"a"`}, {"a + 1", "(a + 1)"}, {"x -> Conv(3)", "(x -> Conv(3))"},
		{"9007199254740992", "9007199254740992"}, {"9007199254740993", "! whole numbers go up to 2^53"},
		{"9223372036854775807", "! whole numbers go up to 2^53"},
		{"9223372036854775808", "! whole numbers go up to 2^53"}, {"1e308", "1e+308"}, {"1e309", "! too large"},
		{"3.", "! digits on both sides"}, {"3.\n", "! digits on both sides"},
		{"[3., 4]", "! digits on both sides"}, {"3 .x", "3.x"}, {"3.x", "3.x"},
		{"3e", `! the number 3 ends in "e"`}, {"3 4", "! unexpected"}, {"", "! unexpected"},
		{"3\n4", "! unexpected"}, {"(3", "! "}, {"\"a", "! no closing quote"},
	} {
		e, problems := ParseExpression(source.NewFile("--set x", c[0]))
		want, wrong := strings.CutPrefix(c[1], "! ")
		switch {
		case wrong && (len(problems) == 0 || !strings.Contains(problems.Error(), want)):
			t.Errorf("%q: got %v, want %q", c[0], problems, want)
		case !wrong && (len(problems) > 0 || text(e) != want):
			t.Errorf("%q: got %v, %v, want %s", c[0], e, problems, want)
		}
	}
}

// TestNoDeclaration: of a name that declares nothing the nearest that does is told, of other things all that do.
func TestNoDeclaration(t *testing.T) {
	const all = "a declaration begins with one of "
	for wrong, want := range map[string]string{
		"blok A()(x) {\n}": `did you mean "block"?`, "famly N {\n}": `did you mean "family"?`,
		"something": all, "3": all, `"block"`: all, `"blok"`: all, "}": "", "(block)": all,
	} {
		_, problems := Parse(source.NewFile("test.net", wrong+"\n"))
		if len(problems) == 0 || !strings.HasPrefix(problems[0].Help, want) ||
			(want == "") != (problems[0].Help == "") {
			t.Errorf("%s: got %v, want the help %q", wrong, problems, want)
		}
	}
}

func TestStage(t *testing.T) {
	file, problems := Parse(source.NewFile("test.net", `network N {
    stage1 A(8, stride: 2) -> norm x 1 if wide,
           B x fixed 2
    stage2 C(8) x (2 if wide else 3)
    stem Conv(8)
        -> act // a chain goes on
}
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got []string
	for _, s := range file.Networks[0].Body {
		flow := s.(*Flow)
		for _, p := range flow.Parts {
			line := flow.Name.Text + ":"
			for _, step := range p.Steps {
				line += " " + callText(step)
			}
			if p.Repeat != nil {
				line += " x " + text(p.Repeat)
			}
			if p.If != nil {
				line += " if " + text(p.If)
			}
			got = append(got, line)
		}
	}
	want := []string{"stage1: A(8, stride: 2) norm x 1 if wide", "stage1: B x (fixed 2)",
		"stage2: C(8) x (2 if wide else 3)", "stem: Conv(8) act"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestRecovery: what follows a mistake is still read.
func TestRecovery(t *testing.T) {
	for _, c := range []struct {
		text             string
		mistakes, blocks int
	}{
		{"block A(x: )(x) {\n}\nblock B()(x) {\n}\n", 1, 1},
		{"block A()(x) {\n  a = = 3\n  b = )\n}\nblock B()(x) {\n}\n", 2, 2},
		{"}\n}\nblock B()(x) {\n}\n", 1, 1},
		{"block A()(x) {\n  a Conv(\n}\nblock B()(x) {\n}\n", 1, 2},
		{"block A()(x) {\n  a b {\n  }\n}\nblock B()(x) {\n}\n", 1, 2},
		{"block A()(x) {\n", 1, 1},
		{"block A()(x) {\n  a = 1\nblock B()(x) {\n}\n", 1, 2},
		{"block A()(x)\n{\n  a = 1\n}\nblock B()(x) {\n}\n", 1, 2},
		{"block A(a: )(x) {\n  b = = 1\n}\nblock B()(x) {\n}\n", 2, 1},
		{"block A()(x) {\n  a b(1\n  c d(2\n  e = f(3\n}\nblock B()(x) {\n}\n", 3, 2},
		{"block A()(x) {\n  a b(\"same)\n  c d(§)\n  e f\n}\nblock B()(x) {\n}\n", 2, 2},
		{"block A()()\n", 1, 0},
		{"block A()(x) { a = 1 }\nblok B()(x) {\n a = 1\n}\n", 1, 1},
		{strings.Repeat("?\n", 3), 3, 0},
		{strings.Repeat("wrong\n", 20), 1, 0},
		{strings.Repeat("block A(x: )(x) {\n}\n", 20), maxMistakes, 0},
		{strings.Repeat("?\n", 20), maxMistakes, 0},
	} {
		file, problems := Parse(source.NewFile("test.net", c.text))
		if len(problems) != c.mistakes || len(file.Blocks) != c.blocks {
			t.Errorf("%q: got %d mistakes and %d blocks, want %d and %d: %v", c.text, len(problems), len(file.Blocks),
				c.mistakes, c.blocks, problems)
		}
	}
}
