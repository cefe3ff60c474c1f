package eval

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// count returns 1, 2, …, n.
func count(n int) []float32 {
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(i + 1)
	}
	return values
}

// valuesOf gives the parameters of a graph the values of lists, in the graph's order.
func valuesOf(t *testing.T, g *ir.Graph, lists [][]float32) params.Set {
	t.Helper()
	set := params.Set{}
	all := g.Params()
	if len(all) != len(lists) {
		t.Fatalf("%d lists for the parameters %v", len(lists), all)
	}
	for i, p := range all {
		set[p.Name] = &params.Tensor{Shape: p.Shape, Data: lists[i]}
	}
	return set
}

func near(got, want []float32) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		if got[i] != want[i] && !(math.Abs(float64(got[i]-want[i])) <= 1e-6*max(1, math.Abs(float64(want[i])))) &&
			!(got[i] != got[i] && want[i] != want[i]) {
			return false
		}
	}
	return true
}

// TestOperations holds operations to numbers that were worked out by hand: everything else is compared with this
// package.
func TestOperations(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	e := func(x float64) float32 { return float32(math.Exp(x)) }
	root := func(x float64) float32 { return float32(1 / math.Sqrt(x)) }
	type lists = [][]float32
	without := map[string]bool{}
	for _, info := range ir.Ops() {
		without[info.Name] = info.Inputs != 2 || info.Lowered // those of two values are TestPairs'
	}
	maps.DeleteFunc(without, func(_ string, here bool) bool { return !here })
	for _, tt := range []struct {
		in, op string // with their shapes
		params lists
		x      []float32
		want   []float32
	}{
		{"[1, 2, 3]",
			"Conv(Out: 1, Kernel: 2, Stride: 1, Dilation: 1, Groups: 1) x : [1, 1, 2]", lists{{1, 10, 100, 1000}},
			count(6), []float32{5421, 6532}},
		{"[1, 2, 3]", "Conv(Out: 2, Kernel: 1, Stride: 1×2, Dilation: 1, Groups: 1, Bias: true) x : [2, 2, 2]",
			lists{{1, -2}, {0, 0.5}}, count(6), []float32{1, 3, 4, 6, -1.5, -5.5, -7.5, -11.5}},
		{"[2, 1, 2]",
			"Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 2) x : [2, 1, 2]", lists{{3, 5}}, count(4),
			[]float32{3, 6, 15, 20}},
		{"[1, 1, 5]", "Conv(Out: 1, Kernel: 1×2, Stride: 1, Dilation: 1×3, Groups: 1, Pad: {0, 1, 0, 0}) x : [1, 1, 3]",
			lists{{1, 10}}, count(5), []float32{30, 41, 52}},
		{"[1, 2, 2]", "Conv(Out: 1, Kernel: 3, Stride: 2, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}) x : [1, 1, 1]",
			lists{{9, 9, 9, 9, 1, 10, 9, 100, 1000}}, count(4), []float32{4321}},
		{"[1, 1, 2]", "ConvTranspose(Out: 1, Kernel: 1×2, Stride: 1×2, Dilation: 1, Groups: 1, Bias: true) x : [1, 1, 4]",
			lists{{3, 5}, {0.5}}, count(2), []float32{3.5, 5.5, 6.5, 10.5}},
		{"[2, 1, 1]", "ConvTranspose(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) x : [2, 1, 1]",
			lists{{3, 5, 7, 11}}, count(2), []float32{17, 27}},
		{"[2, 1, 2]",
			"ConvTranspose(Out: 2, Kernel: 1×2, Stride: 1, Dilation: 1×2, Groups: 2, Pad: {0, 1, 0, 0}) x : [2, 1, 3]",
			lists{{1, 10, 2, 3}}, count(4), []float32{2, 10, 20, 8, 9, 12}},
		{"[1, 1, 1]", "ConvTranspose(Out: 1, Kernel: 1, Stride: 1×2, Dilation: 1, Groups: 1, OutputPadding: 0×1, " +
			"Bias: true) x : [1, 1, 2]", lists{{3}, {1}}, []float32{4}, []float32{13, 1}},
		{"[2, 3]", "Linear(Out: 2, Bias: true) x : [2, 2]", lists{{1, 0, 0, 1, 10, 100}, {0, 0.5}}, count(6),
			[]float32{1, 321.5, 4, 654.5}},
		{"[2]", "Linear(Out: 1) x : [1]", lists{{2, -3}}, []float32{5, 7}, []float32{-11}},
		{"[2, 1, 2]", "BatchNorm(Epsilon: 0.5, Momentum: 0.1) x : [2, 1, 2]", lists{{2, 3}, {10, 20}, {1, 2},
			{3.5, 0.5}},
			[]float32{1, 3, 2, 4}, []float32{10, 12, 20, 26}},
		{"[2, 1, 1]", "BatchNorm(Epsilon: 0.5, Momentum: 0.1, NoScale: true) x : [2, 1, 1]", lists{{10, 20}, {1, 2},
			{3.5, 0.5}}, []float32{3, 4}, []float32{11, 22}},
		{"[1, 1, 4]",
			"MaxPool(Kernel: 1×3, Stride: 1×2, Pad: {0, 1, 0, 1}) x : [1, 1, 2]", nil, []float32{-5, -7, -3, -9},
			[]float32{-5, -3}},
		{"[1, 1, 3]",
			"MaxPool(Kernel: 1×2, Stride: 1) x : [1, 1, 2]", nil, []float32{1, nan, inf}, []float32{nan, nan}},
		{"[1, 2, 3]", "AvgPool(Kernel: 2, Stride: 1, Pad: {0, 1, 0, 0}) x : [1, 1, 3]", nil, count(6),
			[]float32{2.5, 3, 4}},
		{"[1, 2, 3]",
			"AvgPool(Kernel: 2, Stride: 1, Pad: {0, 1, 0, 0}, CountPadding: true) x : [1, 1, 3]", nil, count(6),
			[]float32{1.25, 3, 4}},
		// Several channels, rows and columns at once.
		{"[2, 3, 3]", "Conv(Out: 2, Kernel: 2, Stride: 1, Dilation: 1, Groups: 1) x : [2, 2, 2]",
			lists{{1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0}}, count(18),
			[]float32{60, 68, 84, 92, 10, 11, 13, 14}},
		{"[2, 2, 2]", "ConvTranspose(Out: 2, Kernel: 2, Stride: 2, Dilation: 1, Groups: 1) x : [2, 4, 4]",
			lists{{1, 0, 0, 0, 0, 0, 0, 1, 0, 10, 0, 0, 0, 0, 0, 0}}, count(8),
			[]float32{1, 50, 2, 60, 0, 0, 0, 0, 3, 70, 4, 80, 0, 0, 0, 0,
				0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4}},
		{"[2, 3, 3]", "MaxPool(Kernel: 2, Stride: 1) x : [2, 2, 2]", nil, count(18),
			[]float32{5, 6, 8, 9, 14, 15, 17, 18}},
		{"[2, 3, 3]", "AvgPool(Kernel: 2, Stride: 1) x : [2, 2, 2]", nil, count(18),
			[]float32{3, 4, 6, 7, 12, 13, 15, 16}},
		{"[2, 1, 2]", "Upsample(Factor: 2) x : [2, 2, 4]", nil, count(4),
			[]float32{1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4}},
		{"[8, 1, 2]", "DepthToSpace(Factor: 2) x : [2, 2, 4]", nil, count(16),
			[]float32{1, 3, 2, 4, 5, 7, 6, 8, 9, 11, 10, 12, 13, 15, 14, 16}},
		{"[2, 1, 2]", "GlobalAvgPool() x : [2, 1, 1]", nil, count(4), []float32{1.5, 3.5}},
		{"[2, 1, 2]", "GlobalMaxPool() x : [2, 1, 1]", nil, []float32{-2, -1, 5, 4}, []float32{-1, 5}},
		{"[2, 2]", "Softmax(Axis: 1) x : [2, 2]", nil, []float32{0, float32(math.Log(3)), 1000, 1000},
			[]float32{0.25, 0.75, 0.5, 0.5}},
		{"[2, 2]", "Softmax(Axis: 0) x : [2, 2]", nil, []float32{0, 5, float32(math.Log(3)), 5},
			[]float32{0.25, 0.5, 0.75, 0.5}},
		{"[2, 2]", "LayerNorm(Axes: {1}, Epsilon: 0.75) x : [2, 2]", lists{{2, 3}, {10, 20}}, []float32{1, 2, 5, 5},
			[]float32{9, 21.5, 10, 20}},
		{"[2, 2]", "LayerNorm(Axes: {0}, Epsilon: 0.75, NoScale: true, NoShift: true) x : [2, 2]", nil,
			[]float32{1, 5, 2, 5}, []float32{-0.5, 0, 0.5, 0}},
		{"[2, 2]", "LayerNorm(Axes: {0, 1}, Epsilon: 0.75, NoShift: true) x : [2, 2]", lists{{1, 2, 3, 4}},
			[]float32{0, 4, 2, 2}, []float32{-2 * root(2.75), 4 * root(2.75), 0, 0}},
		{"[2, 3]", "Transpose(Order: {1, 0}) x : [3, 2]", nil, count(6), []float32{1, 4, 2, 5, 3, 6}},
		{"[2, 1, 2]", "Transpose(Order: {2, 0, 1}) x : [2, 2, 1]", nil, count(4), []float32{1, 3, 2, 4}},
		{"[2, 3]", "Slice(Axis: 1, From: 1, To: 3) x : [2, 2]", nil, count(6), []float32{2, 3, 5, 6}},
		{"[3, 2]", "Slice(From: 1, To: 2) x : [1, 2]", nil, count(6), []float32{3, 4}},
		{"[2, 2]", "Concat(Axis: 1) x x : [2, 4]", nil, count(4), []float32{1, 2, 1, 2, 3, 4, 3, 4}},
		{"[2, 2]", "MatMul() x x : [2, 2]", nil, count(4), []float32{7, 10, 15, 22}},
		{"[2, 2]", "MatMul(Transpose: true) x x : [2, 2]", nil, count(4), []float32{5, 11, 11, 25}},
		{"[2, 2, 2]", "MatMul() x x : [2, 2, 2]", nil, count(8), []float32{7, 10, 15, 22, 67, 78, 91, 106}},
		{"[2, 1, 2]", "MatMul(Transpose: true) x x : [2, 1, 1]", nil, count(4), []float32{5, 25}},
		{"[1, 1, 2]", "Upsample(Factor: 1×2) x : [1, 1, 4]", nil, count(2), []float32{1, 1, 2, 2}},
		{"[1, 1, 2]",
			"Upsample(Factor: 1×2, Bilinear: true) x : [1, 1, 4]", nil, count(2), []float32{1, 1.25, 1.75, 2}},
		{"[1, 1, 2]", "Upsample(Factor: 1×2, Bilinear: true, AlignCorners: true) x : [1, 1, 4]", nil, []float32{0, 3},
			[]float32{0, 1, 2, 3}},
		{"[1, 1, 3]", "Resize(Size: 1×7) x : [1, 1, 7]", nil, count(3), []float32{1, 1, 1, 2, 2, 3, 3}},
		{"[1, 1, 7]", "Resize(Size: 1×3) x : [1, 1, 3]", nil, count(7), []float32{1, 3, 5}},
		{"[1, 7, 1]", "Resize(Size: 3×2) x : [1, 3, 2]", nil, count(7), []float32{1, 1, 3, 3, 5, 5}},
		{"[2, 1, 2]", "Resize() x x : [2, 1, 2]", nil, count(4), count(4)},
		{"[1, 1, 2]", "Resize(Size: 2×3, Bilinear: true) x : [1, 2, 3]", nil, count(2),
			[]float32{1, 1.5, 2, 1, 1.5, 2}},
		{"[1, 2, 1]", "Resize(Size: 4×1, Bilinear: true) x : [1, 4, 1]", nil, count(2), []float32{1, 1.25, 1.75, 2}},
		{"[1, 1, 4]", "Resize(Size: 1×2, Bilinear: true) x : [1, 1, 2]", nil, count(4), []float32{1.5, 3.5}},
		{"[1, 3, 1]", "Resize(Size: 1, Bilinear: true) x : [1, 1, 1]", nil, count(3), []float32{2}},
		{"[1, 3, 1]", "Resize(Size: 1, Bilinear: true, AlignCorners: true) x : [1, 1, 1]", nil, count(3), []float32{1}},
		{"[1, 1, 3]", "Resize(Size: 1×5, Bilinear: true, AlignCorners: true) x : [1, 1, 5]", nil, count(3),
			[]float32{1, 1.5, 2, 2.5, 3}},
		{"[4, 1, 2]", "DepthToSpace(Factor: 2) x : [1, 2, 4]", nil, count(8), []float32{1, 3, 2, 4, 5, 7, 6, 8}},
		{"[1, 1, 2]", "Pad(Sides: {1, 0, 0, 1}, Value: 7) x : [1, 2, 3]", nil, count(2), []float32{7, 7, 7, 1, 2, 7}},
		{"[1, 1, 3]", "Pad(Sides: {0, -1, 0, -1}) x : [1, 1, 1]", nil, count(3), []float32{2}},
		{"[2]", "Affine(Factor: -2, Offset: 0.5) x : [2]", nil, count(2), []float32{-1.5, -3.5}},
		{"[2, 1, 2]", "PReLU() x : [2, 1, 2]", lists{{0.5, -1}}, []float32{-4, 4, -3, 0}, []float32{-2, 4, 3, 0}},
		{"[2, 1, 2]",
			"PReLU(Shared: true) x : [2, 1, 2]", lists{{0.5}}, []float32{-4, 4, -3, 0}, []float32{-2, 4, -1.5, 0}},
		{"[2]", "Learned(Shape: {3}) x : [3]", lists{{7, 8, 9}}, count(2), []float32{7, 8, 9}},
		{"[2, 1]", "Flatten() x : [2]", nil, count(2), count(2)},
		{"[2, 3]", "Reshape(Shape: {3, 2}) x : [3, 2]", nil, count(6), count(6)},
		{"[2]", "DropPath(Rate: 0.5, Block: 1, Blocks: 2) x : [2]", nil, count(2), count(2)},
		{"[2]", "Dropout(Rate: 0.5) x : [2]", nil, count(2), count(2)},
		{"[2]", "Linear(Out: 2) -> Add() -> Activation(Function: ReLU) x x : [2]", lists{{1, 1, -9, 1}}, count(2),
			[]float32{4, 0}},

		{"[3]", "Activation(Function: ReLU) x : [3]", nil, []float32{-1, 0, 200}, []float32{0, 0, 200}},
		{"[4]", "Activation(Function: ReLU6) x : [4]", nil, []float32{-1, 5.5, 6, 200}, []float32{0, 5.5, 6, 6}},
		{"[3]",
			"Activation(Function: LeakyReLU, Slope: 0.25) x : [3]", nil, []float32{-200, 0, 3}, []float32{-50, 0, 3}},
		{"[3]",
			"Activation(Function: ELU, Alpha: 2) x : [3]", nil, []float32{-200, -1, 3},
			[]float32{-2, 2 * (e(-1) - 1), 3}},
		{"[4]", "Activation(Function: HardTanh, Min: -0.5, Max: 2) x : [4]", nil, []float32{-1, -0.25, 1, 9},
			[]float32{-0.5, -0.25, 1, 2}},
		{"[3]", "Activation(Function: SiLU) x : [3]", nil, []float32{-200, 0, 200}, []float32{0, 0, 200}},
		{"[4]", "Activation(Function: Sigmoid) x : [4]", nil, []float32{-200, 0, float32(math.Log(3)), 200},
			[]float32{0, 0.5, 0.75, 1}},
		{"[5]", "Activation(Function: HardSwish, Slope: 0.25, Offset: 0.5) x : [5]", nil, []float32{-9, -2, -1, 1, 9},
			[]float32{0, 0, -0.25, 0.75, 9}},
		{"[5]", "Activation(Function: HardSigmoid, Slope: 0.25, Offset: 0.5) x : [5]", nil, []float32{-9, -2, -1, 1, 9},
			[]float32{0, 0, 0.25, 0.75, 1}},
		{"[3]",
			"Activation(Function: Tanh) x : [3]", nil, []float32{-200, 0, float32(math.Log(2))}, []float32{-1, 0, 0.6}},
		{"[4]",
			"Activation(Function: GELU) x : [4]", nil, []float32{-200, 0, 1, 200}, []float32{0, 0, 0.84134475, 200}},
		{"[4]",
			"Activation(Function: Mish) x : [4]", nil, []float32{-200, 0, 1, 200}, []float32{0, 0, 0.86509836, 200}},
		{"[4]", "Activation(Function: Softplus) x : [4]", nil, []float32{-200, 0, 1, 200},
			[]float32{0, float32(math.Log(2)), 1.3132616, 200}},
	} {
		shape := strings.Trim(tt.in, "[]")
		text := fmt.Sprintf("lowered graph \"g\"\nx = Input(Shape: {%s}) : %s\ny = %s\noutput y\n", shape, tt.in, tt.op)
		g, err := ir.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", tt.op, err)
			continue
		}
		got, err := Run(g, valuesOf(t, g, tt.params), tt.x)
		if err != nil || !near(got[0], tt.want) {
			t.Errorf("%s of %v: %v, %v, want %v", tt.op, tt.x, got, err, tt.want)
		}
		for _, n := range g.Nodes {
			delete(without, ir.InfoOf(n.Op).Name)
		}
	}
	if len(without) > 0 {
		t.Errorf("no row of the table has %v", slices.Sorted(maps.Keys(without)))
	}
}

