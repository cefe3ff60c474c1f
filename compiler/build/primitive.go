package build

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// primitive makes the node of a primitive operation.
func (b *builder) primitive(block *syntax.Block, settings map[string]value, inputs []*ir.Node, e *syntax.Call,
	path string) value {
	span := e.Span
	b.checkCounts(block, settings, e)
	if stride, ok := pairOf(settings["stride"]); ok && stride.Area() > 1 {
		b.strided++
	}
	op := b.operation(block.Name.Text, settings, inputs, span)
	if op, ok := op.(ir.DropPath); ok && op.Rate == 0 {
		return tensor{inputs[0]} // networks that have none are as if the language had none
	}
	return b.add(op, block.Name.Text, inputs, span, path)
}

// counts are the settings of operations of which there is at least one.
var counts = []string{"out", "kernel", "stride", "groups", "dilation"}

// checkCounts reports every such setting that is below 1, where it is given.
func (b *builder) checkCounts(block *syntax.Block, settings map[string]value, e *syntax.Call) {
	right := true
	for _, name := range counts {
		p, ok := pairOf(settings[name])
		if !ok || min(p.Height, p.Width) >= 1 {
			continue
		}
		place := e.Span
		for i, a := range e.Args {
			if p := paramFor(block, a, i); p != nil && p.Name.Text == name {
				place = a.Span
			}
		}
		right = b.attempt(func() {
			b.fail(diag.WrongFigure, place, "", "%s: %s is %v, but must be at least 1", block.Name.Text, name, p)
		}) && right
	}
	if !right {
		panic(failure{})
	}
}

// maxPath bounds the names of layers, which are the paths of what they stand in.
const maxPath = 512

// add makes a node; what does not fit is the user's mistake.
func (b *builder) add(op ir.Op, what string, inputs []*ir.Node, span source.Span, path string) value {
	if len(path) > maxPath {
		b.fail(diag.PathTooLong, span, "", "the name %s… of this layer has more than %d characters, the limit",
			path[:40], maxPath)
	}
	b.taken[path] = true
	node, err := b.graph.Add(path, op, b.at(span), inputs...)
	if err != nil {
		b.refuse(err, what, span)
	}
	b.lines[node] = b.line
	b.growth.note(node)
	b.countParams(node, span)
	return tensor{node}
}

// maxParams bounds the parameters of a network, its running statistics included: 4 GiB.
const maxParams = 1 << 30

// countParams adds up the parameters that operations have.
func (b *builder) countParams(n *ir.Node, span source.Span) {
	for _, p := range n.Params {
		b.params += p.Shape.Elements()
	}
	if b.params > maxParams {
		b.fail(diag.TooManyParams, span, "", "up to here, the network has more than %d parameters, the limit",
			maxParams)
	}
}

// codes of what the graph refuses.
var codes = map[ir.ErrorKind]diag.Code{
	ir.WrongFigure: diag.WrongFigure, ir.WrongShape: diag.WrongShape, ir.ShapesDiffer: diag.ShapesDiffer,
	ir.NothingLeft: diag.NothingLeft,
	ir.TooLarge:    diag.TensorTooLarge, ir.TooManyInputs: diag.TensorCount, ir.NameTaken: diag.DeclaredTwice,
	ir.LateInput: diag.WrongInput, ir.TooManyNodes: diag.TooManyNodes,
}

// refuse reports that the graph does not take an operation. An error of another kind is a mistake of ours.
func (b *builder) refuse(err error, what string, span source.Span) {
	var refused *ir.Error
	if !errors.As(err, &refused) {
		panic(fmt.Sprintf("build: %s at %s: %v", what, span, err))
	}
	if refused.Kind == ir.TooManyNodes {
		b.fail(diag.TooManyNodes, span, "", "%v", err)
	}
	b.fail(codes[refused.Kind], span, "", "%s: %v", what, err)
}

