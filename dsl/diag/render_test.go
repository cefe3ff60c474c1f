package diag_test

import (
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
