// Package kernel holds the kernels of before the blocked layout, until compiler/plan has moved to it: it holds the functions that generated code runs on. They are ordinary Go, tested here, and copied file by
// file into every generated package that uses them; Sources returns the copies. This is their one source of truth.
//
// # What kernels are given
//
// A value is a slice of float32: an image is [channels, height, width], row by row. The caller, which is generated, has
// made sure of all lengths; a kernel writes its out and its scratch and nothing else, and allocates nothing. Where a residual
// is given, out may be that very slice. Results do not depend on anything but the inputs.
//
// # Where fast kernels go
//
// Generated code calls only the functions named like their file (see Sources), each by one signature of slices and one
// struct of settings. A fast kernel for a GOARCH replaces the function behind that signature: its file gets a build
// constraint, and an assembly file with a Go declaration takes its place on that architecture. How weights are packed and
// how much scratch there is, is settled by compiler/plan together with the kernel's choice, so a kernel with a packing
// of its own is a new kind in the plan with a new file here.
package kernel

import (
	"bytes"
	"embed"
	"fmt"
	"slices"
)

//go:embed activation.go conv.go depthwise.go elementwise.go linear.go panel.go pointwise.go pool.go window.go
var sources embed.FS

// files says, in order of name, what each file of kernels needs besides itself.
var files = []struct {
	name  string
	needs []string
}{
	{"activation", nil},
	{"conv", []string{"panel", "window"}},
	{"depthwise", []string{"activation", "window"}},
	{"elementwise", nil},
	{"linear", []string{"activation"}},
	{"panel", []string{"activation"}},
	{"pointwise", []string{"panel"}},
	{"pool", []string{"window"}},
	{"window", nil},
}

// Source is one file of kernels, to stand in a package of another name.
type Source struct {
	Name string // "conv"
	Text []byte
}

// Sources returns the named files and all that they need, in order of name, with the given lines before a package clause
// of the given name. The names: activation (activate), conv, depthwise, elementwise (add, multiply, addChannels,
// multiplyChannels, affine), linear, pointwise, pool (maxPool, averagePool, globalAverage).
func Sources(names []string, packageName, header string) ([]Source, error) {
	wanted := map[string]bool{}
	for _, name := range names {
		if err := want(wanted, name); err != nil {
			return nil, err
		}
	}
	var found []Source
	for _, f := range files {
		if !wanted[f.name] {
			continue
		}
		text, err := sources.ReadFile(f.name + ".go")
		if err != nil {
			return nil, err
		}
		clause := []byte("package kernel\n")
		if !bytes.HasPrefix(text, clause) {
			return nil, fmt.Errorf("kernel file %s does not begin with its package clause", f.name)
		}
		body := bytes.TrimPrefix(text, clause)
		found = append(found, Source{f.name, slices.Concat([]byte(header+"\n\npackage "+packageName+"\n"), body)})
	}
	return found, nil
}

// want adds a file and what it needs to the wanted ones.
func want(wanted map[string]bool, name string) error {
	for _, f := range files {
		if f.name != name {
			continue
		}
		wanted[name] = true
		for _, need := range f.needs {
			if err := want(wanted, need); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("no kernel file is called %q", name)
}
