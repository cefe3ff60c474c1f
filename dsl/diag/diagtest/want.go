// Package diagtest gives tests files that say themselves what is wrong with them: a line with the comment
//
//	// want N201: unknown name factor | N204: no setting is called time
//
// has these mistakes, and the lines without such a comment have none.
package diagtest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/dsl/diag"
)

// Run holds what check says of each file that a pattern matches against the comments in it.
func Run(t *testing.T, pattern string, check func(t testing.TB, path string) diag.List) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files %s (%v)", pattern, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".net"), func(t *testing.T) {
			compare(t, wanted(t, path), found(check(t, path)))
		})
	}
}

// wanted lists the mistakes that a file says it has, as "LINE CODE: MESSAGE".
func wanted(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for i, line := range strings.Split(string(text), "\n") {
		_, comment, ok := strings.Cut(line, "// want ")
		if !ok {
			continue
		}
		for _, mistake := range strings.Split(comment, " | ") {
			all = append(all, fmt.Sprintf("%d %s", i+1, mistake))
		}
	}
	return all
}

func found(problems diag.List) []string {
	var all []string
	for _, d := range problems {
		line, _ := d.Span.File.Position(d.Span.Start)
		all = append(all, fmt.Sprintf("%d %s: %s", line, d.Code, d.Message))
	}
	return all
}

func compare(t *testing.T, want, got []string) {
	t.Helper()
	for _, w := range want {
		i := slices.Index(got, w)
		if i < 0 {
			t.Errorf("not found: %s", w)
			continue
		}
		got = slices.Delete(got, i, i+1)
	}
	for _, g := range got {
		t.Errorf("not wanted: %s", g)
	}
}
