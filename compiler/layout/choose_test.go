package layout

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/floats"
	"github.com/netc-lang/netc/compiler/ir"
)

const network = `graph "n"
image = Input(Shape: {3, 4, 6}) : [3, 4, 6]
stem = Conv(Out: 8, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}) image : [8, 4, 6]
deep = Conv(Out: 16, Kernel: 3, Stride: 1, Dilation: 1, Groups: 8, Pad: {1, 1, 1, 1}) stem : [16, 4, 6]
point = Conv(Out: 5, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) deep : [5, 4, 6]
cube = Conv(Out: 3, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}) image : [3, 4, 6]
flat = Flatten() point : [120]
dense = Linear(Out: 7) flat : [7]
square = Linear(Out: 7) dense : [7]
wide = Linear(Out: 9) square : [9]
up = ConvTranspose(Out: 5, Kernel: 2×3, Stride: 1, Dilation: 1, Groups: 1) stem : [5, 5, 8]
output wide cube up
`

// TestFlattened: what keeps a vector's elements in their places is passed over on the way to the image that they were.
func TestFlattened(t *testing.T) {
	for lines, want := range map[string]string{
		"v = Flatten() image : [72]":                                                             "[3, 4, 6]",
		"f = Flatten() image : [72]\nv = Dropout(Rate: 0.5) f : [72]":                            "[3, 4, 6]",
		"f = Flatten() image : [72]\nd = Dropout(Rate: 0.5) f : [72]\nv = PReLU() d : [72]":      "[3, 4, 6]",
		"f = Flatten() image : [72]\nv = Activation(Function: ReLU) f : [72]":                    "[3, 4, 6]",
		"f = Flatten() image : [72]\nv = DropPath(Rate: 0.5, Block: 1, Blocks: 2) f : [72]":      "[3, 4, 6]",
		"f = Flatten() image : [72]\nv = Linear(Out: 72) f : [72]":                               "[]",
		"f = Flatten() image : [72]\nl = Linear(Out: 9) f : [9]\nv = Dropout(Rate: 0.5) l : [9]": "[]",
		"v = Activation(Function: ReLU) image : [3, 4, 6]":                                       "[]",
	} {
		g, err := ir.Parse("graph \"n\"\nimage = Input(Shape: {3, 4, 6}) : [3, 4, 6]\n" + lines + "\noutput v")
		if err != nil {
			t.Fatal(err)
		}
		if got := flattened(g.Output()).String(); got != want {
			t.Errorf("%s: got %s, want %s", lines, got, want)
		}
	}
}

// choose returns the orders that are chosen, or the problems, of layers given as "layer name d d d", or name@ORDER
// where the file says it.
func choose(t *testing.T, told Told, layers ...string) map[string]string {
	t.Helper()
	g, err := ir.Parse(network)
	if err != nil {
		t.Fatal(err)
	}
	var items []Item
	var names []string
	for _, text := range layers {
		fields := strings.Fields(text)
		tensor := &stored.Tensor{Name: fields[1]}
		tensor.Name, tensor.Order, _ = strings.Cut(fields[1], "@")
		for _, d := range fields[2:] {
			n := int64(0)
			for _, c := range d {
				n = 10*n + int64(c-'0')
			}
			tensor.Shape = append(tensor.Shape, n)
		}
		names = append(names, tensor.Name)
		for _, n := range g.Nodes {
			if n.Name == fields[0] {
				items = append(items, Item{n, tensor})
			}
		}
	}
	result := map[string]string{}
	for i, c := range Choose(items, told, names) {
		switch {
		case c.Problem != "":
			result[items[i].Node.Name] = "! " + c.Problem
		case c.Layout.Plain():
			result[items[i].Node.Name] = "own"
		default:
			result[items[i].Node.Name] = c.Layout.Order
		}
	}
	return result
}

