package format_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/format"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/source/sourcetest"
)

var update = flag.Bool("update", false, "write what formatting makes into testdata")

// TestSource formats "in" of every file in testdata and expects "want", which must not change when it is formatted
// again. The first lines of the files say what they are about.
func TestSource(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no tests: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil || len(archive.Files) != 2 {
				t.Fatalf("%s must have the files in and want: %v", path, err)
			}
			got := formatted(t, string(archive.Files[0].Data))
			if again := formatted(t, got); again != got {
				t.Errorf("formatting again changes it:\n%s", diff.Diff("once", []byte(got), "twice", []byte(again)))
			}
			if *update {
				archive.Files[1].Data = []byte(got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := string(archive.Files[1].Data); got != want {
				t.Errorf("%s", diff.Diff("want", []byte(want), "got", []byte(got)))
			}
		})
	}
}

func formatted(t *testing.T, text string) string {
	t.Helper()
	got, err := format.Source(source.NewFile("in.net", text))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestProject holds every .net file of the project to being formatted.
func TestProject(t *testing.T) {
	files := sourcetest.Files(t)
	for _, f := range files {
		if got := formatted(t, f.Text); got != f.Text {
			t.Errorf("%s is not formatted; run: go run ./cmd/netc fmt -w .\n%s", f.Path,
				diff.Diff(f.Path, []byte(f.Text), "formatted", []byte(got)))
		}
	}
	if len(files) < 3 {
		t.Errorf("only %d files were found", len(files))
	}
}

// TestLineEnds formats text with carriage returns and without a last line end.
func TestLineEnds(t *testing.T) {
	const text = "// A\r\n\r\n\r\nnetwork N {\r\n\tinput image[3, 8, 8] // b  \r\n\ta  Conv(8)}"
	const want = "// A\n\nnetwork N {\n    input image[3, 8, 8] // b\n    a Conv(8)\n}\n"
	if got := formatted(t, text); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestManyComments formats a statement within which there are many comments, which must not take a time that grows with
// their square.
func TestManyComments(t *testing.T) {
	text := "network N {\n    input image[3, 8, 8]\n    a Conv(8)\n" + strings.Repeat("        // step\n",
		60_000) + "        -> ReLU\n}\n"
	if got := formatted(t, text); got != text {
		t.Error("the text has changed")
	}
}

// TestMistakes holds formatting to refusing what cannot be parsed, with a place.
func TestMistakes(t *testing.T) {
	for _, text := range []string{"network N {\n  a = \n}\n", "network N {\n  a = \"\n}\n", "network \xff",
		"networ N {\n}\n"} {
		got, err := format.Source(source.NewFile("in.net", text))
		var problems diag.List
		if !errors.As(err, &problems) || got != "" || !problems[0].Span.IsValid() {
			t.Errorf("%q gives %q and the error %v, want an error with a place", text, got, err)
		}
	}
}
