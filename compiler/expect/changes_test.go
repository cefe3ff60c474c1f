package expect

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// graphOf parses lines behind an image of 8 channels and 8×8 pixels. The last of them is the output.
func graphOf(t *testing.T, lines string) *ir.Graph {
	t.Helper()
	lines = strings.TrimSpace(lines)
	last := lines[strings.LastIndex(lines, "\n")+1:]
	g, err := ir.Parse("graph \"g\"\nimage = Input(Shape: {8, 8, 8}) : [8, 8, 8]\n" + lines + "\noutput " +
		strings.Fields(last)[0] + "\n")
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func whats(all []Change) string {
	var words []string
	for _, c := range all {
		words = append(words, c.What)
	}
	return strings.Join(words, "; ")
}

// TestNormChanges: two vectors are exchanged of batch norms that have both, and never so that a variance is negative.
func TestNormChanges(t *testing.T) {
	const norm = "a = BatchNorm(Epsilon: 0.001, Momentum: 0.1%s) image : [8, 8, 8]"
	for _, tt := range []struct {
		line, negative, want string // of which role values are below zero
	}{
		{fmt.Sprintf(norm, ""), "", "scales and shifts; scales and means; scales and variances; shifts and means; " +
			"shifts and variances; means and variances"},
		{fmt.Sprintf(norm, ""), "running_mean", "scales and shifts; scales and means; scales and variances; " +
			"shifts and means; shifts and variances"},
		{fmt.Sprintf(norm, ""), "bias", "scales and shifts; scales and means; scales and variances; " +
			"shifts and means; means and variances"},
		{fmt.Sprintf(norm, ", NoScale: true"), "", "shifts and means; shifts and variances; means and variances"},
		{fmt.Sprintf(norm, ", NoShift: true"), "", "scales and means; scales and variances; means and variances"},
		{fmt.Sprintf(norm, ", NoScale: true, NoShift: true"), "", "means and variances"},
		{"a = LayerNorm(Axes: {0}, Epsilon: 0.001) image : [8, 8, 8]", "", ""},
		{"a = Conv(Out: 8, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1, Bias: true) image : [8, 8, 8]", "", ""},
	} {
		g := graphOf(t, tt.line)
		set := params.Set{}
		for i, p := range g.Params() {
			values := make([]float32, p.Shape.Elements())
			for k := range values {
				values[k] = float32(i + 1)
			}
			if tt.negative != "" && strings.HasSuffix(p.Name, tt.negative) {
				values[len(values)-1] = -1
			}
			set[p.Name] = &params.Tensor{Shape: p.Shape, Data: values}
		}
		all, each := norms(g, set), layers(g, set)
		got := strings.ReplaceAll(strings.ReplaceAll(whats(all), "the batch norms' ", ""), " exchanged", "")
		alone := strings.ReplaceAll(strings.ReplaceAll(whats(each), "the ", ""), " of a exchanged", "")
		if got != tt.want || alone != tt.want {
			t.Errorf("%s: got %q, and of the layer alone %q, want %q", tt.line, got, alone, tt.want)
		}
		for i, c := range all { // the two are under each other's names, all else is as it was
			changed, ok := c.trial(trial{set: set})
			moved := 0
			for name, tensor := range changed.set {
				if tensor != set[name] {
					moved++
				}
			}
			if !ok || moved != 2 || len(changed.set) != len(set) || each[i].Layer != "a" {
				t.Errorf("%s, %s: %d of %d vectors are exchanged", tt.line, c.What, moved, len(changed.set))
			}
		}
	}
}

// TestStrides: a stride moves between a convolution of single pixels and that of several pixels which reads it.
func TestStrides(t *testing.T) {
	conv := func(name, in string, kernel, stride, groups, size int) string {
		pad := kernel / 2
		return fmt.Sprintf("%s = Conv(Out: 8, Kernel: %d, Stride: %d, Dilation: 1, Groups: %d, Pad: {%d, %d, %d, %d}) "+
			"%s : [8, %d, %d]\n", name, kernel, stride, groups, pad, pad, pad, pad, in, size, size)
	}
	const relu = "r = Activation(Function: ReLU) a : [8, %d, %d]\n"
	for _, tt := range []struct{ name, lines, want string }{
		{"a bottleneck", conv("a", "image", 1, 2, 1, 4) + fmt.Sprintf(relu, 4, 4) + conv("b", "r", 3, 1, 1, 4), "1 2"},
		{"the other way round", conv("a", "image", 1, 1, 1, 8) + conv("b", "a", 3, 2, 1, 4), "2 1"},
		{"without strides", conv("a", "image", 1, 1, 1, 8) + conv("b", "a", 3, 1, 1, 8), ""},
		{"two of several pixels", conv("a", "image", 3, 2, 1, 4) + conv("b", "a", 3, 1, 1, 4), ""},
		{"two of single pixels", conv("a", "image", 1, 2, 1, 4) + conv("b", "a", 1, 1, 1, 4), ""},
		{"depthwise", conv("a", "image", 1, 1, 1, 8) + conv("b", "a", 3, 2, 8, 4), ""},
		{"in groups", conv("a", "image", 1, 1, 1, 8) + conv("b", "a", 3, 2, 4, 4), "2 1"},
		{"behind a pooling", conv("a", "image", 1, 2, 1, 4) +
			"p = MaxPool(Kernel: 1, Stride: 1) a : [8, 4, 4]\n" + conv("b", "p", 3, 1, 1, 4), ""},
		{"behind a sum", conv("a", "image", 1, 1, 1, 8) + "s = Add() a image : [8, 8, 8]\n" +
			conv("b", "s", 3, 2, 1, 4), ""},
		{"the image", conv("b", "image", 3, 2, 1, 4), ""},
	} {
		got := ""
		g := graphOf(t, tt.lines)
		for _, c := range strides(g) {
			changed, ok := c.trial(trial{graph: g})
			if !ok {
				t.Errorf("%s: it cannot be changed", tt.name)
				continue
			}
			for _, n := range changed.graph.Nodes {
				if op, ok := n.Op.(ir.Conv); ok {
					got += fmt.Sprint(" ", op.Stride.Height)
				}
			}
		}
		if got = strings.TrimSpace(got); got != tt.want {
			t.Errorf("%s: the strides become %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestPoolings: other paddings are tried where a pooling has another.
func TestPoolings(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"a = MaxPool(Kernel: 3, Stride: 2, Pad: {1, 1, 1, 1}) image : [8, 4, 4]", "poolings padded same"},
		{"a = MaxPool(Kernel: 3, Stride: 2, Pad: {0, 0, 1, 1}) image : [8, 4, 4]", "poolings padded symmetric"},
		{"a = AvgPool(Kernel: 3, Stride: 2, Pad: {1, 1, 1, 1}) image : [8, 4, 4]", "poolings padded same"},
		{"a = AvgPool(Kernel: 2, Stride: 2) image : [8, 4, 4]", ""},
		{"a = Activation(Function: ReLU) image : [8, 8, 8]", ""},
	} {
		g := graphOf(t, tt.line)
		all := poolings(g)
		if got := whats(all); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.line, got, tt.want)
		}
		for _, c := range all {
			changed, ok := c.trial(trial{graph: g})
			if !ok || changed.graph.Nodes[1].Op == g.Nodes[1].Op {
				t.Errorf("%s, %s: nothing is changed", tt.line, c.What)
			}
		}
	}
}

// TestOrders transposes square weights, one pixel each, and nothing else.
func TestOrders(t *testing.T) {
	const conv = "a = Conv(Out: 8, Kernel: %d, Stride: 1, Dilation: 1, Groups: %d, Pad: {%d, %d, %d, %d}) " +
		"image : [8, 8, 8]"
	for line, want := range map[string]int{
		fmt.Sprintf(conv, 1, 1, 0, 0, 0, 0): 1, fmt.Sprintf(conv, 3, 1, 1, 1, 1, 1): 0,
		fmt.Sprintf(conv, 1, 2, 0, 0, 0, 0): 0, "f = Flatten() image : [512]\na = Linear(Out: 8) f : [8]": 0,
		"f = GlobalAvgPool() image : [8, 1, 1]\ng = Flatten() f : [8]\na = Linear(Out: 8, Bias: true) g : [8]": 1,
		"f = GlobalAvgPool() image : [8, 1, 1]\ng = Flatten() f : [8]\na = Linear(Out: 1) g : [1]":             0,
	} {
		g := graphOf(t, line)
		all := orders(g)
		if len(all) != want {
			t.Errorf("%s: %d changes, want %d", line, len(all), want)
			continue
		}
		for _, c := range all {
			set := params.Set{}
			for _, p := range g.Params() {
				set[p.Name] = &params.Tensor{Shape: p.Shape, Data: make([]float32, p.Shape.Elements())}
				for i := range set[p.Name].Data {
					set[p.Name].Data[i] = float32(i)
				}
			}
			changed, _ := c.trial(trial{graph: g, set: set})
			w := changed.set["a.weight"].Data
			if w[1] != 8 || w[8] != 1 || w[63] != 63 || set["a.weight"].Data[1] != 1 {
				t.Errorf("%s: the weights become %v", line, w)
			}
			if bias := changed.set["a.bias"]; bias != set["a.bias"] {
				t.Errorf("%s: the bias is changed", line)
			}
		}
	}
}

// TestTries: a network may be tried as often as what it costs to compute and to pack allows, within bounds.
func TestTries(t *testing.T) {
	for line, want := range map[string]int{
		"a = Activation(Function: ReLU) image : [8, 8, 8]": 600,
		// 1.024e8 multiply-accumulates and as many weights, each 40 times as dear
		"f = Flatten() image : [512]\na = Linear(Out: 200000) f : [200000]":   47,
		"f = Flatten() image : [512]\na = Linear(Out: 1000000) f : [1000000]": 20,
	} {
		if got := tries(graphOf(t, line)); got != want {
			t.Errorf("%s: %d, want %d", line, got, want)
		}
	}
}

// TestCompare: differences are relative to the range of what is expected, or to the value where there is one.
func TestCompare(t *testing.T) {
	nan := float32(math.NaN())
	for _, tt := range []struct {
		want, got [][]float32
		result    float64
		softmax   bool
	}{
		{[][]float32{{0, 4}, {2, 8}}, [][]float32{{0, 4}, {2, 6}}, 0.25, false},
		{[][]float32{{-4, 4}}, [][]float32{{-4, 2}}, 0.25, false},
		{[][]float32{{-8}}, [][]float32{{-6}}, 0.25, false}, {[][]float32{{8}, {8}}, [][]float32{{8}, {4}}, 0.5, false},
		{[][]float32{{0}}, [][]float32{{0}}, 0, false}, {[][]float32{{0}}, [][]float32{{1}}, math.Inf(1), false},
		{[][]float32{{1, 2}}, [][]float32{{1, nan}}, math.NaN(), false},
		{[][]float32{{0.25, 0.75}}, [][]float32{{0, float32(math.Log(3))}}, 0, true},
		{[][]float32{{0.25, 0.75}}, [][]float32{{0.25, 0.75}}, 0, false},
		{[][]float32{{1}}, [][]float32{{3}}, 2, false}, // one value is no distribution
		{[][]float32{{0.5, 0.75}}, [][]float32{{0.5, 0.75}}, 0, false},
		{[][]float32{{-0.25, 1.25}}, [][]float32{{-0.25, 1.25}}, 0, false},
	} {
		r := compare(Output{Name: "o", Values: tt.want}, tt.got)
		if !(math.Abs(r.Difference-tt.result) < 1e-6) && r.Difference != tt.result &&
			!(r.Difference != r.Difference && tt.result != tt.result) || r.Softmax != tt.softmax || r.Output != "o" {
			t.Errorf("%v for %v: %+v, want %g, softmax %t", tt.got, tt.want, r, tt.result, tt.softmax)
		}
	}
}

// TestRanges says by what images are normalised.
func TestRanges(t *testing.T) {
	g, err := ir.Parse("graph \"g\"\nimage = Input(Shape: {3, 1, 1}) : [3, 1, 1]\n" +
		"v = Activation(Function: ReLU) image : [3, 1, 1]\noutput v")
	if err != nil {
		t.Fatal(err)
	}
	const want = "images normalised by mean [0.485 0.456 0.406] and std [0.229 0.224 0.225]; " +
		"images normalised by mean [0.5 0.5 0.5] and std [0.5 0.5 0.5]; " +
		"images normalised by mean [0 0 0] and std [1 1 1]"
	all := ranges(g, []float32{255, 51, 0})
	if got := whats(all); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	changed, _ := all[0].trial(trial{images: [][]float32{{255, 51, 0}}})
	for i, want := range []float64{(1 - 0.485) / 0.229, (0.2 - 0.456) / 0.224, -0.406 / 0.225} {
		if got := float64(changed.images[0][i]); !(math.Abs(got-want) < 1e-6) {
			t.Errorf("channel %d becomes %g, want %g", i, got, want)
		}
	}
}