func TestChoose(t *testing.T) {
	layer := func(name, order string) Told {
		return Told{Layer: func(layer string) string {
			if layer == name {
				return order
			}
			return ""
		}}
	}
	tests := []struct {
		name   string
		told   Told
		layers []string
		want   map[string]string // the order, or a part of the problem
	}{
		{"PyTorch", Told{}, []string{"stem a.weight 8 3 3 3", "deep b.weight 16 1 3 3", "point c.weight 5 16 1 1",
			"cube d.weight 3 3 3 3", "dense e.weight 7 120", "square f.weight 7 7"},
			map[string]string{"stem": "own", "deep": "own", "point": "own", "cube": "own", "dense": "own",
				"square": "own"}},
		{"TensorFlow", Told{}, []string{"stem a/kernel 3 3 3 8", "deep b/depthwise_kernel 3 3 8 2",
			"point c/kernel 1 1 16 5", "cube d/kernel 3 3 3 3", "dense e/kernel 120 7", "square f/kernel 7 7"},
			map[string]string{"stem": "HWIO", "deep": "HWIM", "point": "HWIO", "cube": "HWIO", "dense": "HWCO",
				"square": "IO"}},
		{"other tensors decide against names", Told{}, []string{"stem a.weight 3 3 3 8", "cube d.weight 3 3 3 3",
			"square f.weight 7 7"},
			map[string]string{"stem": "HWIO", "cube": "HWIO", "square": "IO"}},
		{"kernels that somebody transposed", Told{}, []string{"stem a/kernel 8 3 3 3", "point c/kernel 5 16 1 1",
			"cube d/kernel 3 3 3 3", "dense e/kernel 7 120"},
			map[string]string{"stem": "own", "point": "own", "cube": "own", "dense": "own"}},
		{"Flax", Told{}, []string{"deep b/kernel 3 3 1 16", "cube d/kernel 3 3 3 3", "point c/kernel 1 1 16 5"},
			map[string]string{"deep": "HWIO", "cube": "HWIO", "point": "HWIO"}},
		{"TensorFlow Lite", Told{}, []string{"stem a 8 3 3 3", "deep b 1 3 3 16", "point c 5 1 1 16", "dense e 7 120",
			"square f 7 7"},
			map[string]string{"stem": "OHWI", "deep": "IHWO", "point": "OHWI", "dense": "OHWC", "square": "own"}},
		{"an RGB stem alone", Told{}, []string{"stem a 8 3 3 3"}, map[string]string{"stem": "own"}},
		{"Paddle", Told{}, []string{"stem a.weight 8 3 3 3", "dense e.weight 120 7", "square f.weight 7 7",
			"none bn._mean 8"},
			map[string]string{"stem": "own", "dense": "CHWO", "square": "IO"}},
		{"Paddle, square alone", Told{}, []string{"stem a.weight 8 3 3 3", "square f.weight 7 7", "none bn._mean 8"},
			map[string]string{"stem": "own", "square": "IO"}},
		{"nothing tells", Told{}, []string{"stem x_1 8 3 3 3", "square x_2 7 7"},
			map[string]string{"stem": "own", "square": "! can stand as OI or as IO"}},
		{"not even for a kernel", Told{}, []string{"cube x_1 3 3 3 3"},
			map[string]string{"cube": "! can stand as OIHW or as HWIO"}},
		{"told", Told{Default: []string{"HWIO"}}, []string{"cube x_1 3 3 3 3", "square x_2 7 7"},
			map[string]string{"cube": "HWIO", "square": "IO"}},
		{"told both", Told{Default: []string{"HWIO", "OI"}}, []string{"cube x_1 3 3 3 3", "square x_2 7 7"},
			map[string]string{"cube": "HWIO", "square": "own"}},
		{"told of a layer", layer("square", "IO"), []string{"square x_2 7 7"}, map[string]string{"square": "IO"}},
		{"an odd order", layer("stem", "WHIO"), []string{"stem x_2 3 3 3 8"}, map[string]string{"stem": "WHIO"}},
		{"told what is not so", layer("stem", "HWOI"), []string{"stem x_2 3 3 3 8"},
			map[string]string{"stem": "! not its order HWOI, [3, 3, 8, 3]"}},
		{"told what cannot be", layer("stem", "IO"), []string{"stem x_2 3 3 3 8"},
			map[string]string{"stem": "! has no order IO"}},
		{"kernels of both kinds", Told{}, []string{"stem a 3 3 3 8", "deep b 16 1 3 3", "point c 5 16 1 1"},
			map[string]string{"stem": "! it stands as HWIO there (as TensorFlow, Keras and Flax do), but the file's " +
				"other kernels as OIHW", "deep": "own", "point": "own"}},
		{"a kernel of another order", Told{}, []string{"point a 16 5 1 1"},
			map[string]string{"point": "! it would fit in another order"}},
		{"nothing like it", Told{}, []string{"point a 16 6 1 1"}, map[string]string{"point": "! is [5, 16, 1, 1] in " +
			"the network, but [16, 6, 1, 1] in the file"}},
		{"a dense layer as a kernel", Told{}, []string{"dense a 4 6 5 7", "stem b 3 3 3 8"},
			map[string]string{"dense": "HWCO", "stem": "HWIO"}},
		{"a dense layer's kernel of channels first", Told{}, []string{"dense a 5 4 6 7", "point b 5 16 1 1"},
			map[string]string{"dense": "CHWO", "point": "own"}},
		{"a classifier as a kernel", Told{}, []string{"square a 1 1 7 7", "stem b 3 3 3 8"},
			map[string]string{"square": "IO", "stem": "HWIO"}},
		{"a product of somebody's flattened image", Told{}, []string{"dense x/MatMul/ReadVariableOp:0 120 7",
			"stem b 8 3 3 3"},
			map[string]string{"dense": "! channels, rows, columns or as rows, columns, channels", "stem": "own"}},
		{"which is told", Told{Default: []string{"HWCO"}}, []string{"dense x/MatMul/ReadVariableOp:0 120 7",
			"stem b 8 3 3 3"},
			map[string]string{"dense": "HWCO", "stem": "own"}},
		{"the file says it", Told{}, []string{"square x_1@IO 7 7", "dense x_2@IO 120 7", "cube x_3@HWIO 3 3 3 3"},
			map[string]string{"square": "IO", "dense": "CHWO", "cube": "HWIO"}},
		{"the file says it, but not of the image", Told{}, []string{"dense x/MatMul@IO 120 7", "stem b@OIHW 8 3 3 3"},
			map[string]string{"dense": "! channels, rows, columns", "stem": "own"}},
		{"the file says what is not so", Told{}, []string{"square x_1@HWIO 7 7", "stem b@HWIO 8 3 3 3"},
			map[string]string{"square": "! can stand as OI or as IO", "stem": "own"}},
		{"PyTorch's layers the wrong way round", Told{}, []string{"stem a.weight 8 3 3 3", "dense e.weight 120 7",
			"none bn.running_var 8"},
			map[string]string{"stem": "own", "dense": "! PyTorch, whose names these are, has OI; if it is so, give " +
				"--layout dense=IO"}},
		{"PyTorch's layers", Told{}, []string{"stem a.weight 8 3 3 3", "dense e.weight 7 120",
			"none bn.running_var 8"}, map[string]string{"stem": "own", "dense": "own"}},
		{"PyTorch's names in TensorFlow's order", Told{}, []string{"stem a.weight 3 3 3 8", "wide e.weight 7 9",
			"none bn.running_var 8"}, map[string]string{"stem": "HWIO", "wide": "IO"}},
		{"which is told of all", Told{Default: []string{"IO"}}, []string{"stem a.weight 8 3 3 3", "wide e.weight 7 9",
			"none bn.running_var 8"}, map[string]string{"stem": "own", "wide": "IO"}},
		{"told otherwise than the file says", layer("square", "OI"), []string{"square x_1@IO 7 7"},
			map[string]string{"square": "own"}},
		{"which is told of them", layer("dense", "CHWO"), []string{"stem a.weight 8 3 3 3", "dense e.weight 120 7",
			"none bn.running_var 8"},
			map[string]string{"dense": "CHWO"}},
		{"dense layers both ways round, of which shapes tell each", Told{}, []string{"dense x_1 7 120", "wide x_2 7 9"},
			map[string]string{"dense": "own", "wide": "IO"}},
		{"dense layers both ways round, and one that could be either", Told{}, []string{"dense x_1 7 120",
			"wide x_2 7 9", "square x_3 7 7"}, map[string]string{"square": "! can stand as OI or as IO"}},
		{"a dense layer tells of another", Told{}, []string{"wide x_1 7 9", "square x_2 7 7"},
			map[string]string{"wide": "IO", "square": "IO"}},
		{"and the other way round", Told{}, []string{"wide x_1 9 7", "square x_2 7 7"},
			map[string]string{"wide": "own", "square": "own"}},
		{"a classifier that was a convolution", Told{}, []string{"wide a 9 7 1 1"}, map[string]string{"wide": "own"}},
		{"a classifier as a kernel of outputs first", Told{}, []string{"wide a 1 1 9 7"},
			map[string]string{"wide": "own"}},
		{"a dense layer for a convolution", Told{}, []string{"point a 16 5"}, map[string]string{"point": "IO"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := choose(t, tt.told, tt.layers...)
			for layer, want := range tt.want {
				problem, wrong := strings.CutPrefix(want, "! ")
				if got[layer] != want && !(wrong && strings.HasPrefix(got[layer], "! ") &&
					strings.Contains(got[layer], problem)) {
					t.Errorf("%s is %q, want %q", layer, got[layer], want)
				}
			}
		})
	}
}

