package kernel

import (
	"fmt"
	"go/types"
	"os"
	"testing"
)

// TestSourcesAreComplete builds nothing but checks that every file of kernels belongs to a module, and that each name
// of a module begins one of a file.
func TestSourcesAreComplete(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	all := sources()
	left, of := 0, map[string]string{}
	for _, e := range entries {
		if name := e.Name(); e.IsDir() || !isSource(name) {
			left++
		} else if of[name] = moduleOf(name); of[name] == "" || all[name] == nil {
			t.Errorf("%s belongs to no module", name)
		}
	}
	if left == 0 || len(of) != len(all) {
		t.Errorf("%d files are left out, %d belong to modules, of %d", left, len(of), len(all))
	}
	for _, m := range modules {
		for _, begin := range append([]string{m.name}, m.also...) {
			if of[begin+".go"] != m.name {
				t.Errorf("%s.go is of %q, not of %s", begin, of[begin+".go"], m.name)
			}
		}
	}
	for file, want := range map[string]string{"planar_depthwise.go": "planar_depthwise", "planar.go": "planar",
		"matrix_held.go": "step", "matrix_kept.go": "matrix", "tiler.go": "", "tile_neon_arm64.s": "tile"} {
		if got := moduleOf(file); got != want {
			t.Errorf("%s is of %q, want %q", file, got, want)
		}
	}
}

// TestConstants: what a table of steps calls a function is its constant.
func TestConstants(t *testing.T) {
	c := callsOf(t, "amd64")
	for kind := range kindCount {
		of, ok := c.pkg.Scope().Lookup(ConstantOf(kind)).(*types.Const)
		if !ok || of.Val().ExactString() != fmt.Sprint(int(kind)) {
			t.Errorf("function %d is called %q, which is %v", kind, ConstantOf(kind), of)
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
	for _, not := range []string{"conv.go", "reach.go", "pointwise_reach.go", "sources.go", "doc.go",
		"sources_test.go"} {
		if sources[not] != nil {
			t.Errorf("%s is there for nothing", not)
		}
	}
	for what, broken := range map[string]func(){
		"a kernel": func() { Sources([]string{"Pointless"}) }, "a module": func() { want(map[string]bool{}, "point") },
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
