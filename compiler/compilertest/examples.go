// Package compilertest gives tests the networks of the examples, and what they need to try the compiler with.
package compilertest

import (
	"cmp"
	"path/filepath"
	"slices"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/source/sourcetest"
)

// Examples returns the networks of every file under examples whose result is one vector, as a classifier's is: of each
// file the variant with the fewest multiply-accumulates, or all of them.
func Examples(t testing.TB, all bool) []*compiler.Network {
	t.Helper()
	var networks []*compiler.Network
	eachExample(t, func(_ string, _ *compiler.Program, family []*compiler.Network) {
		if !all {
			family = []*compiler.Network{cheapest(family)}
		}
		other := func(n *compiler.Network) bool { return !classifies(n) }
		networks = append(networks, slices.DeleteFunc(family, other)...)
	})
	return networks
}

// OtherExamples returns the files under examples, such as "unet/unet.net", of which Examples returns no network.
func OtherExamples(t testing.TB) []string {
	t.Helper()
	var files []string
	eachExample(t, func(file string, _ *compiler.Program, family []*compiler.Network) {
		if !classifies(cheapest(family)) {
			files = append(files, filepath.Base(filepath.Dir(file))+"/"+filepath.Base(file))
		}
	})
	return files
}

// SmallExamples returns what Examples returns for one variant of each file, with images small enough that none of them
// has more multiply-accumulates than this, for tests to which the size of the image does not matter but in time: the
// operations, their settings and the parameters are the same. Images do not become so small that fewer than 3×3 pixels
// are left at the end: the variance of a channel over one or two pixels, by which tests calibrate batch norm, is near
// zero, and makes rounding errors large. A network that fits no smaller image stays as it is.
func SmallExamples(t testing.TB, macs int64) []*compiler.Network {
	t.Helper()
	var networks []*compiler.Network
	eachExample(t, func(_ string, p *compiler.Program, family []*compiler.Network) {
		n := cheapest(family)
		if !classifies(n) {
			return
		}
		for side := n.Graph.Input().Shape[1] - 32; n.Graph.MACs() > macs && side >= 64; side -= 32 {
			small, err := p.Build(n.Listed, build.Override{"resolution": side})
			if err != nil || smallest(small.Graph) < 3 {
				break
			}
			n = small
		}
		networks = append(networks, n)
	})
	return networks
}

// SizedExamples returns the cheapest variant of each file of those that Examples returns, for images of this height and
// width, as far as the architecture takes them (a transformer's embeddings of positions, for instance, are of one size)
// and leaves 3×3 pixels of them, for the reason that SmallExamples has.
func SizedExamples(t testing.TB, height, width int) []*compiler.Network {
	t.Helper()
	var networks []*compiler.Network
	eachExample(t, func(_ string, p *compiler.Program, family []*compiler.Network) {
		n := cheapest(family)
		if !classifies(n) {
			return
		}
		n, err := p.Build(n.Listed, build.Override{"resolution": []int{height, width}})
		if err == nil && smallest(n.Graph) >= 3 {
			networks = append(networks, n)
		}
	})
	return networks
}

// smallest returns the least height of the images that are averaged as a whole.
func smallest(g *ir.Graph) int {
	least := g.Input().Shape[1]
	for _, n := range g.Nodes {
		if _, ok := n.Op.(ir.GlobalAvgPool); ok {
			least = min(least, n.Inputs[0].Shape[1])
		}
	}
	return least
}

// eachExample calls f with every file under examples and all variants of it.
func eachExample(t testing.TB, f func(file string, p *compiler.Program, family []*compiler.Network)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(sourcetest.Root(t), "examples", "*", "*.net"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		program, err := compiler.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		family, err := program.BuildAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(family) > 0 {
			f(file, program, family)
		}
	}
}

func cheapest(family []*compiler.Network) *compiler.Network {
	return slices.MinFunc(family, func(a, b *compiler.Network) int {
		return cmp.Compare(a.Graph.MACs(), b.Graph.MACs())
	})
}

// classifies reports whether the network's result is one vector.
func classifies(n *compiler.Network) bool {
	return len(n.Graph.Outputs) == 1 && len(n.Graph.Output().Shape) == 1
}