func TestFits(t *testing.T) {
	tests := []struct {
		got  []int64
		want ir.Shape
		fits bool
	}{
		{[]int64{8, 3, 1}, ir.Shape{8, 3, 1, 1}, true},
		{[]int64{8, 3}, ir.Shape{8, 3, 1, 1}, true},
		{[]int64{1}, ir.Shape{1}, true},
		{nil, ir.Shape{1}, true},
		{[]int64{1, 10}, ir.Shape{10}, true},
		{[]int64{1, 10, 1, 1}, ir.Shape{10}, true},
		{[]int64{1, 10}, ir.Shape{1}, false},
		{[]int64{1, 8, 3, 3}, ir.Shape{8, 1, 3, 3}, false},
		{[]int64{1, 8, 3}, ir.Shape{8, 3}, false},
		{[]int64{3, 8}, ir.Shape{8, 3}, false},
	}
	for _, tt := range tests {
		if Fits(tt.got, tt.want) != tt.fits {
			t.Errorf("%v for %v: %v", tt.got, tt.want, !tt.fits)
		}
	}
}

func TestKnown(t *testing.T) {
	for order, want := range map[string]bool{"HWIO": true, "OIHW": true, "HWIM": true, "IO": true, "OHWC": true,
		"": false, "HW": false, "OIHH": false, "NCHW": false, "hwio": false} {
		if Known(order) != want {
			t.Errorf("%q: %v", order, !want)
		}
	}
}

