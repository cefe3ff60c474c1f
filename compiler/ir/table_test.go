package ir

import (
	"slices"
	"testing"
)

// TestTable asks a table of two rows for what it has and has not.
func TestTable(t *testing.T) {
	table := NewTable("a/file.go", For[Conv]("slides"), For[Add]("adds"))
	if got := table.Of(Conv{Out: 3}); got != "slides" {
		t.Errorf("a convolution %s", got)
	}
	if got, ok := table.Find(Add{}); !ok || got != "adds" {
		t.Errorf("an addition %s, %t", got, ok)
	}
	if got, ok := table.Find(Mul{}); ok || got != "" {
		t.Errorf("a product %s, %t", got, ok)
	}
	lacks := table.Lacks()
	for _, info := range Ops() {
		has := info.Name == "Conv" || info.Name == "Add" || info.Lowered
		if slices.Contains(lacks, info.Name) == has {
			t.Errorf("%s is among those that are missing: %t", info.Name, has)
		}
	}
	for want, f := range map[string]func(){
		"a/file.go has no row for the operation Mul": func() { table.Of(Mul{}) },
		"another.go has two rows for ir.Conv":        func() { NewTable("another.go", For[Conv](1), For[Conv](2)) },
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("%v, want %q", got, want)
				}
			}()
			f()
		}()
	}
}
