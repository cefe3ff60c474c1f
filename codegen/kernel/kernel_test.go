package kernel

import (
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestSourcesAreComplete builds nothing but checks that every file of kernels belongs to a part.
func TestSourcesAreComplete(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, f := range files {
		listed = append(listed, f.files...)
	}
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || strings.HasSuffix(name, "_test.go") || name == "kernel.go" {
			continue
		}
		if !slices.Contains(listed, name) {
			t.Errorf("%s belongs to no part", name)
		}
	}
}

func TestSources(t *testing.T) {
	sources, err := Sources([]string{"pointwise"}, "other", "// header")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range sources {
		names = append(names, s.Name)
		if !strings.HasPrefix(string(s.Text), "// header\n\n") {
			t.Errorf("%s does not begin with the header", s.Name)
		}
		if !strings.HasSuffix(s.Name, ".go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), s.Name, s.Text, parser.PackageClauseOnly)
		if err != nil || file.Name.Name != "other" {
			t.Errorf("%s: package %v, %v", s.Name, file, err)
		}
	}
	for _, want := range []string{"pointwise.go", "product.go", "product_amd64.go", "product_other.go", "function.go", "layout.go"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is missing in %v", want, names)
		}
	}
	if _, err := Sources([]string{"pointless"}, "other", "// header"); err == nil {
		t.Error("no error for a part that does not exist")
	}
}
