package torch

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/source"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// maker builds a graph as the compiler does: nodes are named after the path of the block instance they are in.
type maker struct {
	b      *ir.Builder
	origin *ir.Origin
	blocks int // of MBConv so far
	file   *source.File
}

func newMaker(name string) *maker {
	return &maker{b: ir.NewBuilder(name), file: source.NewFile("zoo/test.net", "network")}
}

func (m *maker) path(name string) string {
	if m.origin == nil || m.origin.Path == "" {
		return name
	}
	return m.origin.Path + "." + name
}

func (m *maker) add(name string, op ir.Op, inputs ...*ir.Node) *ir.Node {
	origin := m.origin
	if origin == nil {
		origin = &ir.Origin{Span: source.Span{File: m.file}}
	}
	n, err := m.b.Add(m.path(name), op, origin, inputs...)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", name, err))
	}
	return n
}

// block runs the body of a block instance.
func (m *maker) block(block, name string, body func() *ir.Node) *ir.Node {
	outer := m.origin
	parent := outer
	if parent == nil {
		parent = &ir.Origin{Span: source.Span{File: m.file}}
	}
	m.origin = &ir.Origin{Span: source.Span{File: m.file}, Block: block, Path: m.path(name), Parent: parent}
	defer func() { m.origin = outer }()
	return body()
}

func conv(out, kernel, stride, groups int) ir.Conv {
	p := kernel / 2
	return ir.Conv{Out: out, Kernel: ir.Square(kernel), Stride: ir.Square(stride), Dilation: ir.Square(1),
		Groups: groups, Pad: ir.Padding{Top: p, Left: p, Bottom: p, Right: p}}
}

var (
	norm = ir.BatchNorm{Epsilon: 1e-3, Momentum: 0.01}
	silu = ir.Activation{Function: ir.SiLU}
)

func (m *maker) unit(name string, op ir.Op, x *ir.Node, act bool) *ir.Node {
	x = m.add(name+".conv", op, x)
	x = m.add(name+".norm", norm, x)
	if act {
		x = m.add(name+".act", silu, x)
	}
	return x
}

func (m *maker) squeezeExcite(name string, reduced int, x *ir.Node) *ir.Node {
	return m.block("SqueezeExcite", name, func() *ir.Node {
		reduce, expand := conv(reduced, 1, 1, 1), conv(x.Shape[0], 1, 1, 1)
		reduce.Bias, expand.Bias = true, true
		s := m.add("pool", ir.GlobalAvgPool{}, x)
		s = m.add("reduce.conv", reduce, s)
		s = m.add("reduce.act", silu, s)
		s = m.add("expand", expand, s)
		s = m.add("gate", ir.Activation{Function: ir.Sigmoid}, s)
		return m.add("scale", ir.Mul{}, x, s)
	})
}

func (m *maker) mbconv(name string, out, kernel, stride, expand int, x *ir.Node) *ir.Node {
	defer func() { m.blocks++ }()
	return m.block("MBConv", name, func() *ir.Node {
		in := x
		if expand > 1 {
			x = m.unit("expand", conv(in.Shape[0]*expand, 1, 1, 1), x, true)
		}
		x = m.unit("depthwise", conv(x.Shape[0], kernel, stride, x.Shape[0]), x, true)
		x = m.squeezeExcite("squeeze", in.Shape[0]/4, x)
		x = m.unit("project", conv(out, 1, 1, 1), x, false)
		if in.Shape.Equal(x.Shape) {
			x = m.add("drop", ir.DropPath{Rate: 0.2, Block: m.blocks, Blocks: 5}, x)
			x = m.add("residual", ir.Add{}, x, in)
		}
		return x
	})
}

