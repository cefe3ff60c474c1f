package kernel

import (
	"fmt"
	"go/types"
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
		if e.IsDir() || strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "reach.go") ||
			name == "doc.go" || name == "sources.go" {
			continue
		}
		if !slices.Contains(listed, name) {
			t.Errorf("%s belongs to no part", name)
		}
	}
}

// TestConstants: what a table of steps calls a function is its constant.
func TestConstants(t *testing.T) {
	c := callsOf(t, "amd64")
	for kind := range kindCount {
		of, ok := c.pkg.Scope().Lookup(kind.Constant()).(*types.Const)
		if !ok || of.Val().ExactString() != fmt.Sprint(int(kind)) {
			t.Errorf("function %d is called %q, which is %v", kind, kind.Constant(), of)
		}
	}
}

func TestSources(t *testing.T) {
	sources := Sources([]string{"Pointwise"})
	for _, want := range []string{"step.go", "cpu.go", "pointwise.go", "product.go", "product_amd64.go",
		"product_other.go", "function.go", "layout.go"} {
		if sources[want] == nil {
			t.Errorf("%s is missing", want)
		}
	}
	if sources["conv.go"] != nil {
		t.Error("conv.go is there for nothing")
	}
	for what, broken := range map[string]func(){
		"a kernel": func() { Sources([]string{"Pointless"}) }, "a part": func() { want(map[string]bool{}, "point") },
		"a file": func() { source("point.go") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s that does not exist is none the worse for it", what)
				}
			}()
			broken()
		}()
	}
}
