package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/arithmetic"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/expect"
	"github.com/netc-lang/netc/compiler/ir"
)

// TestRemedy: each change that gives the original's numbers comes with how to have it, by flags where the network has
// such settings.
func TestRemedy(t *testing.T) {
	dir := t.TempDir()
	file, bare := filepath.Join(dir, "tiny.net"), filepath.Join(dir, "bare.net")
	writeTestFile(t, file, tiny)
	writeTestFile(t, bare, "network N {\n    input image[3, 8, 8]\n    a Conv(8)\n}\n\nfamily N {\n    A:\n}\n")
	with := target{file: file, chosen: choice{override: build.Override{}}, network: &compiler.Network{Listed: "A"}}
	without := target{file: bare, chosen: with.chosen, network: with.network}
	some := func(name, setting string) target { // a network with one such setting
		path := filepath.Join(dir, name)
		writeTestFile(t, path, "network N("+setting+") {\n    input image[3, 8, 8]\n    a Conv(8"+
			map[string]string{"eps.net": ") -> BatchNorm(epsilon: epsilon", "pad.net": ", padding: padding"}[name]+
			")\n}\n\nfamily N {\n    A:\n}\n")
		return target{file: path, chosen: with.chosen, network: with.network}
	}
	padded, normed := some("pad.net", `padding: string = "symmetric"`), some("eps.net", "epsilon: float = 1e-5")
	both := arithmetic.Arithmetic{Epsilon: 1e-3, Padding: arithmetic.Same}
	for _, tt := range []struct {
		t      target
		change expect.Change
		want   string
	}{
		{with, expect.Change{Kind: expect.OfArithmetic, Arithmetic: both},
			"give --set epsilon=0.001 --set padding=same"},
		{with, expect.Change{Kind: expect.OfArithmetic, Arithmetic: arithmetic.Arithmetic{Epsilon: 1e-3}},
			"give --set epsilon=0.001"},
		{padded, expect.Change{Kind: expect.OfArithmetic, Arithmetic: arithmetic.Arithmetic{Padding: arithmetic.Same}},
			"give --set padding=same"},
		{normed, expect.Change{Kind: expect.OfArithmetic, Arithmetic: arithmetic.Arithmetic{Epsilon: 1e-3}},
			"give --set epsilon=0.001"},
		{padded, expect.Change{Kind: expect.OfArithmetic, Arithmetic: both},
			padded.file + " has no such settings: write epsilon 0.001, padding same into its BatchNorm and Conv"},
		{normed, expect.Change{Kind: expect.OfArithmetic, Arithmetic: both},
			normed.file + " has no such settings: write epsilon 0.001, padding same into its BatchNorm and Conv"},
		{without, expect.Change{Kind: expect.OfArithmetic, Arithmetic: both},
			bare + " has no such settings: write epsilon 0.001, padding same into its BatchNorm and Conv"},
		{without, expect.Change{Kind: expect.OfActivation, From: ir.ReLU, To: ir.SiLU},
			"write SiLU in place of ReLU into " + bare},
		{with, expect.Change{Kind: expect.OfPooling}, "write that padding into the poolings of " + file},
		{with, expect.Change{Kind: expect.OfStride},
			"move the stride in the blocks of " + file + ", which is stride_first of std/residual's Bottleneck"},
		{with, expect.Change{Kind: expect.OfColours}, "give the network images of blue, green and red, in this order"},
		{with, expect.Change{Kind: expect.OfRange, Mean: []float64{0, 0.5, 1}, Std: []float64{0.25, 1, 2}},
			"the original normalises its images itself; netc's networks take them normalised, and netc onnx " +
				"--preprocess --mean 0,0.5,1 --std 0.25,1,2 normalises them in the model"},
		{with, expect.Change{Kind: expect.OfNorms}, "exchange their names in the mapping"},
		{with, expect.Change{Kind: expect.OfLayer, Layer: "stem.norm"},
			"exchange the two names of stem.norm in the mapping"},
		{with, expect.Change{Kind: expect.OfOrder}, "give --layout IO, or --layout LAYER=IO for those that are"},
	} {
		if got := tt.t.remedy(tt.change); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.change.Kind, got, tt.want)
		}
	}
	for more, want := range map[bool]string{false: ", and of square weights). The network may differ",
		true: ", and of square weights), but not all could be tried. The network may differ"} {
		got := with.remedies(expect.Explanation{Tries: 7, More: more})
		if !strings.HasPrefix(got, "Nothing of what was tried gives them either (7 networks: ") ||
			!strings.Contains(got, want) {
			t.Errorf("got %s", got)
		}
	}
	golden := &expect.Golden{Images: make([][]float32, 8), Given: 8, Layout: "NHWC"}
	for given, want := range map[int]string{8: "8 images, read as NHWC", 20: "8 of 20 images, read as NHWC"} {
		if golden.Given = given; images(golden) != want {
			t.Errorf("%d given: %s", given, images(golden))
		}
	}
}
