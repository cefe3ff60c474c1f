package ir

import (
	"fmt"
	"strings"
	"testing"
)

const sample = `lowered graph "sample"
image = Input(Shape: {3, 9, 8}) : [3, 9, 8]
stem.conv = Conv(Out: 8, Kernel: 3, Stride: 2, Dilation: 1, Groups: 1, Pad: {1, 0, 1, 1}) image : [8, 5, 4]
wide = Conv(Out: 4, Kernel: 1×7, Stride: 2×1, Dilation: 2×1, Groups: 1, Pad: {0, 3, 0, 3}) image : [4, 5, 8]
narrow = AvgPool(Kernel: 5×1, Stride: 1×2) wide : [4, 1, 4]
stem.norm = BatchNorm(Epsilon: 0.001, Momentum: 0.1) stem.conv : [8, 5, 4]
stem.act = Activation(Function: SiLU) stem.norm : [8, 5, 4]
pool = GlobalAvgPool() stem.act : [8, 1, 1]
m = Mul() stem.act pool : [8, 5, 4]
both = Concat() m stem.act : [16, 5, 4]
c = Slice(From: 4, To: 12) both : [8, 5, 4]
end = Conv(Out: 8, Kernel: 1, Stride: 1, Dilation: 1, Groups: 2) -> Add() -> Activation(Function: ReLU) c m : [8, 5, 4]
flat = Flatten() end : [160]
logits = Linear(Out: 10, Bias: true) flat : [10]
output logits
`

func TestTextRoundTrip(t *testing.T) {
	g, err := Parse(sample)
	if err != nil {
		t.Fatal(err)
	}
	if got := g.String(); got != sample {
		t.Errorf("printed again:\n%s\nwant:\n%s", got, sample)
	}
	if err := Verify(g); err != nil {
		t.Error(err)
	}
}

const sharing = `graph "sharing"
image = Input(Shape: {4, 9, 9}) : [4, 9, 9]
a.conv = Conv(Out: 4, Kernel: 3, Stride: 2, Dilation: 1, Groups: 1, Bias: true) image : [4, 4, 4] of both at a
a.norm = BatchNorm(Epsilon: 0.001, Momentum: 0.1) a.conv : [4, 4, 4] of both at a
b.conv = Conv(Out: 4, Kernel: 3, Stride: 2, Dilation: 1, Groups: 1, Bias: true) a.norm : [4, 1, 1] of both at b
b.norm = BatchNorm(Epsilon: 0.001, Momentum: 0.1) b.conv : [4, 1, 1] of both at b
c = Conv(Out: 4, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) b.norm : [4, 1, 1] of one at c
output c
`

// TestSharing holds that shared weights are there and counted once, by the name of the layer, and multiplied each time.
func TestSharing(t *testing.T) {
	g, err := Parse(sharing)
	if err != nil {
		t.Fatal(err)
	}
	if got := g.String(); got != sharing {
		t.Errorf("printed again:\n%s\nwant:\n%s", got, sharing)
	}
	if err := Verify(g); err != nil {
		t.Error(err)
	}
	if params, macs := g.ParamCount(), g.MACs(); params != 4*4*9+4+8+16 || macs != 4*4*9*(16+1)+16 {
		t.Errorf("%d params, %d MACs", params, macs)
	}
	var names []string
	for _, p := range g.Params() {
		names = append(names, p.Name)
	}
	want := "both.conv.weight both.conv.bias both.norm.weight both.norm.bias both.norm.running_mean " +
		"both.norm.running_var one.weight"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("the parameters are %s, want %s", got, want)
	}
	if a, b := g.Nodes[1], g.Nodes[3]; a.Params[0] != b.Params[0] || a.Shared.Again || !b.Shared.Again {
		t.Errorf("%s is %+v, %s %+v", a.Name, a.Shared, b.Name, b.Shared)
	}
	for old, text := range map[string]struct{ other, want string }{
		"b.conv = Conv(Out: 4": {"b.conv = Conv(Out: 5", "the weights it shares with a.conv have other shapes"},
		"of both at b\nb.norm": {"of both at x\nb.norm", "PREFIX of b.conv"},
		"of one at c":          {"of one", "PREFIX of c"},
	} {
		if _, err := Parse(strings.Replace(sharing, old, text.other, 1)); err == nil ||
			!strings.Contains(err.Error(), text.want) {
			t.Errorf("%s: got %v, want an error with %q", text.other, err, text.want)
		}
	}
	g.Nodes[3].Shared.Again = false
	if err := Verify(g); err == nil || !strings.Contains(err.Error(), "shares weights") {
		t.Errorf("got %v for weights that two nodes own", err)
	}
}

