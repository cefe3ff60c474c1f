package size

import (
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/source"
)

func parse(t *testing.T, text string) *ir.Graph {
	t.Helper()
	g, err := ir.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// gated has a value of one pixel that is multiplied with an image, from either side.
const gated = `graph "gated"
image = Input(Shape: {2, 17, 12}) : [2, 17, 12]
a = Conv(Out: 4, Kernel: 3, Stride: 2, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}) image : [4, 9, 6]
gate = GlobalAvgPool() a : [4, 1, 1]
left = Mul() gate a : [4, 9, 6]
right = Mul() left gate : [4, 9, 6]
sum = Add() right a : [4, 9, 6]
both = Concat() sum a : [8, 9, 6]
output both gate
`

// TestOf: sizes follow the image's through strides and broadcasts, and are those of the graph.
func TestOf(t *testing.T) {
	g := parse(t, gated)
	areas, err := Of(g)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range g.Nodes {
		a := areas[n]
		if a[0].At(17) != n.Shape[1] || a[1].At(12) != n.Shape[2] {
			t.Errorf("%s is %v, not %s × %s", n.Name, n.Shape, a[0].Name("H"), a[1].Name("W"))
		}
	}
	if got := areas[g.Outputs[0].Node][0].Name("H"); got != "ceil(H/2)" {
		t.Errorf("the output is %s high", got)
	}
}

// TestInputs: of several images those of the first one's size follow it, and others keep theirs.
func TestInputs(t *testing.T) {
	g := parse(t, `graph "inputs"
a = Input(Shape: {2, 16, 12}) : [2, 16, 12]
b = Input(Shape: {3, 16, 12}) : [3, 16, 12]
c = Input(Shape: {3, 8, 6}) : [3, 8, 6]
v = Input(Shape: {5}) : [5]
x = MaxPool(Kernel: 1, Stride: 2) b : [3, 8, 6]
y = MaxPool(Kernel: 1, Stride: 2) c : [3, 4, 3]
z = Linear(Out: 2) v : [2]
output a x y z
`)
	areas, err := Of(g)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range g.Nodes {
		want := map[string]string{"a": "H", "b": "H", "x": "ceil(H/2)", "c": "8", "y": "4"}[n.Name]
		if area, ok := areas[n]; ok && n.Shape.IsImage() && area[0].Name("H") != want {
			t.Errorf("%s is %s high, want %s", n.Name, area[0].Name("H"), want)
		} else if !ok && want != "" {
			t.Errorf("%s has no size", n.Name)
		}
	}
}

// TestBound: values of one pixel do not join images of another size, and sizes that agree by chance are found out.
func TestBound(t *testing.T) {
	for _, tt := range []struct{ name, text string }{
		{"one pixel joined with one that is so by chance", `graph "g"
image = Input(Shape: {2, 1, 1}) : [2, 1, 1]
gate = GlobalAvgPool() image : [2, 1, 1]
both = Concat() gate image : [4, 1, 1]
output both
`},
		{"two strides that agree at this size alone", `graph "g"
image = Input(Shape: {2, 3, 3}) : [2, 3, 3]
two = MaxPool(Kernel: 1, Stride: 2) image : [2, 2, 2]
valid = MaxPool(Kernel: 2, Stride: 1) image : [2, 2, 2]
sum = Add() two valid : [2, 2, 2]
output sum
`},
	} {
		const want = "only fit each other at this size"
		if _, err := Of(parse(t, tt.text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestMovesSecond: of what moves elements between axes, each input keeps the network to its size.
func TestMovesSecond(t *testing.T) {
	_, err := Of(parse(t, `graph "g"
image = Input(Shape: {2, 1, 3}) : [2, 1, 3]
mean = GlobalAvgPool() image : [2, 1, 1]
product = MatMul() mean image : [2, 1, 3]
output product
`))
	if err == nil || !strings.Contains(err.Error(), "holds for one size of the image") {
		t.Errorf("got %v", err)
	}
}

// TestPadding: padding that is not the same on both sides fits every size where a window moves by one, and one size
// where it moves by more.
func TestPadding(t *testing.T) {
	for window, fits := range map[string]bool{
		"Stride: 1, Pad: {0, 0, 1, 1}) image : [1, 8, 8]":   true,
		"Stride: 1×2, Pad: {0, 1, 1, 1}) image : [1, 8, 5]": true,
		"Stride: 2×1, Pad: {1, 0, 1, 1}) image : [1, 5, 8]": true,
		"Stride: 2×1, Pad: {0, 1, 1, 1}) image : [1, 4, 9]": false,
		"Stride: 1×2, Pad: {1, 0, 1, 1}) image : [1, 9, 4]": false,
	} {
		_, err := Of(parse(t, "graph \"g\"\nimage = Input(Shape: {1, 8, 8}) : [1, 8, 8]\n"+
			"a = MaxPool(Kernel: 2, "+window+"\noutput a\n"))
		if fits && err != nil || !fits && (err == nil || !strings.Contains(err.Error(), "no image of another size")) {
			t.Errorf("%s: got %v", window, err)
		}
	}
}

// TestJoined: channels that are joined leave the size free, rows and columns do not.
func TestJoined(t *testing.T) {
	for joined, fits := range map[string]bool{
		"Concat() image image : [4, 8, 8]": true, "Concat(Axis: 1) image image : [2, 16, 8]": false,
		"Concat(Axis: 2) image image : [2, 8, 16]": false,
	} {
		_, err := Of(parse(t, "graph \"g\"\nimage = Input(Shape: {2, 8, 8}) : [2, 8, 8]\na = "+joined+"\noutput a\n"))
		if fits && err != nil || !fits && (err == nil || !strings.Contains(err.Error(), "one size of the image")) {
			t.Errorf("%s: got %v", joined, err)
		}
	}
}

// TestFollows: an image that is made as large as another has its size, whatever that becomes, or the one that is given.
func TestFollows(t *testing.T) {
	areas, err := Of(parse(t, `graph "g"
image = Input(Shape: {2, 33, 12}) : [2, 33, 12]
half = AvgPool(Kernel: 2, Stride: 2) image : [2, 16, 6]
mean = GlobalAvgPool() image : [2, 1, 1]
whole = Resize() half image : [2, 33, 12]
wide = Resize() mean half : [2, 16, 6]
one = Resize() half mean : [2, 1, 1]
seven = Resize(Size: 7) half : [2, 7, 7]
output whole wide one seven
`))
	if err != nil {
		t.Fatal(err)
	}
	for n, a := range areas {
		want := map[string]string{"image": "H", "half": "floor((H-2)/2)+1", "mean": "1", "whole": "H",
			"wide": "floor((H-2)/2)+1", "one": "1", "seven": "7"}
		if got := a[0].Name("H"); got != want[n.Name] {
			t.Errorf("%s is %s high, want %s", n.Name, got, want[n.Name])
		}
	}
}

// TestNorms: a norm over channels, or over all without parameters, has no size, one with parameters of pixels does.
func TestNorms(t *testing.T) {
	for norm, free := range map[string]bool{
		"Axes: {0}, Epsilon: 0.1":                                     true,
		"Axes: {0, 1, 2}, Epsilon: 0.1":                               false,
		"Axes: {0, 1, 2}, Epsilon: 0.1, NoScale: true, NoShift: true": true,
		"Axes: {1, 2}, Epsilon: 0.1, NoScale: true, NoShift: true":    false,
		"Axes: {2}, Epsilon: 0.1":                                     false,
		"Axes: {0, 1}, Epsilon: 0.1":                                  false,
	} {
		_, err := Of(parse(t, `graph "g"
image = Input(Shape: {2, 4, 4}) : [2, 4, 4]
norm = LayerNorm(`+norm+`) image : [2, 4, 4]
output norm
`))
		if (err == nil) != free {
			t.Errorf("%s: %v", norm, err)
		}
	}
}

// TestTransposed: a transposed convolution is refused where the result is no multiple of the image, in words that do
// not say that it fits one size alone.
func TestTransposed(t *testing.T) {
	for tail, want := range map[string]string{
		"Kernel: 2, Stride: 2, Dilation: 1, Groups: 1) image : [2, 8, 8]": "",
		"Kernel: 3, Stride: 1, Dilation: 1, Groups: 1) image : [2, 6, 6]": "",
		"Kernel: 3, Stride: 2, Dilation: 1, Groups: 1) image : [2, 9, 9]": "only where that is exactly the stride times",
	} {
		_, err := Of(parse(t, "graph \"g\"\nimage = Input(Shape: {2, 4, 4}) : [2, 4, 4]\n"+
			"up = ConvTranspose(Out: 2, "+tail+"\noutput up\n"))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", tail, err)
		}
	}
}

// TestResize: the graph at another size has the same operations, parameters and outputs.
func TestResize(t *testing.T) {
	g := parse(t, gated)
	other, err := Resize(g, 33, 40)
	if err != nil {
		t.Fatal(err)
	}
	text := other.String()
	for old, new := range map[string]string{"17, 12": "33, 40", "9, 6": "17, 20"} {
		text = strings.ReplaceAll(text, new, old)
	}
	if text != g.String() {
		t.Errorf("got\n%s", other)
	}
	if other.Outputs[0].Node.Shape[1] != 17 || other.Outputs[0].Node == g.Outputs[0].Node {
		t.Errorf("the output is %v", other.Outputs[0].Node.Shape)
	}
	linear := parse(t, `graph "linear"
image = Input(Shape: {2, 4, 4}) : [2, 4, 4]
flat = Flatten() image : [32]
logits = Linear(Out: 3, Bias: true) flat : [3]
output logits
`)
	if _, err := Resize(linear, 5, 4); err == nil || !strings.Contains(err.Error(), "logits.weight has the shape") {
		t.Errorf("a linear layer on pixels: %v", err)
	}
	for _, shape := range []string{"5", "3, 4", "2, 3, 4, 5"} {
		g := parse(t, "graph \"g\"\nx = Input(Shape: {"+shape+"}) : ["+shape+"]\ny = Activation(Function: ReLU) x : ["+
			shape+"]\noutput y\n")
		want := "the input x is [" + shape + "]: only images come in other sizes"
		if _, err := Resize(g, 8, 8); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", shape, err, want)
		}
	}
	beside := parse(t, `graph "beside"
image = Input(Shape: {2, 4, 4}) : [2, 4, 4]
v = Input(Shape: {5}) : [5]
small = Input(Shape: {2, 2, 4}) : [2, 2, 4]
output image v small
`)
	if other, err := Resize(beside, 6, 7); err != nil || !strings.Contains(other.String(), "{2, 6, 7}") ||
		!strings.Contains(other.String(), "{5}") || !strings.Contains(other.String(), "{2, 2, 4}") {
		t.Errorf("inputs beside the image: %v, %v", other, err)
	}
	window := parse(t, `graph "window"
image = Input(Shape: {2, 7, 7}) : [2, 7, 7]
conv = Conv(Out: 3, Kernel: 5, Stride: 1, Dilation: 1, Groups: 1) image : [3, 3, 3]
output conv
`)
	if other, err := Resize(window, 5, 6); err != nil || other.Output().Shape.String() != "[3, 1, 2]" {
		t.Errorf("the smallest image that a kernel fits: %v, %v", other, err)
	}
	if other, err := Resize(window, 4, 6); err == nil {
		t.Errorf("an image smaller than the kernel makes\n%s", other)
	}
}

// TestName: extents are named as people would write them, and the name says what At computes.
func TestName(t *testing.T) {
	after := func(x Extent, windows ...[3]int) Extent {
		for _, w := range windows {
			x, _ = x.window(w[0], w[1], w[2])
		}
		return x
	}
	for _, tt := range []struct {
		extent Extent
		name   string
		at     map[int]int
	}{
		{whole, "H", map[int]int{1: 1, 224: 224}},
		{fixed(7), "7", map[int]int{1: 7, 224: 7}},
		{after(whole, [3]int{3, 2, 2}), "ceil(H/2)", map[int]int{1: 1, 2: 1, 3: 2, 224: 112}},
		{after(whole, [3]int{3, 2, 2}, [3]int{3, 2, 2}), "ceil(H/4)", map[int]int{4: 1, 5: 2, 224: 56}},
		{after(whole, [3]int{2, 2, 0}), "floor((H-2)/2)+1", map[int]int{2: 1, 3: 1, 4: 2}},
		{after(whole, [3]int{3, 1, 0}), "H-2", map[int]int{3: 1, 224: 222}},
		{after(whole, [3]int{3, 1, 4}), "H+2", map[int]int{1: 3}},
		{after(whole, [3]int{3, 2, 3}), "floor(H/2)+1", map[int]int{1: 1, 2: 2, 3: 2, 4: 3}},
		{after(whole, [3]int{3, 2, 4}), "floor((H+1)/2)+1", map[int]int{1: 2, 2: 2, 3: 3}},
		{after(whole, [3]int{3, 2, 2}).larger(2), "2*(ceil(H/2))", map[int]int{1: 2, 3: 4, 224: 224}},
		{after(fixed(7), [3]int{3, 2, 2}), "4", map[int]int{9: 4}},
		{fixed(7).larger(3), "21", map[int]int{9: 21}},
	} {
		if got := tt.extent.Name("H"); got != tt.name {
			t.Errorf("%v is called %s, want %s", tt.extent, got, tt.name)
		}
		for size, want := range tt.at {
			if got := tt.extent.At(size); got != want {
				t.Errorf("%s at %d is %d, want %d", tt.name, size, got, want)
			}
		}
	}
	double := whole.larger(2)
	if same, ok := double.window(3, 1, 2); !ok || same != double {
		t.Errorf("a window that keeps the size makes %v of %v", same, double)
	}
	if _, ok := double.window(3, 2, 2); ok {
		t.Error("what was made larger has a stride")
	}
}

// TestError: the place that a person wrote comes first, if there is one, and the help last.
func TestError(t *testing.T) {
	file := source.NewFile("n.net", "line\nconv Conv(8)\n")
	n := &ir.Node{Name: "conv"}
	for _, tt := range []struct {
		span       source.Span
		help, want string
	}{
		{source.Span{}, "", "conv: too small"}, {source.Span{}, "pad it", "conv: too small; pad it"},
		{source.Span{File: file, Start: 5, End: 9}, "", "n.net:2:1: conv: too small"},
		{source.Span{File: file, Start: 10, End: 14}, "pad it", "n.net:2:6: conv: too small; pad it"},
	} {
		n.Origin = &ir.Origin{Span: tt.span}
		if got := (&Error{n, "too small", tt.help}).Error(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// TestRandomGraphs holds the rules of operations against the shapes that they infer: at the size that a graph was built
// for, and at another. Every operation is in one of these graphs: compiler/eval has a test of that.
func TestRandomGraphs(t *testing.T) {
	resized := 0
	for seed := range uint64(1000) {
		g := eval.RandomGraph(seed, false)
		areas, err := Of(g)
		if err != nil {
			continue
		}
		other, err := Resize(g, g.Input().Shape[1]+10, g.Input().Shape[2]+3)
		if err != nil {
			t.Fatalf("seed %d: Of says that any size fits, but: %v\n%s", seed, err, g)
		}
		resized++
		for _, built := range []*ir.Graph{g, other} {
			size := built.Input().Shape
			for i, n := range built.Nodes {
				a, sized := areas[g.Nodes[i]]
				if !n.Shape.IsImage() || !sized {
					continue
				}
				if a[0].At(size[1]) != n.Shape[1] || a[1].At(size[2]) != n.Shape[2] {
					t.Fatalf("seed %d: %s is %v for an image of %v, not %s × %s\n%s", seed, n.Name, n.Shape, size,
						a[0].Name("H"), a[1].Name("W"), g)
				}
			}
		}
	}
	if resized < 100 {
		t.Errorf("%d of 1000 graphs fit any size", resized)
	}
}
