package torch

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
)

// TestIdentifiers makes Python names of any text, and tells which texts are such.
func TestIdentifiers(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		is         bool // it is one as it stands
	}{
		{"stem", "stem", true}, {"Stem_1", "Stem_1", true}, {"_a", "_a", true}, {"azAZ09", "azAZ09", true},
		{"2stem", "x2stem", false}, {"9", "x9", false}, {"0a", "x0a", false}, {"a-b.c d", "a_b_c_d", false},
		{"é", "_", false}, {"`{@[/:", "______", false}, {"class", "class_", false}, {"None", "None_", false},
		{"classes", "classes", true},
	} {
		if got := identifier(tt.name); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.name, got, tt.want)
		}
		if got := isIdentifier(tt.name); got != tt.is {
			t.Errorf("%q is an identifier: %v", tt.name, got)
		}
	}
	if isIdentifier("") {
		t.Error("nothing is an identifier")
	}
}

// TestReserved: what PyTorch's modules call something themselves is no name of a layer.
func TestReserved(t *testing.T) {
	for name, want := range map[string]bool{"forward": true, "_x": true, "named_x": true, "get_x": true, "set_x": true,
		"register_x": true, "share_x": true, "zero_grad": true, "T_destination": true, "half": true, "stem": false,
		"forwards": false, "named": false, "get": false, "x_": false, "to": true, "to to_empty": false, "": false} {
		if got := isReserved(name); got != want {
			t.Errorf("%q: got %v", name, got)
		}
	}
}

// TestFloats writes numbers that Python reads.
func TestFloats(t *testing.T) {
	for f, want := range map[float64]string{0.1: "0.1", -2: "-2", 1e-05: "1e-05", 1.0 / 3: "0.3333333333333333",
		math.Inf(1): `float("+Inf")`, math.Inf(-1): `float("-Inf")`} {
		if got := float(f); got != want {
			t.Errorf("%g: got %s, want %s", f, got, want)
		}
	}
	if got := float(math.NaN()); got != `float("NaN")` {
		t.Errorf("got %s", got)
	}
}

// TestIsExtended: images of several pixels and sequences of several tokens are.
func TestIsExtended(t *testing.T) {
	for _, tt := range []struct {
		shape ir.Shape
		want  bool
	}{
		{ir.Shape{8, 1, 1}, false}, {ir.Shape{8, 1, 2}, true}, {ir.Shape{8, 2, 1}, true}, {ir.Shape{1, 3, 3}, true},
		{ir.Shape{8}, false}, {ir.Shape{1, 8}, false}, {ir.Shape{2, 8}, true}, {ir.Shape{2, 1}, true},
		{ir.Shape{1, 2, 3, 4}, false}, {ir.Shape{2, 1, 3, 4}, true},
	} {
		if got := isExtended(tt.shape); got != tt.want {
			t.Errorf("%v: got %v", tt.shape, got)
		}
	}
}

// TestIsElementwise: what computes each element by itself, or all alike, of inputs of the same shape and without
// parameters.
func TestIsElementwise(t *testing.T) {
	for line, want := range map[string]bool{
		"y = Activation(Function: ReLU) a : [4]": true, "y = Softmax() a : [4]": true, "y = Add() a b : [4]": true,
		"y = PReLU() a : [4]": false, "y = Add() a one : [4]": false, "y = Linear(Out: 4) a : [4]": false,
		"y = Dropout(Rate: 0.5) a : [4]": true,
	} {
		g, err := ir.Parse("graph \"g\"\na = Input(Shape: {4}) : [4]\nb = Input(Shape: {4}) : [4]\n" +
			"one = Input(Shape: {1}) : [1]\n" + line + "\noutput y")
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if got := isElementwise(g.Output()); got != want {
			t.Errorf("%s: got %v", line, got)
		}
	}
}

// TestOneSided pads on one side alone, of which PyTorch's own convolution has no setting.
func TestOneSided(t *testing.T) {
	for sides, padded := range map[string]bool{"0, 0, 0, 0": false, "1, 1, 1, 1": false, "1, 0, 1, 0": false,
		"0, 1, 0, 1": false, "1, 0, 0, 0": true, "0, 1, 0, 0": true, "0, 0, 1, 0": true, "0, 0, 0, 1": true} {
		n := [4]int{}
		for i, word := range strings.Split(sides, ", ") {
			n[i] = int(word[0] - '0')
		}
		pad := ir.Padding{Top: n[0], Left: n[1], Bottom: n[2], Right: n[3]}
		m := newMaker("g")
		c := conv(4, 3, 1, 1)
		c.Pad = pad
		g := m.b.Build(m.add("c", c, m.add("x", ir.Input{Shape: ir.DimsOf(3, 8, 8)})))
		var b bytes.Buffer
		if err := Write(&b, g, Options{}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(b.String(), "class PaddedConv2d("); got != padded {
			t.Errorf("sides of %s: a helper pads: %v\n%s", sides, got, &b)
		}
		m, b = newMaker("g"), bytes.Buffer{}
		up := ir.ConvTranspose{Out: 4, Kernel: ir.Square(3), Stride: ir.Square(2), Dilation: ir.Square(1), Groups: 1,
			Pad: pad}
		g = m.b.Build(m.add("up", up, m.add("x", ir.Input{Shape: ir.DimsOf(3, 8, 8)})))
		if err := Write(&b, g, Options{}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(b.String(), "class CroppedConvTranspose2d("); got != padded {
			t.Errorf("sides of %s: a helper cuts off: %v\n%s", sides, got, &b)
		}
	}
}