// settings read by name; bind has made sure of their types.
type settings map[string]value

func (s settings) int(name string) int       { return s[name].(int) }
func (s settings) pair(name string) ir.Pair  { p, _ := pairOf(s[name]); return p }
func (s settings) bool(name string) bool     { return s[name].(bool) }
func (s settings) float(name string) float64 { return s[name].(float64) }

// operation makes the ir operation of a primitive.
func (b *builder) operation(name string, given map[string]value, inputs []*ir.Node, span source.Span) ir.Op {
	s := settings(given)
	in := inputs[0].Shape
	switch name {
	case "Conv":
		return ir.Conv{Out: s.int("out"), Kernel: s.pair("kernel"), Stride: s.pair("stride"),
			Dilation: s.pair("dilation"), Groups: s.int("groups"), Bias: s.bool("bias"),
			Pad: b.padding(s, in, s.pair("dilation"), span), Init: b.init(s["init"], span)}
	case "DepthwiseConv":
		return ir.Conv{Out: in[0], Kernel: s.pair("kernel"), Stride: s.pair("stride"), Dilation: s.pair("dilation"),
			Groups: in[0], Bias: s.bool("bias"), Pad: b.padding(s, in, s.pair("dilation"), span),
			Init: b.init(s["init"], span)}
	case "Linear":
		if len(in) > 1 && isImage(inputs[0]) {
			b.fail(diag.WrongShape, span, "", "Linear: needs a vector [features], got %v; put Flatten before it", in)
		}
		return ir.Linear{Out: s.int("out"), Bias: s.bool("bias"), Init: b.init(s["init"], span)}
	case "PReLU":
		return ir.PReLU{Shared: s.bool("shared")}
	case "BatchNorm":
		return ir.BatchNorm{Epsilon: s.float("epsilon"), Momentum: s.float("momentum"), NoScale: !s.bool("scale"),
			NoShift: !s.bool("shift"), Zero: s.bool("zero")}
	case "MaxPool":
		return ir.MaxPool{Kernel: s.pair("kernel"), Stride: s.pair("stride"),
			Pad: b.padding(s, in, ir.Square(1), span)}
	case "AvgPool":
		return ir.AvgPool{Kernel: s.pair("kernel"), Stride: s.pair("stride"),
			Pad:          b.padding(s, in, ir.Square(1), span),
			CountPadding: s.bool("count_padding")}
	case "GlobalAvgPool":
		return ir.GlobalAvgPool{}
	case "GlobalMaxPool":
		return ir.GlobalMaxPool{}
	case "Pad":
		sides, ok := paddingOf(s["sides"])
		if !ok {
			b.fail(diag.UnknownPadding, span, "give a number, [height, width] or [top, left, bottom, right]",
				"Pad adds numbers of rows and columns, not %s", describe(s["sides"]))
		}
		return ir.Pad{Sides: sides, Value: s.float("value")}
	case "Upsample":
		return ir.Upsample{Factor: s.pair("factor"), Bilinear: b.mode(s["mode"], span),
			AlignCorners: s.bool("align_corners")}
	case "DepthToSpace":
		return ir.DepthToSpace{Factor: s.int("factor")}
	case "Concat":
		return ir.Concat{Axis: axisOf(s.int("axis"), in)}
	case "Slice":
		return ir.Slice{From: s.int("start"), To: s.int("end"), Axis: axisOf(s.int("axis"), in)}
	case "LayerNorm":
		return ir.LayerNorm{Axes: b.axes(s, in, span), Epsilon: s.float("epsilon"), NoScale: !s.bool("scale"),
			NoShift: !s.bool("shift")}
	case "Softmax":
		return ir.Softmax{Axis: axisOf(s.int("axis"), in)}
	case "MatMul":
		return ir.MatMul{Transpose: s.bool("transpose")}
	case "Reshape":
		return ir.Reshape{Shape: b.dims(b.filled(s.ints("shape"), in, span), name, span)}
	case "Transpose":
		return ir.Transpose{Order: b.dims(s.ints("order"), name, span)}
	case "Learned":
		return ir.Learned{Shape: b.dims(s.ints("shape"), name, span), Value: s.float("value"),
			Deviation: s.float("deviation")}
	case "Flatten":
		return ir.Flatten{}
	case "Dropout":
		return ir.Dropout{Rate: s.float("rate")}
	case "Dropout2d":
		return ir.Dropout{Rate: s.float("rate"), Channels: true}
	case "DropPath":
		return ir.DropPath{Rate: s.float("rate"), Block: b.growth.block, Blocks: b.growth.blocks}
	}
	return activation(name, s)
}