// TestReads holds the styles in which a shape can be a weight to what stands in it.
func TestReads(t *testing.T) {
	g, err := ir.Parse(network)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		layer string
		shape []int64
		want  string
	}{
		{"stem", []int64{8, 3, 3, 3}, "OIHW OHWI"}, {"stem", []int64{3, 3, 3, 8}, "HWIO"},
		{"stem", []int64{8, 3, 3}, ""},
		{"cube", []int64{3, 3, 3, 3}, "OIHW HWIO OHWI"}, {"dense", []int64{7, 120}, "OI"},
		{"dense", []int64{120, 7}, "IO"}, {"square", []int64{7, 7}, "OI IO"}, {"dense", []int64{7, 7}, ""},
		{"dense", []int64{7, 5, 24}, ""},
		{"up", []int64{8, 5, 2, 3}, "OIHW"}, {"up", []int64{2, 3, 5, 8}, "HWIO"}, {"up", []int64{8, 2, 3, 5}, "OHWI"},
		{"up", []int64{5, 8, 2, 3}, ""}, {"up", []int64{8, 5, 3, 2}, ""},
	} {
		for _, n := range g.Nodes {
			if n.Name != tt.layer {
				continue
			}
			if got := strings.Join(Reads(n, tt.shape), " "); got != tt.want {
				t.Errorf("%s of %v: %s, want %s", tt.layer, tt.shape, got, tt.want)
			}
		}
	}
}

