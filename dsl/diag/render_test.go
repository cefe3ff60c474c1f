package diag_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
)

// TestRenderColor holds a message in colour to being the plain one, apart from the colours.
func TestRenderColor(t *testing.T) {
	f := source.NewFile("a.net", "\ta = 日本 + c\n")
	at := strings.Index(f.Text(), "c")
	list := diag.List{
		{Code: diag.UnknownName, Span: source.Span{File: f, Start: at, End: at + 1}, Message: "unknown name c",
			Label: "here", Help: "declare it",
			Related: []diag.Label{{Span: source.Span{File: f, Start: 1, End: 2}, Text: "in a"}}},
		{Code: diag.UnusedBlock, Span: source.Span{File: f}, Message: "not used"},
	}
	want := `a.net:1:11: error[N201]: unknown name c
    1 |     a = 日本 + c
      |                ^ here
a.net:1:2: note: in a
    1 |     a = 日本 + c
      |     -
  help: declare it
a.net:1:1: warning[W001]: not used
    1 |     a = 日本 + c
      | ^
`
	var plain, colored strings.Builder
	if err := list.Render(&plain, false); err != nil || plain.String() != want {
		t.Errorf("%v, got\n%s\nwant\n%s", err, plain.String(), want)
	}
	if err := list.Render(&colored, true); err != nil {
		t.Fatal(err)
	}
	without := colored.String()
	for _, code := range []string{"1", "1;31", "1;33", "1;36", "1;32", "34", "0"} {
		sequence := "\x1b[" + code + "m"
		if !strings.Contains(without, sequence) {
			t.Errorf("no %q", sequence)
		}
		without = strings.ReplaceAll(without, sequence, "")
	}
	if without != want {
		t.Errorf("without colours\n%s\nwant\n%s", without, want)
	}
}

