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
	sharing, op := b.sharing.next(path, op)
	node, err := b.graph.AddShared(path, sharing, op, b.at(span), inputs...)
	if err == nil || b.sharing != nil {
		b.checkAlike(node, op, what, path, inputs, span)
	}
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
	if n.Shared.Again {
		return
	}
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
	help := ""
	if refused.Kind == ir.TooManyInputs {
		help = "give the network fewer inputs: one of more channels, whose parts Slice takes"
	}
	b.fail(codes[refused.Kind], span, help, "%s: %v", what, err)
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

// transposedPadding makes numbers of a transposed convolution's padding, which is what is cut off the result. "same" is
// Keras': of reach pixels that the kernel spans all but the stride, the odd one at the bottom and right, and where it
// spans fewer than the stride, the rest is added there.
func (b *builder) transposedPadding(s settings) {
	if s["padding"] != "same" {
		return
	}
	stride := s.pair("stride")
	w := ir.Window{Kernel: s.pair("kernel"), Stride: stride, Dilation: s.pair("dilation")}
	if w.Check() != nil {
		s["padding"] = ir.Padding{} // the op itself reports it
		return
	}
	reach, extra := w.Reach(), s.pair("output_padding")
	rows, columns := max(reach.Height-stride.Height, 0), max(reach.Width-stride.Width, 0)
	s["padding"] = ir.Padding{Top: rows / 2, Left: columns / 2, Bottom: rows - rows/2, Right: columns - columns/2}
	s["output_padding"] = []value{extra.Height + max(stride.Height-reach.Height, 0),
		extra.Width + max(stride.Width-reach.Width, 0)}
}

// symmetric is the padding of that name for a window that spans so many pixels.
func symmetric(reach ir.Pair) ir.Padding {
	rows, columns := (reach.Height-1)/2, (reach.Width-1)/2
	return ir.Padding{Top: rows, Left: columns, Bottom: rows, Right: columns}
}

// padding computes the rows and columns of zeros around an image.
//
// "symmetric" is PyTorch's usual dilation*(kernel-1) div 2 on every side: the window's middle begins at the first
// pixel, and windows of 2×2 with stride 2 tile the image. "same" is TensorFlow's SAME: as much as makes the result
// ceil(size/stride), the odd one at the bottom and right. Numbers are PyTorch's padding, or one for each side.
func (b *builder) padding(s settings, in ir.Shape, span source.Span) ir.Padding {
	if p, ok := paddingOf(s["padding"]); ok {
		return p
	}
	w := ir.Window{Kernel: s.pair("kernel"), Stride: s.pair("stride"), Dilation: ir.Square(1)}
	if dilation, ok := pairOf(s["dilation"]); ok { // pools have none
		w.Dilation = dilation
	}
	if !in.IsImage() || w.Check() != nil {
		return ir.Padding{} // the op itself reports it
	}
	reach := w.Reach()
	switch s["padding"] {
	case "symmetric":
		return symmetric(reach)
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