// mobile is a small EfficientNet.
func mobile() *ir.Graph {
	m := newMaker("EfficientNet-Tiny")
	x := m.add("image", ir.Input{Shape: ir.DimsOf(3, 16, 16)})
	x = m.unit("stem", conv(8, 3, 2, 1), x, true)
	x = m.mbconv("stage1.0", 8, 3, 1, 1, x)
	x = m.mbconv("stage2.0", 12, 3, 2, 6, x)
	x = m.mbconv("stage2.1", 12, 3, 1, 6, x)
	x = m.mbconv("stage3.0", 16, 5, 2, 4, x)
	x = m.mbconv("stage3.1", 16, 5, 1, 4, x)
	x = m.unit("head", conv(32, 1, 1, 1), x, true)
	x = m.add("pool.mean", ir.GlobalAvgPool{}, x)
	x = m.add("pool.flatten", ir.Flatten{}, x)
	x = m.add("pool.dropout", ir.Dropout{Rate: 0.2}, x)
	return m.b.Build(m.add("logits", ir.Linear{Out: 10, Bias: true}, x))
}

// awkward has every operation, names that Python or PyTorch take badly, and paths that are no units of the data flow.
func awkward() *ir.Graph {
	m := newMaker("class \"\"\" 1\\")
	x := m.add("image", ir.Input{Shape: ir.DimsOf(4, 11, 11)})
	same := conv(8, 4, 2, 2)
	same.Pad = ir.Padding{Top: 1, Left: 1, Bottom: 2, Right: 2}
	same.Bias = true
	x = m.add("forward.class", same, x)
	x = m.add("forward.1", ir.BatchNorm{Epsilon: 1e-5, Momentum: 0.1}, x)
	x = m.add("forward.type", ir.Usual(ir.HardSwish), x)
	oblong := conv(8, 3, 1, 1)
	oblong.Dilation, oblong.Pad = ir.Square(2), ir.Padding{Top: 1, Left: 2, Bottom: 1, Right: 2}
	y := m.add("lambda", oblong, x)
	tall := conv(8, 3, 1, 1)
	tall.Kernel, tall.Stride, tall.Dilation = ir.Pair{Height: 1, Width: 3}, ir.Pair{Height: 2, Width: 1},
		ir.Pair{Height: 1, Width: 2}
	tall.Pad = ir.Padding{Top: 1, Left: 2, Bottom: 1, Right: 2}
	y = m.add("tall", tall, y)
	y = m.add("lambda.inner", ir.BatchNorm{Epsilon: 1e-3, Momentum: 0.1}, y)
	// mixed.left and mixed.right alternate, so that neither can be called as a whole.
	left := m.add("mixed.left.part", ir.Slice{From: 0, To: 3}, y)
	right := m.add("mixed.right.part", ir.Slice{From: 3, To: 8}, y)
	left = m.add("mixed.left.conv", conv(4, 3, 1, 1), left)
	right = m.add("mixed.right.conv", conv(4, 5, 1, 1), right)
	x = m.add("mixed.join", ir.Concat{}, left, right)
	m.add("unused", conv(2, 1, 1, 1), x)
	uneven := ir.Padding{Bottom: 1, Right: 1}
	all := ir.Padding{Top: 2, Left: 2, Bottom: 2, Right: 2}
	one := ir.Padding{Top: 1, Left: 1, Bottom: 1, Right: 1}
	for i, op := range []ir.Op{
		ir.Pad{Sides: ir.Padding{Top: 1, Left: -2, Bottom: 2, Right: 1}, Value: 0.5},
		ir.Upsample{Factor: ir.Pair{Height: 2, Width: 1}},
		ir.Upsample{Factor: ir.Square(2), Bilinear: true},
		ir.Upsample{Factor: ir.Pair{Height: 1, Width: 2}, Bilinear: true, AlignCorners: true},
		ir.DepthToSpace{Factor: 2},
		ir.ConvTranspose{Out: 4, Kernel: ir.Square(3), Stride: ir.Square(2), Dilation: ir.Square(1), Groups: 2,
			Pad: one, OutputPadding: ir.Square(1), Bias: true},
		ir.ConvTranspose{Out: 2, Kernel: ir.Square(2), Stride: ir.Square(1), Dilation: ir.Square(2), Groups: 1,
			Pad: uneven},
		ir.MaxPool{Kernel: ir.Square(3), Stride: ir.Square(1), Pad: one},
		ir.MaxPool{Kernel: ir.Square(2), Stride: ir.Square(1), Pad: uneven},
		ir.AvgPool{Kernel: ir.Square(3), Stride: ir.Square(1), Pad: one},
		ir.AvgPool{Kernel: ir.Square(3), Stride: ir.Square(1), Pad: one, CountPadding: true},
		ir.AvgPool{Kernel: ir.Square(2), Stride: ir.Square(1), Pad: uneven},
		ir.AvgPool{Kernel: ir.Square(2), Stride: ir.Square(1), Pad: uneven, CountPadding: true},
		ir.AvgPool{Kernel: ir.Square(3), Stride: ir.Square(2), Pad: all},
		ir.MaxPool{Kernel: ir.Pair{Height: 1, Width: 2}, Stride: ir.Pair{Height: 1, Width: 2}},
		ir.AvgPool{Kernel: ir.Pair{Height: 3, Width: 1}, Stride: ir.Square(1), Pad: ir.Padding{Top: 1, Bottom: 1}},
	} {
		x = m.add(fmt.Sprintf("pools.%d", i+1), op, x)
	}
	for _, f := range ir.Functions() {
		name := "functions." + string(f.Function)
		y := m.add(name+".f", f.Usual(), x)
		x = m.add(name+".sum", ir.Add{}, y, x)
		if len(f.Settings) == 0 {
			continue
		}
		other := f.Usual()
		for i, s := range f.Settings {
			*s.Of(&other) *= 0.75 + 0.5*float64(i)
		}
		y = m.add(name+".other", other, x)
		x = m.add(name+".again", ir.Add{}, y, x)
	}
	x = m.add("slopes.each", ir.PReLU{}, x)
	x = m.add("slopes.one", ir.PReLU{Shared: true}, x)
	gate := m.add("gate.pool", ir.GlobalAvgPool{}, x)
	gate = m.add("gate.sigmoid", ir.Activation{Function: ir.Sigmoid}, gate)
	x = m.add("scaled", ir.Mul{}, gate, x)
	x = m.add("flat", ir.Flatten{}, x)
	hidden := m.add("hidden.0", ir.Linear{Out: 6}, x)
	hidden = m.add("hidden.1", ir.Dropout{Rate: 0.5}, hidden)
	return m.b.Build(m.add("logits", ir.Linear{Out: 5, Bias: true}, hidden), hidden)
}