func TestCost(t *testing.T) {
	g, err := Parse(sample)
	if err != nil {
		t.Fatal(err)
	}
	wantParams := int64(3*8*9 + 4*3*7 + 2*8 + 8*4 + 160*10 + 10)
	if got := g.ParamCount(); got != wantParams {
		t.Errorf("params: got %d, want %d", got, wantParams)
	}
	wantMACs := int64(8*5*4*3*9 + 4*5*8*3*7 + 8*5*4*4 + 160*10)
	if got := g.MACs(); got != wantMACs {
		t.Errorf("macs: got %d, want %d", got, wantMACs)
	}
}

// TestParams holds the parameters and the multiply-accumulates of every operation that has any.
func TestParams(t *testing.T) {
	without := map[string]bool{}
	for _, info := range Ops() {
		_, has := info.zero.(parametric)
		_, costs := info.zero.(costly)
		if has || costs {
			without[info.Name] = true
		}
	}
	const conv, transposed = "Stride: 2, Dilation: 1, Groups: 2", "Kernel: 3×2, Stride: 2×1, Dilation: 1"
	for _, tt := range []struct {
		input, op, params string
		macs              int64
	}{
		{"[4, 5, 7]", "Conv(Out: 6, Kernel: 3×2, " + conv + ") x : [6, 2, 3]", "weight [6, 2, 3, 2]", 6 * 2 * 3 * 12},
		{"[4, 5, 7]", "Conv(Out: 6, Kernel: 3×2, " + conv + ", Bias: true) x : [6, 2, 3]",
			"weight [6, 2, 3, 2], bias [6]", 6 * 2 * 3 * 12},
		{"[4, 5, 7]", "ConvTranspose(Out: 6, " + transposed + ", Groups: 2) x : [6, 11, 8]", "weight [4, 3, 3, 2]",
			4 * 5 * 7 * 18},
		{"[4, 5, 7]", "ConvTranspose(Out: 6, " + transposed + ", Groups: 1, Bias: true) x : [6, 11, 8]",
			"weight [4, 6, 3, 2], bias [6]", 4 * 5 * 7 * 36},
		{"[3, 5]", "Linear(Out: 2) x : [3, 2]", "weight [2, 5]", 30},
		{"[5]", "Linear(Out: 2, Bias: true) x : [2]", "weight [2, 5], bias [2]", 10},
		{"[4, 5, 7]", "BatchNorm(Epsilon: 0.1, Momentum: 0.1) x : [4, 5, 7]",
			"weight [4], bias [4], running_mean [4], running_var [4]", 0},
		{"[4]", "BatchNorm(Epsilon: 0.1, Momentum: 0.1, NoScale: true) x : [4]",
			"bias [4], running_mean [4], running_var [4]", 0},
		{"[4]", "BatchNorm(Epsilon: 0.1, Momentum: 0.1, NoShift: true) x : [4]",
			"weight [4], running_mean [4], running_var [4]", 0},
		{"[3, 5]", "LayerNorm(Axes: {1}, Epsilon: 0.1) x : [3, 5]", "weight [5], bias [5]", 0},
		{"[3, 5]", "LayerNorm(Axes: {0, 1}, Epsilon: 0.1, NoShift: true) x : [3, 5]", "weight [3, 5]", 0},
		{"[3, 5]", "LayerNorm(Axes: {0}, Epsilon: 0.1, NoScale: true) x : [3, 5]", "bias [3]", 0},
		{"[4, 5, 7]", "PReLU() x : [4, 5, 7]", "weight [4]", 0},
		{"[4, 5, 7]", "PReLU(Shared: true) x : [4, 5, 7]", "weight [1]", 0},
		{"[4]", "Learned(Shape: {2, 3}) x : [2, 3]", "weight [2, 3]", 0},
		{"[2, 3, 3]", "MatMul() x x : [2, 3, 3]", "", 2 * 3 * 3 * 3},
		{"[2, 3, 5]", "MatMul(Transpose: true) x x : [2, 3, 3]", "", 2 * 3 * 3 * 5},
		{"[5]", "Linear(Out: 5, Bias: true) -> Add() -> Activation(Function: ReLU) x x : [5]",
			"weight [5, 5], bias [5]", 25},
	} {
		g, err := Parse(fmt.Sprintf("lowered graph \"g\"\nx = Input(Shape: {%s}) : %s\ny = %s\noutput y",
			strings.Trim(tt.input, "[]"), tt.input, tt.op))
		if err != nil {
			t.Errorf("%s: %v", tt.op, err)
			continue
		}
		var params []string
		for _, p := range g.Params() {
			params = append(params, strings.TrimPrefix(p.Name, "y.")+" "+p.Shape.String())
		}
		if got := strings.Join(params, ", "); got != tt.params || g.MACs() != tt.macs {
			t.Errorf("%s of %s: %s and %d, want %s and %d", tt.op, tt.input, got, g.MACs(), tt.params, tt.macs)
		}
		delete(without, InfoOf(g.Nodes[1].Op).Name)
	}
	if len(without) > 0 {
		t.Errorf("no row has %v", without)
	}
}

