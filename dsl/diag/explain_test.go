package diag_test

import (
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/dsl/diag"
)

var update = flag.Bool("update", false, "rewrite the expected outputs")

// check returns what netc check says of a file.
func check(t *testing.T, path string) diag.List {
	t.Helper()
	program, err := compiler.Load(path)
	var networks []*compiler.Network
	if err == nil {
		networks, err = program.BuildAll()
	}
	var found diag.List
	if err != nil && !errors.As(err, &found) {
		t.Fatal(err)
	}
	if program != nil {
		found = append(found, program.Warnings(networks)...)
	}
	return found
}

// checkMapping returns what is wrong with a mapping.
func checkMapping(t *testing.T, path string) diag.List {
	t.Helper()
	_, err := mapping.Load(path)
	var found diag.List
	if err != nil && !errors.As(err, &found) {
		t.Fatal(err)
	}
	return found
}

// checkText is check, or checkMapping, for a text, in a file of the given name in the working directory of the test.
func checkText(t *testing.T, name, text string, mapping bool) diag.List {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if mapping {
		return checkMapping(t, name)
	}
	return check(t, name)
}

// TestExplanations holds the examples of all explanations to what they are examples of: the wrong one gives its code
// and no other, rendered as testdata/CODE.txt has it, and the right one gives nothing.
func TestExplanations(t *testing.T) {
	for _, e := range diag.Explanations() {
		t.Run(string(e.Code), func(t *testing.T) {
			if e.Title == "" || e.Text == "" || strings.HasSuffix(e.Text, "\n") || (e.Wrong == "") != (e.Right == "") {
				t.Error("the explanation is incomplete")
			}
			if e.Wrong == "" {
				t.Skip("without examples")
			}
			golden, err := filepath.Abs(filepath.Join("testdata", string(e.Code)+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			if found := checkText(t, "right.net", e.Right, e.Code.IsMapping()); len(found) > 0 {
				t.Errorf("the right example: %v", found)
			}
			found := checkText(t, "wrong.net", e.Wrong, e.Code.IsMapping())
			var text strings.Builder
			fmt.Fprint(&text, e.Wrong, "--\n")
			if err := found.Render(&text, false); err != nil {
				t.Fatal(err)
			}
			if len(found) != 1 || found[0].Code != e.Code {
				t.Errorf("the wrong example gives other codes:\n%s", text.String())
			}
			compareGolden(t, golden, text.String())
		})
	}
}

func compareGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestEveryCodeIsExplained holds the constants of code.go and the explanations to each other.
func TestEveryCodeIsExplained(t *testing.T) {
	declared := map[string]bool{}
	sources(t, func(files *token.FileSet, f *ast.File) {
		if filepath.Base(files.Position(f.Pos()).Filename) != "code.go" {
			return
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && named(spec.Type, "Code") {
				code := strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`)
				if declared[code] {
					t.Errorf("%s has two names", code)
				}
				declared[code] = true
			}
			return true
		})
	})
	last := diag.Code("")
	for _, e := range diag.Explanations() {
		if !declared[string(e.Code)] {
			t.Errorf("%s is explained twice or not declared", e.Code)
		}
		delete(declared, string(e.Code))
		if e.Code <= last {
			t.Errorf("%s is out of order", e.Code)
		}
		last = e.Code
	}
	for code := range declared {
		t.Errorf("%s is not explained", code)
	}
}

// TestEveryCodeIsShown holds codes whose explanation has no example to being shown by a script of the command line.
func TestEveryCodeIsShown(t *testing.T) {
	paths, err := filepath.Glob("../../cmd/netc/testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var scripts strings.Builder
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		scripts.Write(text)
	}
	for _, e := range diag.Explanations() {
		if e.Wrong == "" && !strings.Contains(strings.ReplaceAll(scripts.String(), `\`, ""), "["+string(e.Code)+"]") {
			t.Errorf("no script shows %s", e.Code)
		}
	}
}