// activation makes the operation of an activation function.
func activation(name string, s settings) ir.Op {
	info, ok := ir.FunctionOf(ir.Function(name))
	if !ok {
		panic("build: no operation for the primitive " + name)
	}
	a := ir.Activation{Function: info.Function}
	for _, setting := range info.Settings {
		*setting.Of(&a) = s.float(setting.Name)
	}
	return a
}

// mode tells whether an Upsample is bilinear.
func (b *builder) mode(name value, span source.Span) bool {
	if name != "nearest" && name != "bilinear" {
		b.fail(diag.WrongFigure, span, `the modes are "nearest" and "bilinear"`, "there is no mode %q", name)
	}
	return name == "bilinear"
}

// init returns from which values training begins.
func (b *builder) init(name value, span source.Span) ir.Init {
	all := ir.Inits()
	switch i := slices.Index(all, name.(string)); {
	case i > 0:
		return ir.Init(all[i])
	case i < 0:
		b.fail(diag.WrongFigure, span, "the inits are "+strings.Join(all, ", "), "there is no init %q", name)
	}
	return ir.FanOut
}

// paddingHelp lists the paddings.
const paddingHelp = `padding is "symmetric", "same", "valid" or a number`

// padding computes the rows and columns of zeros around an image.
//
// "symmetric" is PyTorch's usual dilation*(kernel-1) div 2 on every side: the window's middle begins at the first
// pixel, and windows of 2×2 with stride 2 tile the image. "same" is TensorFlow's SAME: as much as makes the result
// ceil(size/stride), the odd one at the bottom and right. Numbers are PyTorch's padding, or one for each side.
func (b *builder) padding(s settings, in ir.Shape, dilation ir.Pair, span source.Span) ir.Padding {
	if p, ok := paddingOf(s["padding"]); ok {
		return p
	}
	w := ir.Window{Kernel: s.pair("kernel"), Stride: s.pair("stride"), Dilation: dilation}
	if !in.IsImage() || w.Check() != nil {
		return ir.Padding{} // the op itself reports it
	}
	reach := w.Reach()
	switch s["padding"] {
	case "symmetric":
		rows, columns := (reach.Height-1)/2, (reach.Width-1)/2
		return ir.Padding{Top: rows, Left: columns, Bottom: rows, Right: columns}
	case "same":
		if w.Stride.Area() > 1 {
			b.bindSize(span)
		}
		total := func(size, reach, stride int) int {
			return max(((size+stride-1)/stride-1)*stride+reach-size, 0)
		}
		rows, columns := total(in[1], reach.Height, w.Stride.Height), total(in[2], reach.Width, w.Stride.Width)
		return ir.Padding{Top: rows / 2, Left: columns / 2, Bottom: rows - rows/2, Right: columns - columns/2}
	case "valid":
		return ir.Padding{}
	}
	help := paddingHelp
	if lower := strings.ToLower(fmt.Sprint(s["padding"])); slices.Contains([]string{"symmetric", "same", "valid"},
		lower) {
		help = fmt.Sprintf("write %q", lower)
	}
	b.fail(diag.UnknownPadding, span, help, "there is no padding %q", s["padding"])
	return ir.Padding{}
}