// norms has batch norms without scale, without shift and without both.
func norms() *ir.Graph {
	m := newMaker("norms")
	x := m.add("image", ir.Input{Shape: ir.DimsOf(3, 5, 5)})
	for i, norm := range []ir.BatchNorm{
		{Epsilon: 1e-3, Momentum: 0.1, NoScale: true},
		{Epsilon: 1e-3, Momentum: 0.1, NoShift: true},
		{Epsilon: 1e-3, Momentum: 0.1, NoScale: true, NoShift: true},
		{Epsilon: 1e-3, Momentum: 0.1},
	} {
		x = m.add(fmt.Sprintf("part%d.conv", i+1), conv(4, 3, 1, 1), x)
		x = m.add(fmt.Sprintf("part%d.norm", i+1), norm, x)
	}
	return m.b.Build(x)
}

// twoInputs has two inputs and three outputs with names of their own, one of which is an input.
func twoInputs() *ir.Graph {
	m := newMaker("twoInputs")
	left := m.add("left", ir.Input{Shape: ir.DimsOf(3, 9, 9)})
	right := m.add("right", ir.Input{Shape: ir.DimsOf(1, 9, 9)})
	near := m.add("near", conv(4, 3, 1, 1), left)
	far := m.add("far", conv(4, 3, 1, 1), right)
	sum := m.add("sum", ir.Add{}, near, far)
	logits := m.add("head", ir.Linear{Out: 3}, m.add("flat", ir.Flatten{}, m.add("pool", ir.GlobalAvgPool{}, sum)))
	return m.b.BuildNamed([]ir.Output{
		{Name: "class", Node: logits}, {Name: "sum", Node: sum}, {Name: "left", Node: left}})
}