// TestPairs applies operations of two values, either of which is repeated where it has one element.
func TestPairs(t *testing.T) {
	for op, want := range map[string][]float32{
		"Add() a b : [2, 2]": {11, 22, 13, 24}, "Sub() a b : [2, 2]": {-9, -18, -7, -16},
		"Sub() b a : [2, 2]": {9, 18, 7, 16},
		"Mul() a b : [2, 2]": {10, 40, 30, 80}, "Div() b a : [2, 2]": {10, 10, 10. / 3, 5},
		"Sub() a a : [2, 2]": {0, 0, 0, 0},
		"Sub() a c : [2, 2]": {-99, -98, -197, -196}, "Sub() c a : [2, 2]": {99, 98, 197, 196},
	} {
		g, err := ir.Parse("graph \"g\"\na = Input(Shape: {2, 2}) : [2, 2]\nb = Input(Shape: {1, 2}) : [1, 2]\n" +
			"c = Input(Shape: {2, 1}) : [2, 1]\ny = " + op + "\noutput y\n")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Run(g, nil, []float32{1, 2, 3, 4, 10, 20, 100, 200}); err != nil || !near(got[0], want) {
			t.Errorf("%s: %v, %v, want %v", op, got, err, want)
		}
	}
}

// TestWrongValues refuses examples and parameters of another size.
func TestWrongValues(t *testing.T) {
	g, err := ir.Parse("graph \"g\"\na = Input(Shape: {2}) : [2]\nb = Input(Shape: {3}) : [3]\n" +
		"y = Linear(Out: 1, Bias: true) b : [1]\noutput y a\n")
	if err != nil {
		t.Fatal(err)
	}
	set := valuesOf(t, g, [][]float32{{1, 10, 100}, {0.5}})
	if got, err := Run(g, set, count(5)); err != nil || !near(got[0], []float32{543.5}) {
		t.Errorf("%v, %v", got, err)
	}
	parts := Split(g, count(5))
	if ExampleLength(g) != 5 || !near(parts[0], count(2)) || !near(parts[1], []float32{3, 4, 5}) {
		t.Errorf("split into %v", parts)
	}
	for n := range 7 {
		if _, err := Run(g, set, count(n)); (err == nil) != (n == 5) {
			t.Errorf("%d values: %v", n, err)
		}
	}
	for _, p := range g.Params() {
		whole := set[p.Name]
		for _, wrong := range []*params.Tensor{{Shape: p.Shape, Data: append(count(1), whole.Data...)},
			{Shape: p.Shape, Data: whole.Data[1:]}, nil} {
			if set[p.Name] = wrong; wrong == nil {
				delete(set, p.Name)
			}
			if _, err := Run(g, set, count(5)); err == nil || !strings.Contains(err.Error(), p.Name) {
				t.Errorf("%s of %v: %v", p.Name, wrong, err)
			}
		}
		set[p.Name] = whole
	}
}