// TestFitsButOnes: dimensions of one may stand anywhere, others in their order.
func TestFitsButOnes(t *testing.T) {
	for _, tt := range []struct {
		got  []int64
		want ir.Shape
		fits bool
	}{
		{[]int64{8, 3}, ir.Shape{8, 3}, true}, {[]int64{8, 3, 1, 1}, ir.Shape{8, 3}, true},
		{[]int64{1, 8, 1, 3}, ir.Shape{8, 3}, true}, {[]int64{8, 3}, ir.Shape{8, 3, 1, 1}, true},
		{[]int64{8, 3}, ir.Shape{1, 8, 1, 3}, true}, {[]int64{3, 8}, ir.Shape{8, 3}, false},
		{[]int64{8}, ir.Shape{8, 3}, false}, {[]int64{8, 3, 2}, ir.Shape{8, 3}, false}, {nil, ir.Shape{1, 1}, true},
		{[]int64{1, 1}, ir.Shape{}, true}, {nil, ir.Shape{2}, false}, {[]int64{2}, ir.Shape{}, false},
		{[]int64{8, 3, 1, 2}, ir.Shape{8, 3}, false}, {[]int64{1, 4}, ir.Shape{8}, false},
	} {
		if got := FitsButOnes(tt.got, tt.want); got != tt.fits {
			t.Errorf("%v fits %v: %t", tt.got, tt.want, got)
		}
	}
}

// TestOf reads a weight as it is, or with its dimensions in another order.
func TestOf(t *testing.T) {
	tensor := &stored.Tensor{Name: "w", Type: stored.F32, Shape: []int64{2, 3}, Open: func() (io.ReadCloser, error) {
		values := []float32{0, 1, 2, 3, 4, 5}
		return io.NopCloser(bytes.NewReader(floats.Bytes(values))), nil
	}}
	if got, err := (Layout{}).Of(tensor); err != nil || got != tensor {
		t.Errorf("the network's own order: got %v, %v", got, err)
	}
	got, err := (Layout{Order: "IO", view: []int64{2, 3}, axes: []int{1, 0}}).Of(tensor)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := got.Values(); err != nil || !slices.Equal(v, []float32{0, 3, 1, 4, 2, 5}) {
		t.Errorf("got %v, %v", v, err)
	}
}

// TestSameAs: orders that move only dimensions of one are the network's own.
func TestSameAs(t *testing.T) {
	own := Layout{}
	for _, tt := range []struct {
		view []int64
		axes []int
		want bool
	}{
		{[]int64{3, 1, 5}, []int{1, 0, 2}, true}, {[]int64{3, 1, 5}, []int{0, 2, 1}, true},
		{[]int64{3, 1, 5}, []int{2, 0, 1}, false}, {[]int64{1, 1}, []int{1, 0}, true},
		{[]int64{2, 2}, []int{1, 0}, false},
	} {
		l := Layout{Order: "X", view: tt.view, axes: tt.axes}
		if l.sameAs(own) != tt.want || own.sameAs(l) != tt.want || !l.sameAs(l) {
			t.Errorf("%v of %v is the network's own order: %t", tt.axes, tt.view, !tt.want)
		}
	}
}