// drops has all that sets values to zero in training, each for an output of its own.
func drops() *ir.Graph {
	m := newMaker("Drops")
	x := m.add("image", ir.Input{Shape: ir.DimsOf(6, 4, 5)})
	return m.b.Build(
		m.add("elements", ir.Dropout{Rate: 0.25}, x),
		m.add("channels", ir.Dropout{Rate: 0.25, Channels: true}, x),
		m.add("first", ir.DropPath{Rate: 0.5, Block: 0, Blocks: 4}, x),
		m.add("third", ir.DropPath{Rate: 0.5, Block: 2, Blocks: 4}, x),
		m.add("conv", conv(2, 1, 1, 1), x))
}

// inited has layers that begin from all kinds of values.
func inited() *ir.Graph {
	m := newMaker("Inits")
	x := m.add("image", ir.Input{Shape: ir.DimsOf(64, 4, 4)})
	for i, init := range []ir.Init{ir.Torch, ir.FanIn, ir.FanOut, ir.Xavier, ir.Normal, ir.Torch} {
		c := conv(128, 3, 1, 2)
		c.Init, c.Bias = init, true
		x = m.add(fmt.Sprintf("part%d.conv", i+1), c, x)
		x = m.add(fmt.Sprintf("part%d.norm", i+1), ir.BatchNorm{Epsilon: 1e-3, Momentum: 0.1, Zero: i == 1}, x)
	}
	x = m.add("pool", ir.GlobalAvgPool{}, x)
	x = m.add("flat", ir.Flatten{}, x)
	for i, init := range []ir.Init{ir.FanIn, ir.FanOut, ir.Xavier, ir.Normal, ir.Torch, ir.Normal} {
		x = m.add(fmt.Sprintf("vector%d", i+1), ir.Linear{Out: 128 + 64*i, Bias: true, Init: init}, x)
	}
	return m.b.Build(x)
}

var graphs = []struct {
	name  string
	build func() *ir.Graph
}{
	{"mobile", mobile}, {"awkward", awkward}, {"norms", norms}, {"two_inputs", twoInputs},
	{"drops", drops}, {"inits", inited}, {"attention", parsed("attention")}, {"tensors", parsed("tensors")},
	{"shared", parsed("shared")}, {"sizes", parsed("sizes")}, {"shared_twice", sharedTwice},
}

// sharedTwice applies a shared block to one tensor twice, and then to two; so it does a Concat, which is no module.
func sharedTwice() *ir.Graph {
	const conv = " = Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) "
	text := `graph "g"
image = Input(Shape: {2, 4, 4}) : [2, 4, 4]
r = Activation(Function: ReLU) image : [2, 4, 4]
`
	for _, apply := range [][3]string{{"a", "image", "image"}, {"b", "a.sub", "image"}, {"c", "r", "b.sub"}} {
		at, x, s := apply[0], apply[1], apply[2]
		text += at + ".here" + conv + x + " : [2, 4, 4] of cell at " + at + "\n" +
			at + ".before" + conv + s + " : [2, 4, 4] of cell at " + at + "\n" +
			at + ".sub = Sub() " + at + ".here " + at + ".before : [2, 4, 4] of cell at " + at + "\n"
	}
	text += `both = Concat() image image : [4, 4, 4] of join at both
other = Concat() c.sub r : [4, 4, 4] of join at other
sum = Add() both other : [4, 4, 4]
output sum`
	g, err := ir.Parse(text)
	if err != nil {
		panic(err)
	}
	return g
}

// parsed reads a graph that the exporter for ONNX is tested with, too.
func parsed(name string) func() *ir.Graph {
	return func() *ir.Graph {
		text, err := os.ReadFile(filepath.Join("../onnx/testdata", name+".ir"))
		if err != nil {
			panic(err)
		}
		g, err := ir.Parse(string(text))
		if err != nil {
			panic(err)
		}
		return g
	}
}

func TestGolden(t *testing.T) {
	for _, tt := range graphs {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Write(&b, tt.build(), Options{}); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", tt.name+".py")
			if *update {
				if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(b.Bytes(), want) {
				t.Errorf("differs from %s (go test -update rewrites it):\n%s", path, b.Bytes())
			}
		})
	}
}

func TestErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"lowered", "lowered graph \"g\"\nimage = Input(Shape: {1, 4, 4}) : [1, 4, 4]\n" +
			"a = Conv(Out: 1, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) -> Activation(Function: ReLU) " +
			"image : [1, 4, 4]\noutput a", "lowered"},
		{"shared, of two operations", "graph \"g\"\nimage = Input(Shape: {1, 4, 4}) : [1, 4, 4]\n" +
			"a = Softmax() image : [1, 4, 4] of both at a\nb = Flatten() a : [16] of both at b\noutput b",
			"b has the weights of a, but is Flatten() and not Softmax()"},
		{"empty component", "graph \"g\"\nimage = Input(Shape: {1, 4, 4}) : [1, 4, 4]\n" +
			"a..b = Flatten() image : [16]\noutput a..b", `"a."`},
		{"leading dot", "graph \"g\"\n.a = Input(Shape: {1, 4, 4}) : [1, 4, 4]\noutput .a", `".a"`},
		{"shared, at no path", "graph \"g\"\nimage = Input(Shape: {1, 4, 4}) : [1, 4, 4]\n" +
			"a.x = Flatten() image : [16] of cell at a\na.y = Softmax() a.x : [16] of cell at a\n" +
			".b.c.x = Flatten() image : [16] of cell at .b.c\n.b.c.y = Softmax() .b.c.x : [16] of cell at .b.c\n" +
			"c = Add() a.y .b.c.y : [16]\noutput c", `the name ".b" cannot be the path`},
		{"shared, alone, at no path", "graph \"g\"\nimage = Input(Shape: {1, 4, 4}) : [1, 4, 4]\n" +
			"a = Softmax() image : [1, 4, 4] of both at a\n.b.c = Softmax() a : [1, 4, 4] of both at .b.c\n" +
			"output .b.c", `the name ".b" cannot be the path`},
		{"shared, parameter and node", "graph \"g\"\nimage = Input(Shape: {1, 4, 4}) : [1, 4, 4]\n" +
			"a.x = Conv(Out: 1, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [1, 4, 4] of cell at a\n" +
			"a.x.weight = Softmax() a.x : [1, 4, 4] of cell at a\n" +
			"b.x = Conv(Out: 1, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) a.x.weight : [1, 4, 4] of cell at b\n" +
			"b.x.weight = Softmax() b.x : [1, 4, 4] of cell at b\noutput b.x.weight", "both"},
		{"parameter and node", "graph \"g\"\nimage = Input(Shape: {1, 4, 4}) : [1, 4, 4]\n" +
			"a = Conv(Out: 1, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [1, 4, 4]\na.weight = Flatten() " +
			"a : [16]\noutput a.weight", "both"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g, err := ir.Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if err := Write(&bytes.Buffer{}, g, Options{}); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
		})
	}
}

// TestEveryWriteFails writes modules to disks that are full at some place.
func TestEveryWriteFails(t *testing.T) {
	for _, tt := range graphs {
		compilertest.EveryWrite(t, func(w io.Writer) error { return Write(w, tt.build(), Options{}) })
	}
}

