package engine

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestFilesAreNamed: the package's documentation names each of its files, by itself or by a pattern.
func TestFilesAreNamed(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var patterns []string
	between := func(r rune) bool { return strings.ContainsRune(" \t\n,;", r) }
	for _, word := range strings.FieldsFunc(string(text), between) {
		if strings.HasSuffix(word, ".go") {
			patterns = append(patterns, word)
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		named := slices.ContainsFunc(patterns, func(pattern string) bool {
			ok, err := filepath.Match(pattern, file)
			return ok || err != nil
		})
		if !named && file != "doc.go" && !strings.HasSuffix(file, "_test.go") {
			t.Errorf("doc.go does not say what %s is for", file)
		}
	}
	for _, pattern := range patterns {
		if found, err := filepath.Glob(pattern); err != nil || len(found) == 0 {
			t.Errorf("doc.go names %s, which there is not", pattern)
		}
	}
}
