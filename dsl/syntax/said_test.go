package syntax

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
)

var update = flag.Bool("update", false, "write what is said of the texts in testdata/said.txt")

// TestSaid holds what is said of slips and habits, in which tokens the texts are read, and what their loss may mean, to
// testdata/said.txt. There texts stand behind "> ", in a network unless they begin with a declaration's word or "|".
func TestSaid(t *testing.T) {
	const path = "testdata/said.txt"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, paragraph := range strings.Split(strings.TrimSpace(string(data)), "\n\n") {
		if all.Len() > 0 {
			all.WriteByte('\n')
		}
		var got, lines strings.Builder
		for line := range strings.Lines(paragraph + "\n") {
			if text, ok := strings.CutPrefix(line, "> "); ok {
				got.WriteString(line)
				lines.WriteString(text)
			}
		}
		readSaid(t, &got, lines.String())
		if want := paragraph + "\n"; !*update && got.String() != want {
			t.Errorf("got\n%swant\n%s", &got, want)
		}
		all.WriteString(got.String())
	}
	if *update {
		if err := os.WriteFile(path, []byte(all.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// readSaid writes what a text is read as, and what is said of it.
func readSaid(t *testing.T, to *strings.Builder, text string) {
	t.Helper()
	word, _, _ := strings.Cut(text, " ")
	if rest, ok := strings.CutPrefix(text, "|"); ok {
		text = rest
	} else if !beginsDeclaration(token{kind: tokenKeyword, text: word}, token{kind: tokenName}) && word != "import" {
		text = "network N {\n" + text + "}\n"
	}
	tokens, _ := Tokens(source.NewFile("n.net", text))
	for i, token := range tokens {
		if i > 0 {
			to.WriteByte(' ')
		}
		if token.Kind == KindLineEnd {
			token.Text = "↵"
		}
		to.WriteString(token.Text)
	}
	file, problems := Parse(source.NewFile("n.net", text))
	to.WriteByte('\n')
	if l := file.Lost; l.Family || l.Anything || len(l.Names) > 0 {
		to.WriteString("lost:")
		for _, name := range l.Names {
			to.WriteString(" " + name.Text)
		}
		fmt.Fprintf(to, ", a family: %v, anything: %v\n", l.Family, l.Anything)
	}
	for _, d := range problems { // Render shows some of many
		if err := (diag.List{d}).Render(to, false); err != nil {
			t.Fatal(err)
		}
	}
}