// TestClassNames holds the names of a network's classes, and of those of a block that are wired in several ways: what
// one or two parts are lacking, or how many branches there are, and numbers where neither tells them apart.
func TestClassNames(t *testing.T) {
	m := newMaker("MixNetS-S_100")
	x := m.add("image", ir.Input{Shape: ir.DimsOf(8, 4, 4)})
	for i, parts := range []string{"a", "a b c d", "a b", "b c d", "a drop sum", "a b c drop sum", "0 1 join", "one",
		"0 1 2 join"} {
		block := "Some"
		if i > 5 {
			block = "Mix"
		}
		x = m.block(block, fmt.Sprintf("part%d", i), func() *ir.Node {
			in, branches := x, []*ir.Node{}
			for _, part := range strings.Fields(parts) {
				switch part {
				case "drop":
					x = m.add(part, ir.DropPath{Rate: 0.1, Blocks: 1}, x)
				case "sum":
					x = m.add(part, ir.Add{}, x, in)
				case "join":
					x = m.add(part, ir.Concat{}, branches...)
				case "0", "1", "2":
					branches = append(branches, m.add(part, conv(8, 1, 1, 1), in))
				default:
					x = m.add(part, conv(8, 1, 1, 1), x)
				}
			}
			return x
		})
	}
	var b bytes.Buffer
	if err := Write(&b, m.b.Build(x), Options{}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, line := range strings.Split(b.String(), "\n") {
		if name, ok := strings.CutPrefix(line, "class "); ok {
			got = append(got, name[:strings.IndexByte(name, '(')])
		}
	}
	want := []string{"DropPath", "Some", "SomeWithoutShortcut", "Some2", "SomeWithoutAAndShortcut", "Some3",
		"SomeWithoutD", "Mix2", "Mix", "Mix3", "MixNetS100"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestHelpers: a network of one layer brings the functions that this layer needs.
func TestHelpers(t *testing.T) {
	for name, tt := range map[string]struct {
		shape ir.Shape
		op    ir.Op
	}{
		"linear": {ir.Shape{8}, ir.Linear{Out: 4, Bias: true}}, "conv": {ir.Shape{8, 4, 4}, conv(4, 3, 1, 1)},
	} {
		m := newMaker("Net")
		x := m.add("layer", tt.op, m.add("image", ir.Input{Shape: ir.DimsOf(tt.shape...)}))
		var b bytes.Buffer
		if err := Write(&b, m.b.Build(x), Options{}); err != nil {
			t.Fatal(err)
		}
		if calls, made := strings.Count(b.String(), "self.apply(initialise)"),
			strings.Count(b.String(), "def initialise(layer)"); calls != 1 || made != 1 {
			t.Errorf("%s: %d calls of a function that is there %d times:\n%s", name, calls, made, b.String())
		}
	}
}

// TestNetworkNames holds how the names of a network and a variant become that of a class.
func TestNetworkNames(t *testing.T) {
	for graph, want := range map[string]string{
		"EfficientNet-B0": "EfficientNetB0", "MobileNetV3Large-large_100": "MobileNetV3Large100",
		"MixNetS-S": "MixNetS", "ViT-tiny": "ViTTiny", "NetXS-S": "NetXSS", "NetXS-XS": "NetXS",
		"ResNet-18": "ResNet18", "Nets-s": "NetsS", "S-S": "SS", "Net": "Net",
	} {
		if got := networkName(camel(graph), graph); got != want {
			t.Errorf("%s: got %s, want %s", graph, got, want)
		}
	}
}

// TestFitsPool: PyTorch's pools take padding that is the same on opposite sides and at most half of the kernel.
func TestFitsPool(t *testing.T) {
	kernel := ir.Pair{Height: 4, Width: 2}
	for p, want := range map[ir.Padding]bool{
		{}:                                     true,
		{Top: 2, Left: 1, Bottom: 2, Right: 1}: true,
		{Top: 1, Left: 1, Bottom: 2, Right: 1}: false,
		{Top: 2, Left: 0, Bottom: 2, Right: 1}: false,
		{Top: 3, Left: 1, Bottom: 3, Right: 1}: false,
		{Top: 2, Left: 2, Bottom: 2, Right: 2}: false,
	} {
		if got := fitsPool(p, kernel); got != want {
			t.Errorf("%v of %v: %t", p, kernel, got)
		}
	}
	for _, tt := range []struct {
		op   ir.Op
		want string
	}{
		{ir.AvgPool{Kernel: kernel, Stride: ir.Square(1), Pad: ir.Padding{Top: 1, Bottom: 1}}, "nn.AvgPool2d("},
		{ir.AvgPool{Kernel: kernel, Stride: ir.Square(1), Pad: ir.Padding{Top: 1}}, "class PaddedAvgPool2d("},
		{ir.MaxPool{Kernel: kernel, Stride: ir.Square(1), Pad: ir.Padding{Top: 1, Bottom: 1}}, "nn.MaxPool2d("},
		{ir.MaxPool{Kernel: kernel, Stride: ir.Square(1), Pad: ir.Padding{Top: 1}}, "class PaddedMaxPool2d("},
	} {
		m := newMaker("pool")
		var b bytes.Buffer
		g := m.b.Build(m.add("pool", tt.op, m.add("image", ir.Input{Shape: ir.DimsOf(3, 9, 9)})))
		if err := Write(&b, g, Options{}); err != nil || !strings.Contains(b.String(), tt.want) {
			t.Errorf("%v: there is no %s (%v)", tt.op, tt.want, err)
		}
	}
}
