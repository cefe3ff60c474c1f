package ir

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// TestRefused has graphs of which one line is not as it must be, in figures, shapes or form, and such as are, at both
// sides of each limit.
func TestRefused(t *testing.T) {
	const rest, transposed = "[4, 6, 6]", "n = ConvTranspose(Kernel: 3, Stride: 2, Dilation: 1, "
	for _, tt := range []struct{ line, want string }{ // want: of the error, "" for none
		{"n = Conv(Out: 4, Kernel: 1, Stride: 1, Dilation: 1, Groups: 2) image : " + rest, ""},
		{"n = Conv(Out: 4, Kernel: 1, Stride: 1, Dilation: 1, Groups: 0) image : " + rest, "groups is 0"},
		{"n = Conv(Out: 5, Kernel: 1, Stride: 1, Dilation: 1, Groups: 2) image : [5, 6, 6]",
			"5 output channels cannot"},
		{"n = Conv(Out: 6, Kernel: 1, Stride: 1, Dilation: 1, Groups: 3) image : [6, 6, 6]", "4 input channels cannot"},
		{"n = Conv(Out: 4, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1, Pad: {0, 0, 0, 1048577}) image : x",
			"padding must"},
		{transposed + "Out: 2, Groups: 1, Pad: {1, 1, 1, 1}, OutputPadding: 1) image : [2, 12, 12]",
			""},
		{transposed + "Out: 2, Groups: 2, Pad: {2, 0, 2, 0}) image : [2, 9, 13]",
			""},
		{transposed + "Out: 0, Groups: 1) image : x",
			"out is 0"},
		{transposed + "Out: 2, Groups: 0) image : x",
			"groups is 0"},
		{transposed + "Out: 6, Groups: 3) image : x",
			"4 input channels cannot"},
		{transposed + "Out: 3, Groups: 2) image : x",
			"3 output channels cannot"},
		{transposed + "Out: 2, Groups: 1, OutputPadding: 2) image : x",
			"output_padding is 2"},
		{transposed + "Out: 2, Groups: 1, OutputPadding: 0×-1) image : x",
			"output_padding is 0×-1"},
		{transposed + "Out: 2, Groups: 1, OutputPadding: 1×2) image : x",
			"output_padding is 1×2"},
		{transposed + "Out: 2, Groups: 1, Pad: {3, 0, 0, 0}) image : x",
			"padding must be smaller"},
		{transposed + "Out: 2, Groups: 1, Pad: {0, 0, 0, 3}) image : x",
			"padding must be smaller"},
		{"n = MaxPool(Kernel: 2×3, Stride: 1, Pad: {1, 2, 1, 2}) image : [4, 7, 8]", ""},
		{"n = MaxPool(Kernel: 2×3, Stride: 1, Pad: {2, 0, 0, 0}) image : x", "padding of 2×0 must be smaller than"},
		{"n = MaxPool(Kernel: 2×3, Stride: 1, Pad: {0, 0, 2, 0}) image : x", "padding of 2×0 must be smaller than"},
		{"n = AvgPool(Kernel: 2×3, Stride: 1, Pad: {0, 3, 0, 0}) image : x", "padding of 0×3 must be smaller than"},
		{"n = AvgPool(Kernel: 2×3, Stride: 1, Pad: {0, 0, 0, 3}) image : x", "padding of 0×3 must be smaller than"},
		{"n = ConvTranspose(Out: 4, Kernel: 2, Stride: 512, Dilation: 1, Groups: 1) image : [4, 2562, 2562]", ""},
		{"n = ConvTranspose(Out: 4, Kernel: 2, Stride: 512×513, Dilation: 1, Groups: 1) image : x",
			"takes 262656 channels for each of the 4 of the result, and a tensor of shape [1050624, 6, 6] has a side over"},
		{"n = ConvTranspose(Out: 4, Kernel: 11500, Stride: 512, Dilation: 1, Groups: 1) image : x",
			"and a tensor of shape [1048576, 4, 23, 23] has over 2147483647 elements"},
		{"n = ConvTranspose(Out: 1, Kernel: 5380, Stride: 8192, Dilation: 1, Groups: 1) image : x",
			"before the padding is cut off, a tensor of shape [1, 49152, 49152] has over 2147483647 elements"},
		{"n = Resize(Size: 1×7) image : [4, 1, 7]", ""}, {"n = Resize(Size: 7×1) image : [4, 7, 1]", ""},
		{"n = Resize(Size: 0×7) image : x", "the size is 0×7"},
		{"n = Resize(Size: 7×-1) image : x", "the size is 7×-1"},
		{"n = Concat() image image : [8, 6, 6]", ""}, {"n = Concat(Axis: 2) image image : [4, 6, 12]", ""},
		{"n = Concat(Axis: 3) image image : [8, 6, 6]", "axis 3"},
		{"n = Concat(Axis: -1) image image : [8, 6, 6]", "axis -1"},
		{"n = Concat() image low : [8, 6, 6]", "differ in height or width"},
		{"n = Concat() image slim : [8, 6, 6]", "differ in height or width"},
		{"n = Concat(Axis: 1) image low : [4, 11, 6]", ""},
		{"n = Concat(Axis: 1) image slim : [4, 12, 6]", "differ in axis 2, but are joined along axis 1"},
		{"n = Concat() image flat : [8, 6, 6]", "different numbers of axes"},
		{"n = LayerNorm(Axes: {0}, Epsilon: 0) image : " + rest, "epsilon is 0"},
		{"n = LayerNorm(Axes: {0, 3}, Epsilon: 1) image : " + rest, "the axes"},
		{"n = LayerNorm(Axes: {-1}, Epsilon: 1) image : " + rest, "the axes"},
		{"n = LayerNorm(Axes: {1, 1}, Epsilon: 1) image : " + rest, "the axes"},
		{"n = LayerNorm(Axes: {0, 2}, Epsilon: 1) image : " + rest, ""},
		{"n = Learned(Shape: {2}, Value: NaN) image : [2]", "value is NaN"},
		{"n = Learned(Shape: {2}, Value: -Inf) image : [2]", "value is -Inf"},
		{"n = Learned(Shape: {2}, Deviation: Inf) image : [2]", "deviation is +Inf"},
		{"n = Learned(Shape: {2}, Deviation: NaN) image : [2]", "deviation is NaN"},
		{"n = Learned(Shape: {0}) image : [0]", "no elements"},
		{"n = Linear(Out: 0) flat : [0]", "out is 0"}, {"n = Linear(Out: 1) flat : [1]", ""},
		{"n = Pad(Sides: {0, 0, 0, 1048577}) image : x", "padding must not exceed"},
		{"n = Pad(Sides: {-1048577, 0, 0, 0}) image : x", "padding must not exceed"},
		{"n = PReLU() image : " + rest, ""}, {"n = PReLU() flat : [144]", ""},
		{"n = PReLU() tokens : [4, 36]", "needs an image or a vector"},
		{"n = Slice(Axis: 3, From: 0, To: 1) image : " + rest, "axis 3"},
		{"n = Slice(From: 0, To: 4) image : " + rest, ""}, {"n = Slice(From: 3, To: 4) image : [1, 6, 6]", ""},
		{"n = Slice(From: -1, To: 2) image : " + rest, "not within"},
		{"n = Slice(From: 0, To: 5) image : " + rest, "not within"},
		{"n = Slice(From: 2, To: 2) image : " + rest, "not within"},
		{"n = Slice(From: 3, To: 2) image : " + rest, "not within"},
		{"n = Reshape(Shape: {2, 72}) image : [2, 72]", ""},
		{"n = Reshape(Shape: {0, 72}) image : [0, 72]", "no elements"},
		{"n = Reshape(Shape: {-2, -72}) image : [2, 72]", "no elements"},
		{"n = Reshape(Shape: {2, 71}) image : [2, 71]", "would have 142"},
		{"n = DepthToSpace(Factor: 0) image : x", "factor is 0, but must be 1 to 1024"},
		{"n = DepthToSpace(Factor: 1) image : " + rest, ""}, {"n = DepthToSpace(Factor: 2) image : [1, 12, 12]", ""},
		{"n = DepthToSpace(Factor: 1024) image : x", "4 channels cannot be spread over squares of 1024×1024"},
		{"n = DepthToSpace(Factor: 1025) image : x", "factor is 1025"},
		{"n = Upsample(Factor: 1048577) image : x", "factor must not exceed"},
		{"n = Upsample(Factor: 2, AlignCorners: true) image : [4, 12, 12]", "align_corners is for"},
		{"n = Upsample(Factor: 2, Bilinear: true, AlignCorners: true) image : [4, 12, 12]", ""},
		{"n = Upsample(Factor: 2) image : [4, 12, 12]", ""}, {"n = Upsample(Factor: 0) image : x", "factor"},
		{"n = Resize(Size: 7×9) image : [4, 7, 9]", ""}, {"n = Resize() image image : [4, 6, 6]", ""},
		{"n = Resize() image : x", "the size is 0, but must be at least 1"},
		{"n = Resize(Size: 7×0) image : x", "the size is 7×0, but must be at least 1"},
		{"n = Resize(Size: 7) image image : x", "has the size 7 and that of a second image"},
		{"n = Resize(Size: 7, AlignCorners: true) image : x", "align_corners is for"},
		{"n = Resize(Size: 7, Bilinear: true, AlignCorners: true) image : [4, 7, 7]", ""},
		{"late = Input(Shape: {2}) : [2]", "an input stands before everything"},
		{"image = Flatten() image : [144]", `the name "image" is already taken`},
		{"n = Flatten(", "want NAME = OP(SETTINGS)"}, {"n = Flatten() image", "want NAME = OP(SETTINGS)"},
		{"Flatten() image : [144]", "want NAME = OP(SETTINGS)"},
		{"n = Flatten image : [144]", "want NAME = OP(SETTINGS)"},
		{"n = Flatten() picture : [144]", `no node is called "picture"`},
		{"n = Fatten() image : [144]", `no op is called "Fatten"`},
		{"n = Flatten() image : [145]", "n has shape [144], not [145]"},
		{"n = Flatten(Wide: 3) image : [144]", "no setting"},
		{"n = Linear(Out) flat : [1]", "want SETTING: VALUE"}, {"n = Linear(Out: a) flat : [1]", "invalid syntax"},
		{"n = Linear(Out: 1, Bias: maybe) flat : [1]", "invalid syntax"},
		{"n = Reshape(Shape: {2, x}) image : [2, 72]", "invalid syntax"},
		{"n = Reshape(Shape: {1, 1, 1, 1, 1, 1, 1, 1, 144}) image : x", "the limit"},
		{"n = Pad(Sides: {1, 2}) image : x", "unexpected EOF"},
		{"n = Flatten() -> Flatten() image : [144]", "cannot be fused here"},
		{"n = Linear -> Add() flat : [1]", "want OP(SETTINGS)"},
		{"n = Linear(Out: 1) -> Activation(Function: Elu2) flat : [1]", "stands in lowered graphs"},
		{"output picture", `no node is called "picture"`}, {"output x=picture", `no node is called "picture"`},
	} {
		text := "graph \"g\"\n\n# a comment\nimage = Input(Shape: {4, 6, 6}) : [4, 6, 6]\n" +
			"low = Slice(Axis: 1, From: 0, To: 5) image : [4, 5, 6]\n" +
			"slim = Slice(Axis: 2, From: 0, To: 5) image : [4, 6, 5]\nflat = Flatten() image : [144]\n" +
			"tokens = Reshape(Shape: {4, 36}) image : [4, 36]\n" + tt.line + "\noutput n\n"
		g, err := Parse(text)
		if (err == nil) != (tt.want == "") || err != nil && (!strings.Contains(err.Error(), tt.want) ||
			!strings.Contains(err.Error(), "line 9: ")) {
			t.Errorf("%s: %v, want %q", tt.line, err, tt.want)
		}
		if err == nil {
			if err := Verify(g); err != nil {
				t.Errorf("%s: %v", tt.line, err)
			}
		}
	}
	for text, want := range map[string]string{
		"": "the output line is missing", "graph g": `line 1: want graph "NAME"`,
		"graph \"g\"": "the output line is missing",
		"graph \"g\"\nx = Input(Shape: {2}) : [2]\noutput x\noutput x": "line 4: the output line is the last, but output x",
		"graph \"g\"\nx = Learned(Shape: {2}) : [2]\noutput x":         "line 2: ",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestTypes: values of two types do not meet, and a type has a name that is read back.
func TestTypes(t *testing.T) {
	a, b := &Node{Type: Float32}, &Node{Type: typeCount}
	if _, err := typeOf(Add{}, []*Node{a, b}); err == nil || !strings.Contains(err.Error(), "do not match") {
		t.Errorf("two types: %v", err)
	}
	if got, err := typeOf(Add{}, []*Node{b, b}); err != nil || got != typeCount {
		t.Errorf("of one type: %v, %v", got, err)
	}
	for of := range typeCount {
		if got, err := parseType(of.String()); err != nil || got != of {
			t.Errorf("%s: %v, %v", of, got, err)
		}
	}
	if _, err := parseType(typeCount.String()); err == nil {
		t.Error("what is no type is one")
	}
}

// TestLimits: a shape of as many dimensions and elements as there may be, and of one more.
func TestLimits(t *testing.T) {
	ones := make(Shape, MaxRank+1)
	for i := range ones {
		ones[i] = 1
	}
	for _, tt := range []struct {
		shape Shape
		want  string
	}{
		{ones[1:], ""}, {ones, "dimensions, the limit"}, {Shape{2, 0}, "has no elements"},
		{Shape{-1}, "has no elements"},
		{Shape{MaxDimension, 2047}, ""}, {Shape{MaxDimension, 2048}, "elements, the limit"},
		{Shape{MaxDimension}, ""}, {Shape{MaxDimension + 1}, "a side over"}, {Shape{math.MaxInt, math.MaxInt}, "limit"},
	} {
		err := checkSize(tt.shape)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: %v, want %q", tt.shape, err, tt.want)
		}
	}
}

// TestBroadcast: of two values one may be repeated along axes where it has one element, in each order of the two.
func TestBroadcast(t *testing.T) {
	for _, tt := range []struct{ a, b, want string }{ // want: the shape, or what an error says
		{"{4, 2, 3}", "{4, 2, 3}", "[4, 2, 3]"}, {"{4, 2, 3}", "{4, 1, 1}", "[4, 2, 3]"},
		{"{4, 2, 3}", "{1, 2, 3}", "[4, 2, 3]"}, {"{4, 2, 3}", "{1, 1, 1}", "[4, 2, 3]"},
		{"{4, 2, 3}", "{1, 2, 1}", "[4, 2, 3]"}, {"{5, 6}", "{1, 6}", "[5, 6]"}, {"{5}", "{1}", "[5]"},
		{"{4, 2, 3}", "{3, 2, 3}", "do not match\n"}, {"{4, 2, 3}", "{4, 2, 2}", "do not match\n"},
		{"{4, 1, 1}", "{1, 2, 3}", "do not match: they would make [4, 2, 3], which is neither's"},
		{"{4, 1, 3}", "{4, 2, 1}", "do not match: they would make [4, 2, 3], which is neither's"},
		{"{4, 2, 3}", "{2, 3}", "do not match: they have "}, {"{4}", "{4, 1, 1}", "do not match: they have "},
	} {
		for _, pair := range [][2]string{{tt.a, tt.b}, {tt.b, tt.a}} {
			for _, op := range []string{"Add", "Sub", "Mul", "Div"} {
				shape := tt.want
				if !strings.HasPrefix(shape, "[") {
					shape = "[1]"
				}
				brackets := strings.NewReplacer("{", "[", "}", "]")
				g, err := Parse(fmt.Sprintf("graph \"g\"\na = Input(Shape: %s) : %s\nb = Input(Shape: %s) : %s\n"+
					"y = %s() a b : %s\noutput y\n", pair[0], brackets.Replace(pair[0]), pair[1],
					brackets.Replace(pair[1]), op, shape))
				switch {
				case shape != tt.want && (err == nil || !strings.Contains(err.Error()+"\n", tt.want)):
					t.Errorf("%s of %v: got %v, want %q", op, pair, err, tt.want)
				case shape == tt.want && (err != nil || g.Output().Shape.String() != tt.want):
					t.Errorf("%s of %v: got %v, want %s", op, pair, err, tt.want)
				}
			}
		}
	}
}

// TestNumbersOfAffine: float32 holds both of what multiplies and what is added.
func TestNumbersOfAffine(t *testing.T) {
	for _, tt := range []struct {
		op    Affine
		taken bool
	}{
		{Affine{2, 3}, true}, {Affine{-3e38, 0}, true}, {Affine{0, 3e38}, true}, {Affine{1e-300, 0}, true},
		{Affine{4e38, 0}, false}, {Affine{0, -4e38}, false}, {Affine{math.NaN(), 0}, false},
		{Affine{1, math.Inf(1)}, false},
	} {
		if s, err := tt.op.infer([]Shape{{2, 5}}); (err == nil) != tt.taken || tt.taken && !s.Equal(Shape{2, 5}) {
			t.Errorf("%+v: %v, %v", tt.op, s, err)
		}
	}
}

// TestBeginning: a graph begins with its inputs, of which there is a limit.
func TestBeginning(t *testing.T) {
	b := NewBuilder("g")
	if _, err := b.Add("y", Learned{Shape: DimsOf(1)}, nil); err == nil {
		t.Error("an operation stands before all inputs")
	}
	var last *Node
	for i := range MaxInputs + 1 {
		n, err := b.Add(fmt.Sprint("x", i), Input{Shape: DimsOf(1)}, nil)
		if i < MaxInputs && err != nil || i == MaxInputs && (err == nil ||
			!strings.Contains(err.Error(), "at most 64 inputs")) {
			t.Errorf("input %d: %v", i, err)
		}
		if err == nil {
			last = n
		}
	}
	if _, err := b.Add("y", Activation{Function: ReLU}, nil, last); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Add("late", Input{Shape: DimsOf(1)}, nil); err == nil {
		t.Error("an input stands behind what computes")
	}
}

// TestParam finds parameters by their roles, and costs of products of different sizes.
func TestParam(t *testing.T) {
	g, err := Parse("graph \"g\"\na = Input(Shape: {2, 3}) : [2, 3]\nb = Input(Shape: {3, 5}) : [3, 5]\n" +
		"c = MatMul() a b : [2, 5]\nd = Linear(Out: 7, Bias: true) c : [2, 7]\noutput d\n")
	if err != nil {
		t.Fatal(err)
	}
	c, d := g.Nodes[2], g.Nodes[3]
	if w, b := d.Param(Weight), d.Param(Bias); w == nil || w.Name != "d.weight" || b == nil || b.Name != "d.bias" ||
		d.Param(Scale) != nil || c.Param(Weight) != nil {
		t.Errorf("weight %v, bias %v", w, b)
	}
	if c.MACs() != 2*3*5 || d.MACs() != 2*5*7 {
		t.Errorf("%d and %d multiply-accumulates", c.MACs(), d.MACs())
	}
}

// TestSmallestTransposed: padding may leave one pixel of what a transposed convolution makes, and not none.
func TestSmallestTransposed(t *testing.T) {
	for _, tt := range []struct {
		pad, shape string
		fits       bool
	}{{"{1, 1, 1, 1}", "[2, 1, 1]", true}, {"{1, 0, 1, 2}", "[2, 1, 1]", true}, {"{2, 1, 1, 1}", "[2, 0, 1]", false},
		{"{1, 2, 1, 1}", "[2, 1, 0]", false}} {
		_, err := Parse("graph \"g\"\nx = Input(Shape: {2, 1, 1}) : [2, 1, 1]\ny = ConvTranspose(Out: 2, Kernel: 3, " +
			"Stride: 2, Dilation: 1, Groups: 1, Pad: " + tt.pad + ") x : " + tt.shape + "\noutput y\n")
		if tt.fits && err != nil || !tt.fits && (err == nil || !strings.Contains(err.Error(), "leaves nothing")) {
			t.Errorf("%s: got %v", tt.pad, err)
		}
	}
}
