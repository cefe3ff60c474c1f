package compiler_test

import (
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl/source"
)

// family builds the variants of a text that imports examples, in their order.
func family(t *testing.T, text string) []*compiler.Network {
	t.Helper()
	here, err := filepath.Abs("../examples/scaling/here.net")
	if err != nil {
		t.Fatal(err)
	}
	program, err := compiler.LoadFile(source.NewFile(here, text))
	if err != nil {
		t.Fatal(err)
	}
	networks, err := program.BuildAll()
	if err != nil {
		t.Fatal(err)
	}
	return networks
}

// TestSmaller: at the shares of the five models that TinyNet's paper prints, the rule gives those.
func TestSmaller(t *testing.T) {
	const text = `import "../tinynet/tinynet.net"

import "std/scaling"

family Shares of TinyNet by Smaller {
    A: cost = 339 / 387
    B: cost = 202 / 387
    C: cost = 100 / 387
    D: cost = 52 / 387
    E: cost = 24 / 387
}
`
	program, err := compiler.Load("../examples/tinynet/tinynet.net")
	if err != nil {
		t.Fatal(err)
	}
	published, err := program.BuildAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range family(t, text) {
		want := published[i]
		if n.Resolution != want.Resolution || n.Graph.ParamCount() != want.Graph.ParamCount() ||
			n.Graph.MACs() != want.Graph.MACs() {
			t.Errorf("%s: %d pixels, width %g, depth %g, want %d, %g, %g", n.Variant, n.Resolution, n.Width, n.Depth,
				want.Resolution, want.Width, want.Depth)
		}
	}
}

// TestFast: the factors multiply to the cost, and activations grow as the paper's table of complexities says: as the
// cost for depth and resolution, as its square root for width, and as cost^(1 - alpha/2) for all together.
func TestFast(t *testing.T) {
	for _, alpha := range []float64{0, 1. / 3, 0.8, 1} {
		const text = `import "../efficientnet/efficientnet.net"

family F of EfficientNet by Fast(alpha: %v) {
    Small: cost = 4
    Large: cost = 64
}
`
		for i, n := range family(t, fmt.Sprintf(text, alpha)) {
			cost := []float64{4, 64}[i]
			r := float64(n.Resolution) / 224
			if got := n.Depth * n.Width * n.Width * r * r; !(math.Abs(got/cost-1) <= 0.005) {
				t.Errorf("alpha %g, cost %g: the factors multiply to %g", alpha, cost, got)
			}
			if got, want := n.Depth*n.Width*r*r, math.Pow(cost, 1-alpha/2); !(math.Abs(got/want-1) <= 0.005) {
				t.Errorf("alpha %g, cost %g: activations grow by %g, want %g", alpha, cost, got, want)
			}
		}
	}
}

// TestActivations compares with the tables of "Designing Network Design Spaces", arXiv:2003.13678 (millions), where
// their networks are torchvision's, which the examples are.
func TestActivations(t *testing.T) {
	tests := []struct {
		file string
		want map[string]float64
	}{
		{"regnetx/regnetx.net", map[string]float64{"800mf": 5.1, "1_6gf": 7.9, "3_2gf": 11.4, "8gf": 14.1, "16gf": 25.5,
			"32gf": 36.3}},
		{"regnety/regnety.net", map[string]float64{"400mf": 3.9, "1_6gf": 8.0, "3_2gf": 11.3, "16gf": 23.0,
			"32gf": 30.3}},
		{"resnet/resnet.net", map[string]float64{"50": 11.1, "101": 16.2, "152": 22.6}},
		{"efficientnet/efficientnet.net", map[string]float64{"B0": 6.7, "B1": 10.9, "B2": 13.8, "B3": 23.8,
			"B5": 98.9}},
	}
	for _, tt := range tests {
		program, err := compiler.Load("../examples/" + tt.file)
		if err != nil {
			t.Fatal(err)
		}
		networks, err := program.BuildAll()
		if err != nil {
			t.Fatal(err)
		}
		compared := 0
		for _, n := range networks {
			want, ok := tt.want[n.Variant]
			if !ok {
				continue
			}
			compared++
			if got := float64(n.Graph.Activations()) / 1e6; !(math.Abs(got-want) <= 0.0501) {
				t.Errorf("%s %s: %.2f million activations, want %.1f", tt.file, n.Variant, got, want)
			}
		}
		if compared != len(tt.want) {
			t.Errorf("%s: compared %d variants of %d", tt.file, compared, len(tt.want))
		}
	}
}
