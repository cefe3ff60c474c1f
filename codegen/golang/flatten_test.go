package golang

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// TestExportsItsOwnAPI holds that a generated package exports what its users need and nothing of the runtime, and that
// what belongs to the network has no line that is too long to read.
func TestExportsItsOwnAPI(t *testing.T) {
	var names []string
	for _, f := range generated(t, Options{Package: "network"}) {
		if !strings.HasSuffix(f.Name, ".go") || strings.HasSuffix(f.Name, "_test.go") {
			continue
		}
		if f.Name == "model.go" || f.Name == "steps.go" {
			for i, line := range strings.Split(string(f.Data), "\n") {
				if n := len([]rune(strings.ReplaceAll(line, "\t", "    "))); n > 120 {
					t.Errorf("%s:%d has %d columns", f.Name, i+1, n)
				}
			}
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.Name, f.Data, 0)
		if err != nil {
			t.Fatal(err)
		}
		if file.Name.Name != "network" {
			t.Errorf("%s belongs to the package %s", f.Name, file.Name.Name)
		}
		for name := range file.Scope.Objects {
			if ast.IsExported(name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	want := append(slices.Clone(exported), "Classes", "ImageLength", "InputChannels", "InputHeight", "InputWidth",
		"Model", "New", "Open", "Read", "Network", "Variant", "Source", "Generator", "Top")
	for _, name := range names {
		if !slices.Contains(want, name) {
			t.Errorf("%s is exported", name)
		}
	}
}

// TestShared holds that a package that shares the runtime is the network's own files alone, and exports the same names.
func TestShared(t *testing.T) {
	exports := func(files []File) (names []string) {
		for _, f := range files {
			if !strings.HasSuffix(f.Name, ".go") || strings.HasSuffix(f.Name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), f.Name, f.Data, 0)
			if err != nil {
				t.Fatal(err)
			}
			for name := range file.Scope.Objects {
				if ast.IsExported(name) {
					names = append(names, name)
				}
			}
		}
		slices.Sort(names)
		return names
	}
	files := generated(t, Options{Package: "network", Shared: true})
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
	}
	if want := []string{"model.go", exampleName, "steps.go", "weights.bin"}; !slices.Equal(names, want) {
		t.Errorf("the files are %v, want %v", names, want)
	}
	if got, want := exports(files), exports(generated(t, Options{Package: "network"})); !slices.Equal(got, want) {
		t.Errorf("it exports %v, a package that stands alone %v", got, want)
	}
}

// TestFlatten holds what becomes of names: those at the top of files and of the other package change, those of fields,
// methods and of other packages do not, and in documentation the first word does.
func TestFlatten(t *testing.T) {
	files, err := flatten([]runtimeSource{
		{name: "kernel_a.go", pkg: "kernel", text: []byte(`package kernel

import "sync/atomic"

// Add adds. Add is a kernel.
type Add struct{ Ref Ref }

type Ref struct{ At int }

const First = 1

var at = map[int]Ref{First: {At: First}}

type adding struct{ *Add }

func (a *Add) Ref2() Ref { return a.Ref }

// New makes one.
func NewAdd(n *atomic.Int64) *adding {
	n.Add(1)
	return &adding{Add: &Add{Ref: Ref{At: 2}}}
}
`)},
		{name: "engine_b.go", pkg: "engine", text: []byte(`//go:build linux

package engine

import (
	"time"

	"github.com/netc-lang/netc/codegen/kernel"
)

// Option stays.
type Option func(*Engine)

// Engine runs.
type Engine struct{ Time time.Time }

func (e *Engine) Ref() kernel.Ref { return kernel.Ref{At: 1} }
`)},
	}, "network")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{header + `

package network

import "sync/atomic"

// add adds. Add is a kernel.
type add struct{ Ref ref }

type ref struct{ At int }

const first = 1

var at = map[int]ref{first: {At: first}}

type adding struct{ *add }

func (a *add) Ref2() ref { return a.Ref }

// New makes one.
func newAdd(n *atomic.Int64) *adding {
	n.Add(1)
	return &adding{add: &add{Ref: ref{At: 2}}}
}
`, header + `

//go:build linux

package network

import (
	"time"
)

// Option stays.
type Option func(*engine)

// engine runs.
type engine struct{ Time time.Time }

func (e *engine) Ref() ref { return ref{At: 1} }
`}
	for i, f := range files {
		if string(f.Data) != want[i] {
			t.Errorf("%s is\n%s\nwant\n%s", f.Name, f.Data, want[i])
		}
	}
}

// TestUnexported lowers first words, also where nothing follows them.
func TestUnexported(t *testing.T) {
	for name, want := range map[string]string{
		"MaxPool": "maxPool", "AVX512": "avx512", "AVX": "avx", "F32": "f32", "X": "x", "NEONLine": "neonLine",
		"already": "already", "Éa": "éa",
	} {
		if got := unexported(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}