// TestCalibrated: every parameter has values that are none of its usual ones, statistics that fit the examples, and
// others with another seed.
func TestCalibrated(t *testing.T) {
	g, err := ir.Parse(`graph "g"
x = Input(Shape: {2, 8, 8}) : [2, 8, 8]
conv = Conv(Out: 3, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}, Bias: true) x : [3, 8, 8]
norm = BatchNorm(Epsilon: 0.001, Momentum: 0.1) conv : [3, 8, 8]
slope = PReLU() norm : [3, 8, 8]
output slope
`)
	if err != nil {
		t.Fatal(err)
	}
	images := Noise(g, 3, 4)
	set, other := Calibrated(g, 1, images...), Calibrated(g, 2, images...)
	for _, p := range g.Params() {
		for i, v := range set.Of(p).Data {
			if v == 0 || v == 1 || v == 0.25 || v == other.Of(p).Data[i] {
				t.Errorf("%s has %v, and with another seed %v", p.Name, set.Of(p).Data, other.Of(p).Data)
				break
			}
		}
	}
	g.Outputs[0].Node = g.Nodes[2]
	largest := 0.0
	for _, image := range images {
		out, err := Run(g, set, image)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range out[0] {
			largest = max(largest, math.Abs(float64(v)))
		}
	}
	if largest < 1 || largest > 12 {
		t.Errorf("the largest value after the norm is %g", largest)
	}
}

