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