func TestNearest(t *testing.T) {
	candidates := []string{"Conv", "Concat", "kernel", "a", "x1"}
	for name, want := range map[string]string{"Convv": "Conv", "conv": "Conv", "kernal": "kernel", "krenel": "kernel",
		"c": "", "A": "a", "Dropout": ""} {
		if got := diag.Nearest(name, candidates); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestEdits counts edits by the longest name that is still near: a third of the letters may be others.
func TestEdits(t *testing.T) {
	long := strings.Repeat("x", 63)
	for _, tt := range []struct{ name, candidate, want string }{
		{"abcdef", "abcdxy", "abcdxy"}, {"abcdef", "abcxyz", ""}, {"abcde", "abcxy", ""}, {"abcde", "abcdx", "abcdx"},
		{"abcdef", "bacdfe", "bacdfe"}, {"abcdef", "badcfe", ""}, {"abcdef", "cbadef", "cbadef"},
		{"abcdef", "cabdef", "cabdef"},
		{"abcdef", "abcd", "abcd"}, {"abcdef", "abcdefgh", "abcdefgh"}, {"abcdef", "abcdefghi", ""},
		{"abcdef", "xyabcdef", "xyabcdef"}, {"abcdef", "cdef", "cdef"}, {"ab", "ax", "ax"}, {"ab", "xy", ""},
		{"ab", "a", "a"}, {"ab", "abcd", ""}, {long + "y", long + "z", long + "z"}, {long + "yy", long + "zz", ""},
		{long + "y", long + "zz", ""},
	} {
		if got := diag.Nearest(tt.name, []string{tt.candidate}); got != tt.want {
			t.Errorf("%s of %s: got %q, want %q", tt.name, tt.candidate, got, tt.want)
		}
	}
	if got := diag.Nearest("abcd", []string{"abcz", "abcy", "abcx", "abcy"}); got != "abcx" {
		t.Errorf("of equally near ones got %q", got)
	}
}

// TestOrder: a person reads errors before warnings, a program what stands first, and a problem in no file before both.
func TestOrder(t *testing.T) {
	a, b := source.NewFile("a.net", "\tone\ttwo\n"), source.NewFile("b.net", "x\n")
	at := func(code diag.Code, f *source.File, start int, message string) diag.Diagnostic {
		return diag.Diagnostic{Code: code, Span: source.Span{File: f, Start: start, End: start + 1}, Message: message}
	}
	list := diag.List{at(diag.UnknownName, b, 0, "4"), at(diag.UnusedBlock, a, 1, "2"), at(diag.UnknownName, a, 5, "3"),
		{Code: diag.UnknownName, Message: "1"}, at(diag.UnusedBlock, b, 0, "5")}
	err := list.Err()
	for i, d := range list {
		if d.Message != fmt.Sprint(i+1) {
			t.Errorf("%s is at place %d", d.Message, i+1)
		}
	}
	if want := "1 (and 4 more)"; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	for n, more := range map[int]string{1: "", 2: " (and 1 more)"} {
		if got := list[1 : 1+n].Error(); got != "a.net:1:2: 2"+more {
			t.Errorf("%d: got %q", n, got)
		}
	}
	var out strings.Builder
	if err := list.Render(&out, true); err != nil {
		t.Fatal(err)
	}
	last := -1
	for _, head := range []string{
		"31merror[N201]", "m1\x1b", "m3\x1b", "m4\x1b", "33mwarning[W001]", "m2\x1b", "m5\x1b",
	} {
		i := strings.Index(out.String(), head)
		if i <= last {
			t.Errorf("%q stands at %d, behind %d:\n%q", head, i, last, out.String())
		}
		last = i
	}
	if none := (diag.List{}).Err(); none != nil {
		t.Errorf("no problem is %v", none)
	}
	warnings := diag.List{at(diag.UnusedBlock, a, 0, "")}
	if warnings.HasErrors() || !append(warnings, list[0]).HasErrors() {
		t.Error("warnings and errors are taken for each other")
	}
}

// TestIsLike tells mistakes that differ in figures alone from others.
func TestIsLike(t *testing.T) {
	f := source.NewFile("a.net", "abc\n")
	d := diag.Diagnostic{Code: diag.UnknownName, Span: source.Span{File: f, End: 1},
		Message: "16 channels of 0.5 in b1"}
	for _, tt := range []struct {
		code    diag.Code
		end     int
		message string
		want    bool
	}{
		{diag.UnknownName, 1, d.Message, true}, {diag.UnknownName, 1, "24 channels of 1e-05 in b1", true},
		{diag.UnknownName, 1, "16 channels of 0.5 in b2", false}, {diag.UnknownName, 1, "16 rows of 0.5 in b1", false},
		{diag.UnknownName, 2, d.Message, false}, {diag.WrongType, 1, d.Message, false},
		{diag.WrongType, 2, "24 channels of 0.5 in b1", false},
	} {
		other := diag.Diagnostic{Code: tt.code, Span: source.Span{File: f, End: tt.end}, Message: tt.message}
		if got := d.IsLike(other); got != tt.want {
			t.Errorf("%+v: got %v", tt, got)
		}
	}
}

// TestLongLines: of a long line a message quotes what is around the mistake, whatever the characters' width.
func TestLongLines(t *testing.T) {
	for _, tt := range []struct {
		before, after int // characters around the mistake
		letter        string
		from          string // what the quoted line begins with
		column        int    // of the mistake in it
		length        int    // of the quoted line, in columns
	}{
		{10, 10, "a", "a", 10, 21}, {80, 79, "a", "a", 80, 160}, {80, 200, "a", "a", 80, 160},
		{81, 10, "a", "a", 81, 92},
		{81, 78, "a", "a", 81, 160}, {81, 79, "a", "…", 81, 160}, {300, 0, "a", "…", 81, 82},
		{300, 300, "a", "…", 81, 160},
		{100, 100, "本", "…", 81, 160}, {200, 0, "\t", "…", 81, 82},
	} {
		f := source.NewFile("a.net", strings.Repeat(tt.letter, tt.before)+"X"+strings.Repeat("b", tt.after))
		at := len(tt.letter) * tt.before
		list := diag.List{{Code: diag.UnknownName, Span: source.Span{File: f, Start: at, End: at + 1}, Message: "m"}}
		var out strings.Builder
		if err := list.Render(&out, false); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(out.String(), "\n")
		_, quoted, _ := strings.Cut(lines[1], "| ")
		_, mark, _ := strings.Cut(lines[2], "| ")
		wide := strings.Count(quoted, "本")
		column := strings.Index(mark, "^")
		at = strings.Index(quoted, "X")
		columns := len([]rune(quoted)) + wide
		if !strings.HasPrefix(quoted, tt.from) || column != tt.column || columns != tt.length ||
			len([]rune(quoted[:max(at, 0)]))+wide != column {
			t.Errorf("%d and %d of %q: the mistake is in column %d of %d:\n%s", tt.before, tt.after, tt.letter, column,
				columns, out.String())
		}
	}
}

// TestMany: of very many messages the first are shown, and of a message's places the outer ones.
func TestMany(t *testing.T) {
	f := source.NewFile("a.net", "a\n")
	var list diag.List
	for range 500 {
		list = append(list, diag.Diagnostic{Code: diag.UnknownName, Span: source.Span{File: f, End: 1}, Message: "m"})
	}
	var out strings.Builder
	if err := list.Render(&out, false); err != nil {
		t.Fatal(err)
	}
	shown := strings.Count(out.String(), "error[")
	if want := fmt.Sprintf("and %d more\n", 500-shown); !strings.HasSuffix(out.String(), want) || shown > 100 {
		t.Errorf("%d are shown, and at the end stands %q", shown, out.String()[out.Len()-20:])
	}
	if text := list.Err().Error(); text != "a.net:1:1: m (and 499 more)" {
		t.Errorf("the error is %q", text)
	}
	if text := list[:1].Err().Error(); text != "a.net:1:1: m" {
		t.Errorf("the error is %q", text)
	}
}

// TestPlaces: of a message's places the first and last three are shown, and how many lie between them.
func TestPlaces(t *testing.T) {
	f := source.NewFile("a.net", "a\n")
	for places, want := range map[int]string{
		0: "", 1: "0", 6: "0 1 2 3 4 5", 7: "0 1 2 … 1 places between these … 4 5 6",
		9: "0 1 2 … 3 places between these … 6 7 8",
	} {
		d := diag.Diagnostic{Code: diag.UnknownName, Span: source.Span{File: f, End: 1}, Message: "m"}
		for i := range places {
			d.Related = append(d.Related, diag.Label{Span: d.Span, Text: fmt.Sprint(i)})
		}
		var out strings.Builder
		if err := (diag.List{d}).Render(&out, false); err != nil {
			t.Fatal(err)
		}
		var got []string
		for line := range strings.Lines(out.String()) {
			if _, text, isNote := strings.Cut(line, "note: "); isNote {
				got = append(got, strings.TrimSpace(text))
			} else if strings.Contains(line, "…") {
				got = append(got, strings.TrimSpace(line))
			}
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%d places: got %q, want %q", places, text, want)
		}
	}
}

// TestTabs: a tab ends at the next column that four divides, in the line and before its mark.
func TestTabs(t *testing.T) {
	f := source.NewFile("a.net", "a\tbc\t\tdefg\th\n")
	at := strings.Index(f.Text(), "h")
	var out strings.Builder
	list := diag.List{{Code: diag.UnknownName, Span: source.Span{File: f, Start: at, End: at + 1}, Message: "m"}}
	if err := list.Render(&out, false); err != nil {
		t.Fatal(err)
	}
	if want := "    1 | a   bc      defg    h\n      |                     ^\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// TestVisible: characters that would disturb a terminal are shown as dots, in the line and in the message.
func TestVisible(t *testing.T) {
	for c, want := range map[string]string{
		"\x1b": "·", "\x00": "·", "\x7f": "·", "\u0085": "·", "\u202e": "·", "\u2066": "·", "\xff": "·", "\ufffd": "·",
		"a": "a", "é": "é", "日": "日", "\u0301": "\u0301", "·": "·", " ": " ",
	} {
		f := source.NewFile("a.net", "x"+c+"y")
		list := diag.List{{Code: diag.UnknownName, Span: source.Span{File: f, End: 1}, Message: "m" + c + "n"}}
		var out strings.Builder
		if err := list.Render(&out, false); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), ": m"+want+"n\n") || !strings.Contains(out.String(), "| x"+want+"y\n") {
			t.Errorf("%q: %q", c, out.String())
		}
	}
}

// TestJSON holds what programs read to every field of a diagnostic, in its order, and a failing write to its error.
func TestJSON(t *testing.T) {
	f := source.NewFile("a.net", "\ta = 日本 <c>\nnext\n")
	at := strings.Index(f.Text(), "<c>")
	list := diag.List{
		{Code: diag.UnknownName, Span: source.Span{File: f, Start: at, End: at + 3}, Message: "<unknown>",
			Label: "here", Help: "declare & use",
			Related: []diag.Label{{Span: source.Span{File: f, Start: at + 4, End: at + 8}, Text: "next"}}},
		{Code: diag.UnusedBlock, Message: "nowhere"},
	}
	var out strings.Builder
	if err := list.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(out.String()), " ")
	const want = `[ { "file": "a.net", "line": 1, "col": 9, "endLine": 1, "endCol": 12, "severity": "error", ` +
		`"code": "N201", "message": "<unknown>", "label": "here", "help": "declare & use", "related": [ { ` +
		`"file": "a.net", "line": 2, "col": 1, "endLine": 2, "endCol": 5, "message": "next" } ] }, { "file": "", ` +
		`"line": 0, "col": 0, "endLine": 0, "endCol": 0, "severity": "warning", "code": "W001", ` +
		`"message": "nowhere", "label": "", "help": "", "related": [] } ]`
	if text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	if err := list.WriteJSON(failing{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a write that fails gives %v", err)
	}
	if err := list.Render(failing{}, false); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a write that fails gives %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