// TestCalibratedShifts: batch norms that activations read are shifted so that most values pass, and no others.
func TestCalibratedShifts(t *testing.T) {
	g, err := ir.Parse(`graph "g"
x = Input(Shape: {400, 2, 2}) : [400, 2, 2]
before = BatchNorm(Epsilon: 0.001, Momentum: 0.1) x : [400, 2, 2]
slope = PReLU() before : [400, 2, 2]
alone = BatchNorm(Epsilon: 0.001, Momentum: 0.1) slope : [400, 2, 2]
layer = LayerNorm(Axes: {0}, Epsilon: 0.001) alone : [400, 2, 2]
act = Activation(Function: ReLU) layer : [400, 2, 2]
output act
`)
	if err != nil {
		t.Fatal(err)
	}
	set := Calibrated(g, 1)
	for _, n := range g.Nodes {
		shift := n.Param(ir.Shift)
		if shift == nil {
			continue
		}
		mean := 0.0
		for _, v := range set.Of(shift).Data {
			mean += float64(v) / 400
		}
		want := map[string]float64{"before": passing}[n.Name]
		if !(math.Abs(mean-want) <= 0.1) {
			t.Errorf("the shifts of %s have the mean %g, want %g", n.Name, mean, want)
		}
	}
}

// TestCalibratedConditioning changes the image a little before 48 convolutions with batch norms and ReLUs, as deep as
// Inception-v3: the result may not change by much more.
// 2.5 to 5.6 times were measured, and 1,700 to 4,600 with shifts of mean 0.
func TestCalibratedConditioning(t *testing.T) {
	text := "graph \"g\"\nx = Input(Shape: {8, 12, 12}) : [8, 12, 12]\n"
	last := "x"
	for i := range 48 {
		for _, step := range []struct{ name, op string }{
			{"conv", "Conv(Out: 8, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}, Bias: false)"},
			{"norm", "BatchNorm(Epsilon: 0.001, Momentum: 0.1)"}, {"act", "Activation(Function: ReLU)"},
		} {
			name := fmt.Sprint(step.name, i)
			text += fmt.Sprintf("%s = %s %s : [8, 12, 12]\n", name, step.op, last)
			last = name
		}
	}
	g, err := ir.Parse(text + "output " + last + "\n")
	if err != nil {
		t.Fatal(err)
	}
	const little = 1e-4
	for seed := range uint64(4) {
		image, noise := Noise(g, 10+seed, 1)[0], Noise(g, 20+seed, 1)[0]
		set := Calibrated(g, seed, image)
		var out [2][]float32
		for i := range out {
			moved := slices.Clone(image)
			for k, v := range noise {
				moved[k] += float32(i) * little * v
			}
			all, err := Run(g, set, moved)
			if err != nil {
				t.Fatal(err)
			}
			out[i] = all[0]
		}
		var size, change float64
		for i, v := range out[0] {
			size += float64(v) * float64(v)
			change += float64(out[1][i]-v) * float64(out[1][i]-v)
		}
		if factor := math.Sqrt(change/size) / little; !(factor < 20 && factor > 0.1) {
			t.Errorf("seed %d: a change of the image is magnified %.3g times", seed, factor)
		}
	}
}
