// Package compilertest gives tests the networks of the examples.
package compilertest

import (
	"cmp"
	"path/filepath"
	"slices"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl/source/sourcetest"
)

// Examples returns the networks of every file under examples whose result is one vector, as a classifier's is: of each
// file the variant with the fewest multiply-accumulates, or all of them.
func Examples(t testing.TB, all bool) []*compiler.Network {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(sourcetest.Root(t), "examples", "*", "*.net"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	var networks []*compiler.Network
	for _, file := range files {
		program, err := compiler.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		family, err := program.BuildAll()
		if err != nil {
			t.Fatal(err)
		}
		if !all && len(family) > 0 {
			family = []*compiler.Network{slices.MinFunc(family, func(a, b *compiler.Network) int {
				return cmp.Compare(a.Graph.MACs(), b.Graph.MACs())
			})}
		}
		networks = append(networks, slices.DeleteFunc(family, func(n *compiler.Network) bool {
			return len(n.Graph.Outputs) > 1 || len(n.Graph.Output().Shape) > 1
		})...)
	}
	return networks
}
