package torch

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// conv writes a convolution. PyTorch's pads the same on opposite sides; the helper any.
func (e *emitter) conv(n *ir.Node, op ir.Conv) expr {
	e.use(initialise)
	name, pad := "nn.Conv2d(", symmetric(op.Pad, op.Kernel, op.Dilation)
	if op.Pad.Top != op.Pad.Bottom || op.Pad.Left != op.Pad.Right {
		e.use(paddedConv)
		name, pad = "PaddedConv2d(", sides(op.Pad)
	}
	return e.starting(op.Init, e.convs, expr{
		text(name),
		value("", channels, number(n.Inputs[0].Shape[0])),
		value(", ", channels, number(op.Out)),
		value(", ", kernel, pair(op.Kernel)),
		optional(", stride=", stride, pair(op.Stride), "1"),
		pad,
		optional(", dilation=", dilation, pair(op.Dilation), "1"),
		optional(", groups=", channels, number(op.Groups), "1"),
		optional(", bias=", setting, truth(op.Bias), "True"),
		text(")"),
	})
}

// convTranspose writes a transposed convolution. PyTorch's cuts off the same on opposite sides; the helper any.
func (e *emitter) convTranspose(n *ir.Node, op ir.ConvTranspose) expr {
	e.use(initialise)
	name, pad := "nn.ConvTranspose2d(", symmetric(op.Pad, op.Kernel, op.Dilation)
	if op.Pad.Top != op.Pad.Bottom || op.Pad.Left != op.Pad.Right {
		e.use(croppedConvTranspose)
		p := op.Pad
		name = "CroppedConvTranspose2d("
		pad = value(", crop=", padding, fmt.Sprintf("(%d, %d, %d, %d)", p.Left, p.Right, p.Top, p.Bottom))
	}
	return expr{
		text(name),
		value("", channels, number(n.Inputs[0].Shape[0])),
		value(", ", channels, number(op.Out)),
		value(", ", kernel, pair(op.Kernel)),
		optional(", stride=", stride, pair(op.Stride), "1"),
		pad,
		optional(", output_padding=", padding, pair(op.OutputPadding), "0"),
		optional(", dilation=", dilation, pair(op.Dilation), "1"),
		optional(", groups=", channels, number(op.Groups), "1"),
		optional(", bias=", setting, truth(op.Bias), "True"),
		text(")"),
	}
}

// starting makes a layer remember its init where it is not that of most layers of its kind.
func (e *emitter) starting(init ir.Init, most []ir.Init, layer expr) expr {
	if init == most[0] {
		return layer
	}
	e.use(startingHelper)
	return append(append(expr{text("starting(")}, layer...), text(", "+quote(nameOf(init))+")"))
}

func (e *emitter) linear(n *ir.Node, op ir.Linear) expr {
	e.use(initialise)
	return e.starting(op.Init, e.linears, expr{text("nn.Linear("),
		value("", channels, number(featuresOf(n.Inputs[0].Shape))), e.settings.out(n, op),
		optional(", bias=", setting, truth(op.Bias), "True"), text(")")})
}

func (e *emitter) batchNorm(n *ir.Node, op ir.BatchNorm) expr {
	e.use(batchNorm)
	name := "BatchNorm2d("
	if len(n.Shape) == 1 {
		e.use(vectorNorm)
		name = "BatchNorm1d("
	}
	return expr{text(name), value("", channels, number(n.Shape[0])),
		optional(", eps=", setting, float(op.Epsilon), float(e.norm.Epsilon)),
		optional(", momentum=", setting, float(op.Momentum), float(e.norm.Momentum)),
		optional(", scale=", setting, truth(!op.NoScale), "True"),
		optional(", shift=", setting, truth(!op.NoShift), "True"),
		optional(", zero=", setting, truth(op.Zero), "False"), text(")")}
}

func (e *emitter) maxPool(_ *ir.Node, op ir.MaxPool) expr {
	if p := op.Pad; fitsPool(p, op.Kernel) {
		return append(pool("nn.MaxPool2d(", op.Kernel, op.Stride), symmetric(p, op.Kernel, ir.Square(1)), text(")"))
	}
	e.use(paddedMaxPool)
	return append(pool("PaddedMaxPool2d(", op.Kernel, op.Stride), sides(op.Pad), text(")"))
}

func (e *emitter) avgPool(_ *ir.Node, op ir.AvgPool) expr {
	count := optional(", count_include_pad=", setting, truth(op.CountPadding), "True")
	if p := op.Pad; fitsPool(p, op.Kernel) {
		return append(pool("nn.AvgPool2d(", op.Kernel, op.Stride), symmetric(p, op.Kernel, ir.Square(1)), count,
			text(")"))
	}
	e.use(paddedAvgPool)
	return append(pool("PaddedAvgPool2d(", op.Kernel, op.Stride), sides(op.Pad), count, text(")"))
}

func pool(name string, size, step ir.Pair) expr {
	return expr{text(name), value("", kernel, pair(size)), value(", stride=", stride, pair(step))}
}

// fitsPool reports whether PyTorch's own pooling can pad so.
func fitsPool(p ir.Padding, size ir.Pair) bool {
	return p.Top == p.Bottom && p.Left == p.Right && 2*p.Top <= size.Height && 2*p.Left <= size.Width
}