func TestAddRejects(t *testing.T) {
	conv := Conv{Out: 4, Kernel: Square(3), Stride: Square(1), Dilation: Square(1), Groups: 1}
	with := func(change func(*Conv)) Conv { c := conv; change(&c); return c }
	tests := []struct {
		name string
		op   Op
		want string
	}{
		{"kernel too large", with(func(c *Conv) { c.Kernel = Square(9) }), "nothing would be left"},
		{"wide kernel too large", with(func(c *Conv) { c.Kernel = Pair{1, 9} }), "a window of 1×9 does not fit"},
		{"kernel zero", with(func(c *Conv) { c.Kernel = Square(0) }), "kernel is 0"},
		{"kernel without rows", with(func(c *Conv) { c.Kernel.Height = 0 }), "kernel is 0×3"},
		{"huge kernel", with(func(c *Conv) { c.Kernel.Width = 1 << 62 }), "must not exceed"},
		{"huge stride", with(func(c *Conv) { c.Stride.Height = 1 << 62 }), "must not exceed"},
		{"stride zero", with(func(c *Conv) { c.Stride = Square(0) }), "stride is 0"},
		{"groups", with(func(c *Conv) { c.Groups = 3 }), "cannot be split into 3 groups"},
		{"out", with(func(c *Conv) { c.Out = 0 }), "out is 0"},
		{"huge out", with(func(c *Conv) { c.Out = 1 << 40 }), "the limit"},
		{"negative padding", with(func(c *Conv) { c.Pad.Top = -1 }), "must not be negative"},
		{"residual without input", Fused{Base: conv, Residual: true}, "go together"},
		{"fused into a sum", Fused{Base: Add{}}, "fuses nothing into ir.Add"},
		{"axes", LayerNorm{Axes: DimsOf(1, 0), Epsilon: 1}, "each once and in order"},
		{"no axes", LayerNorm{Epsilon: 1}, "axes is empty"},
		{"axis", Softmax{Axis: 3}, "no axis 3"},
		{"order", Transpose{Order: DimsOf(0, 1, 1)}, "no order of the 3 axes"},
		{"short order", Transpose{Order: DimsOf(1, 0)}, "no order of the 3 axes"},
		{"no order", Transpose{}, "the order is empty"},
		{"shape", Reshape{Shape: DimsOf(4, 5)}, "would have 20"},
		{"no shape", Reshape{}, "would have 1"},
		{"huge shape", Reshape{Shape: DimsOf(1<<20, 1<<20, 1<<20)}, "or too many"},
		{"learned nothing", Learned{}, "no dimension"},
		{"deviation", Learned{Shape: DimsOf(1), Deviation: -1}, "deviation is -1"},
		{"factor", Affine{Factor: 1e300}, "no number that float32 can hold"},
		{"epsilon", BatchNorm{}, "epsilon is 0"},
		{"rate", Dropout{Rate: 1}, "rate is 1"},
		{"zero of no scale", BatchNorm{Epsilon: 1, NoScale: true, Zero: true}, "none can begin at zero"},
		{"rate of paths", DropPath{Rate: -0.5, Blocks: 1}, "rate is -0.5"},
		{"block of paths", DropPath{Rate: 0.5, Block: 3, Blocks: 2}, "block 3 of 2"},
		{"slice", Slice{From: 2, To: 9}, "not within the input's 4"},
		{"pool padding", MaxPool{Kernel: Square(2), Stride: Square(1), Pad: Padding{2, 2, 2, 2}},
			"smaller than the kernel"},
		{"arity", Add{}, "cannot take 1 inputs"},
		{"second input", Input{Shape: DimsOf(1, 1, 1)}, "cannot take 1 inputs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := NewLoweredBuilder("t")
			x, err := b.Add("image", Input{Shape: DimsOf(4, 6, 6)}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.Add("n", tt.op, nil, x); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestVerifyFinds(t *testing.T) {
	tests := []struct {
		name   string
		damage func(*Graph)
		want   string
	}{
		{"no output", func(g *Graph) { g.Outputs = nil }, "has 0 outputs"},
		{"no input", func(g *Graph) { g.Inputs = nil }, "the inputs of graph"},
		{"late input", func(g *Graph) { g.Nodes[1].Op, g.Nodes[1].Inputs = g.Nodes[0].Op, nil }, "but its op gives"},
		{"no name", func(g *Graph) { g.Outputs[0].Name = "" }, "output 0 has no name"},
		{"an input's name", func(g *Graph) { g.Outputs[0].Name = g.Inputs[0].Name }, "is that of an input"},
		{"one name", func(g *Graph) { g.Outputs = append(g.Outputs, g.Outputs[0]) }, "two outputs"},
		{"shape", func(g *Graph) { g.Nodes[2].Shape = Shape{1, 2, 3} }, "has shape"},
		{"order", func(g *Graph) { g.Nodes[2], g.Nodes[3] = g.Nodes[3], g.Nodes[2] }, "does not stand before"},
		{"name", func(g *Graph) { g.Nodes[2].Name = "stem.conv" }, "already taken"},
		{"param", func(g *Graph) { g.Nodes[1].Params[0].Name = "x" }, "has the parameter x"},
		{"canonical", func(g *Graph) { g.Lowered = false }, "only stands in lowered graphs"},
		{"foreign output", func(g *Graph) { g.Outputs[0].Node = &Node{Name: "other"} }, "not a node"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g, err := Parse(sample)
			if err != nil {
				t.Fatal(err)
			}
			tt.damage(g)
			if err := Verify(g); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestEveryOpIsInTheTable(t *testing.T) {
	for _, info := range Ops() {
		if got := InfoOf(info.zero).Name; got != info.Name {
			t.Errorf("%T is in the table as %q, found as %q", info.zero, info.Name, got)
		}
	}
}