// symmetric writes padding that is equal on opposite sides.
func symmetric(p ir.Padding, size, dilated ir.Pair) piece {
	switch {
	case p.Top != p.Left:
		return value(", padding=", padding, pair(ir.Pair{Height: p.Top, Width: p.Left}))
	case size.IsSquare() && p.Top == size.Height/2 && dilated == ir.Square(1):
		half := optional(", padding=", kernel, pair(size), "0")
		half.hole.half = true
		return half
	}
	return optional(", padding=", padding, number(p.Top), "0")
}

// sides writes padding in the order of F.pad.
func sides(p ir.Padding) piece {
	return value(", pad=", padding, fmt.Sprintf("(%d, %d, %d, %d)", p.Left, p.Right, p.Top, p.Bottom))
}

func (e *emitter) pad(_ *ir.Node, op ir.Pad) expr {
	p := op.Sides
	sides := fmt.Sprintf("(%d, %d, %d, %d)", p.Left, p.Right, p.Top, p.Bottom)
	return expr{text("nn.ConstantPad2d("), value("", padding, sides), value(", ", setting, float(op.Value)), text(")")}
}

func (e *emitter) upsample(_ *ir.Node, op ir.Upsample) expr {
	mode := "" // PyTorch takes the nearest unless it is told otherwise
	if op.Bilinear {
		mode = ", mode=" + modeOf(op)
	}
	return expr{text("nn.Upsample("), value("scale_factor=", setting, pair(op.Factor)), text(mode + ")")}
}

// interpolate writes the call that gives an image another size: that of a second one, if there is one.
func interpolate(n *ir.Node, op ir.Resize, args []string) string {
	size := fmt.Sprintf("(%d, %d)", n.Shape[1], n.Shape[2])
	if len(args) > 1 {
		size = args[1] + ".shape[-2:]"
	}
	return "nn.functional.interpolate(" + args[0] + ", size=" + size + ", mode=" + modeOf(op) + ")"
}

// modeOf writes how pixels of another size come about.
func modeOf(op ir.Resampling) string {
	by := op.Interpolation()
	if !by.Bilinear {
		return quote("nearest")
	}
	return quote("bilinear") + ", align_corners=" + truth(by.AlignCorners)
}

func (e *emitter) slice(_ *ir.Node, op ir.Slice) expr {
	if op.Axis > 0 {
		e.use(sliceAlong)
		return expr{text("SliceAlong("), value("", position, number(op.Axis+1)),
			value(", ", position, number(op.From)), value(", ", position, number(op.To)), text(")")}
	}
	e.use(slice)
	return expr{text("Slice("), value("", position, number(op.From)), value(", ", position, number(op.To)), text(")")}
}

func (e *emitter) learned(_ *ir.Node, op ir.Learned) expr {
	e.use(learned)
	return expr{text("Learned("), value("", setting, tuple(op.Shape.List(), 0)),
		optional(", value=", setting, float(op.Value), "0"),
		optional(", deviation=", setting, float(op.Deviation), "0"), text(")")}
}

func (e *emitter) dropout(_ *ir.Node, op ir.Dropout) expr {
	name := "nn.Dropout("
	if op.Channels {
		name = "nn.Dropout2d("
	}
	return expr{text(name), e.settings.dropout(op), text(")")}
}

// pair writes a figure for height and width: "3" or "(1, 7)".
func pair(p ir.Pair) string {
	if p.IsSquare() {
		return number(p.Height)
	}
	return fmt.Sprintf("(%d, %d)", p.Height, p.Width)
}

func truth(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

func float(f float64) string {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return fmt.Sprintf("float(%q)", strconv.FormatFloat(f, 'g', -1, 64))
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// featuresOf returns the size of the last axis.
func featuresOf(s ir.Shape) int { return s[len(s)-1] }

// channelsOf returns the channels of an image, or the features of anything else.
func channelsOf(s ir.Shape) int {
	if s.IsImage() {
		return s[0]
	}
	return featuresOf(s)
}

// layerNorm writes PyTorch's own layer for the last axes, and one that moves axes for others.
func (e *emitter) layerNorm(n *ir.Node, op ir.LayerNorm) expr {
	axes := op.Axes.List()
	sizes := make([]int, len(axes))
	for i, a := range axes {
		sizes[i] = n.Shape[a]
	}
	epsilon := optional(", eps=", setting, float(op.Epsilon), "1e-05")
	if len(axes) == 1 && axes[0] == len(n.Shape)-1 && !op.NoScale && !op.NoShift {
		return expr{text("nn.LayerNorm("), value("", channels, number(sizes[0])), epsilon, text(")")}
	}
	e.use(layerNorm)
	return expr{text("LayerNorm("), value("", channels, tuple(sizes, 0)), value(", axes=", setting, tuple(axes, 1)),
		epsilon, optional(", scale=", setting, truth(!op.NoScale), "True"),
		optional(", shift=", setting, truth(!op.NoShift), "True"), text(")")}
}

// tuple writes numbers, moved by an offset, as Python does: "(3,)".
func tuple(values []int, offset int) string {
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteString(" ")
		}
		b.WriteString(number(v+offset) + ",")
	}
	if len(values) > 1 {
		return "(" + strings.TrimSuffix(b.String(), ",") + ")"
	}
	return "(" + b.String() + ")"
}
