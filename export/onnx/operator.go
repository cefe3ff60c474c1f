package onnx

import (
	"fmt"
	"math"
	"slices"

	"github.com/netc-lang/netc/compiler/floats"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
)

// operators says how each operation is written. Operator definitions: https://onnx.ai/onnx/operators. What computes
// nothing where nobody trains, and is no part of an exported graph, has no row.
var operators = ir.NewTable("export/onnx/operator.go",
	row(func(e *emitter, n *ir.Node, op ir.Conv) {
		e.addFor(n, "Conv", e.operands(n), pair("kernel_shape", op.Kernel), pair("strides", op.Stride),
			pair("dilations", op.Dilation), pads(op.Pad), attribute("group", op.Groups))
	}),
	row(func(e *emitter, n *ir.Node, op ir.ConvTranspose) {
		e.addFor(n, "ConvTranspose", e.operands(n), pair("kernel_shape", op.Kernel), pair("strides", op.Stride),
			pair("dilations", op.Dilation), pads(op.Pad), pair("output_padding", op.OutputPadding),
			attribute("group", op.Groups))
	}),
	row((*emitter).linear),
	row((*emitter).batchNorm),
	row((*emitter).layerNorm),
	row((*emitter).activation),
	row(plain[ir.PReLU]("PRelu")),
	row(func(e *emitter, n *ir.Node, op ir.Softmax) {
		e.addFor(n, "Softmax", e.operands(n), attribute("axis", op.Axis+1))
	}),
	row((*emitter).maxPool),
	row(func(e *emitter, n *ir.Node, op ir.AvgPool) {
		count := 0
		if op.CountPadding {
			count = 1
		}
		e.addFor(n, "AveragePool", e.operands(n), pair("kernel_shape", op.Kernel), pair("strides", op.Stride),
			pads(op.Pad), attribute("count_include_pad", count))
	}),
	row(plain[ir.GlobalAvgPool]("GlobalAveragePool")),
	row(plain[ir.GlobalMaxPool]("GlobalMaxPool")),
	row(func(e *emitter, n *ir.Node, op ir.Pad) {
		e.addFor(n, "Pad", append(e.operands(n), e.sides(n, op.Sides), e.scalar(float32(op.Value))))
	}),
	row((*emitter).upsample),
	row((*emitter).resize),
	row(func(e *emitter, n *ir.Node, op ir.DepthToSpace) {
		e.addFor(n, "DepthToSpace", e.operands(n), attribute("blocksize", op.Factor), attribute("mode", "CRD"))
	}),
	row(plain[ir.Add]("Add")),
	row(plain[ir.Sub]("Sub")),
	row(plain[ir.Mul]("Mul")),
	row(plain[ir.Div]("Div")),
	row((*emitter).affine),
	row((*emitter).matMul),
	row((*emitter).learned),
	row(func(e *emitter, n *ir.Node, op ir.Concat) {
		e.addFor(n, "Concat", e.operands(n), attribute("axis", op.Axis+1))
	}),
	row((*emitter).slice),
	row((*emitter).reshape),
	row(func(e *emitter, n *ir.Node, op ir.Transpose) {
		e.addFor(n, "Transpose", e.operands(n), permutation(op.Order.List()))
	}),
	row(func(e *emitter, n *ir.Node, _ ir.Flatten) {
		e.addFor(n, "Flatten", e.operands(n), attribute("axis", 1))
	}),
)

// row is the row of the operation that write takes.
func row[O ir.Op](write func(e *emitter, n *ir.Node, op O)) ir.Row[func(*emitter, *ir.Node)] {
	return ir.For[O](func(e *emitter, n *ir.Node) { write(e, n, n.Op.(O)) })
}

// plain writes an operation as an operator of ONNX without attributes.
func plain[O ir.Op](operator string) func(e *emitter, n *ir.Node, op O) {
	return func(e *emitter, n *ir.Node, _ O) { e.addFor(n, operator, e.operands(n)) }
}

// node writes one operation.
func (e *emitter) node(n *ir.Node) error {
	if e.value[n] == "" { // a Split has named its parts already
		e.value[n] = e.resultName(n)
	}
	write, ok := operators.Find(n.Op)
	if !ok {
		return fmt.Errorf("there is no ONNX operator for %T", n.Op)
	}
	write(e, n)
	if isInitializer := e.params[e.value[n]]; !isInitializer && !e.isOutput(n) {
		e.model.infos = append(e.model.infos, Value{e.value[n], e.o.Type, e.dims(n)})
	}
	return nil
}

// operands returns the names of what a node reads: the values of its inputs, and its parameters.
func (e *emitter) operands(n *ir.Node) []string {
	var names []string
	for _, in := range n.Inputs {
		names = append(names, e.value[in])
	}
	for _, p := range n.Params {
		names = append(names, e.param(p, storedShape(n, p)))
	}
	return names
}

// storedShape is the shape in which a parameter is written. PRelu repeats slopes along axes in which they have one
// element, and so wants those behind the channels.
func storedShape(n *ir.Node, p *ir.Param) []int {
	shape := slices.Clone(p.Shape)
	if _, ok := n.Op.(ir.PReLU); ok {
		for range n.Shape[1:] {
			shape = append(shape, 1)
		}
	}
	return shape
}

// resultName is the name of the value that a node computes: the node's own, unless an output that is another has it, or
// that of the output which it is.
func (e *emitter) resultName(n *ir.Node) string {
	at := slices.IndexFunc(e.graph.Outputs, func(o ir.Output) bool { return o.Node == n })
	switch called := e.outputCalled(n.Name); {
	case at < 0 && called != nil:
		return e.free(n.Name)
	case at < 0 || e.o.Softmax || e.o.TopK > 0:
		return n.Name
	case e.hasHead(): // the name is for what the output is cast to
		return e.free(n.Name + "." + e.o.Type.String())
	}
	return e.graph.Outputs[at].Name
}

// normParams returns the four vectors that ONNX's operator takes. A scale or shift that the batch norm has not is a
// vector of ones or zeros, under the name that it would have.
func (e *emitter) normParams(n *ir.Node, norm ir.BatchNorm) (names []string) {
	for _, role := range []ir.Role{ir.Scale, ir.Shift, ir.RunningMean, ir.RunningVariance} {
		if p := n.Param(role); p != nil {
			names = append(names, e.param(p, p.Shape))
			continue
		}
		values := make([]float32, n.Shape[0])
		if role == ir.Scale {
			for i := range values {
				values[i] = 1
			}
		}
		names = append(names, e.constant(n.Name+"."+role.Field(), e.o.Type, []int{n.Shape[0]}, values))
	}
	return names
}

// batchNorm writes a batch norm that no convolution could take in: as a factor and an offset per channel in a type of
// 16 bits, where its variance might be zero or infinite.
func (e *emitter) batchNorm(n *ir.Node, norm ir.BatchNorm) {
	if e.o.Type == Float32 {
		in := append([]string{e.value[n.Inputs[0]]}, e.normParams(n, norm)...)
		// ONNX's momentum is the weight of the old statistics, PyTorch's that of the new ones.
		e.addFor(n, "BatchNormalization", in, attribute("epsilon", float32(norm.Epsilon)),
			attribute("momentum", float32(1-norm.Momentum)))
		return
	}
	shape := []int{n.Shape[0]}
	if n.Shape.IsImage() {
		shape = []int{n.Shape[0], 1, 1}
	}
	add := func(what string, pick func(factor, offset []float64) []float64) string {
		name := e.free(n.Name + "." + what)
		open := func() (params.Reader, error) {
			factor, offset, err := pass.AffineOf(n, norm, e.values)
			if err != nil {
				return nil, err
			}
			return params.Of(floats.Narrow(pick(factor, offset))), nil
		}
		e.model.initializers = append(e.model.initializers,
			&tensor{name: name, shape: shape, element: e.o.Type, open: open})
		return name
	}
	factor := add("factor", func(factor, _ []float64) []float64 { return factor })
	offset := add("offset", func(_, offset []float64) []float64 { return offset })
	scaled := e.step(n, "scaled", e.o.Type, e.dims(n))
	e.add("Mul", scaled, []string{e.value[n.Inputs[0]], factor})
	e.addFor(n, "Add", []string{scaled, offset})
}

func pair(name string, p ir.Pair) *message { return ints(name, p.Height, p.Width) }

func pads(p ir.Padding) *message { return ints("pads", p.Top, p.Left, p.Bottom, p.Right) }

// maxPool writes a MaxPool. Behind a Pad it has auto_pad in place of pads: otherwise ONNX Runtime from 1.17 on (its
// PadFusion) and onnxsim move Pad's sides into the pool, whose padding is never the largest of a window, although Pad's
// zeros may be. What the pool itself pads is then padded before, by what is never the largest either.
func (e *emitter) maxPool(n *ir.Node, op ir.MaxPool) {
	in, padding := e.value[n.Inputs[0]], pads(op.Pad)
	if _, ok := n.Inputs[0].Op.(ir.Pad); ok {
		padding = attribute("auto_pad", "VALID")
		if op.Pad != (ir.Padding{}) {
			padded := e.free(n.Name + ".padded")
			e.add("Pad", padded, []string{in, e.sides(n, op.Pad), e.scalar(float32(math.Inf(-1)))})
			in = padded
		}
	}
	e.addFor(n, "MaxPool", []string{in}, pair("kernel_shape", op.Kernel), pair("strides", op.Stride), padding)
}

// sides adds the pads that a Pad takes of an image.
func (e *emitter) sides(n *ir.Node, p ir.Padding) string {
	return e.ints(n.Name+".pads", 0, 0, int64(p.Top), int64(p.Left), 0, 0, int64(p.Bottom), int64(p.Right))
}

// upsample writes a Resize by factors.
func (e *emitter) upsample(n *ir.Node, op ir.Upsample) {
	factors := e.constant(n.Name+".scales", Float32, []int{4},
		[]float32{1, 1, float32(op.Factor.Height), float32(op.Factor.Width)})
	e.addFor(n, "Resize", append(e.operands(n), "", factors), places(op)...)
}

// resize writes a Resize to sizes, those of all axes. What is open of them is only known when the model runs.
func (e *emitter) resize(n *ir.Node, op ir.Resize) {
	in, sizes := e.operands(n), n.Name+".sizes"
	batch, channels, height, width := int64(e.o.Batch), int64(n.Shape[0]), int64(n.Shape[1]), int64(n.Shape[2])
	if batch > 0 && len(in) == 1 {
		sizes = e.ints(sizes, batch, channels, height, width)
	} else {
		var images, image string
		if batch > 0 {
			images = e.ints(sizes+".channels", batch, channels)
		} else {
			images = e.shapeOf(n, "sizes.input", in[0], 4, 0, 2)
		}
		if len(in) > 1 {
			image = e.shapeOf(n, "sizes.like", in[1], 4, 2, 4)
		} else {
			image = e.ints(sizes+".image", height, width)
		}
		sizes = e.step(n, "sizes", Int64, []Dim{{Size: 4}})
		e.add("Concat", sizes, []string{images, image}, attribute("axis", 0))
	}
	e.addFor(n, "Resize", []string{in[0], "", "", sizes}, places(op)...)
}

// places says where the pixels of a Resize lie. "asymmetric" ones, rounded down, are those that a factor repeats pixels
// by.
func places(op ir.Resampling) []*message {
	by := op.Interpolation()
	mode, places := "nearest", "asymmetric"
	switch {
	case by.AlignCorners:
		mode, places = "linear", "align_corners"
	case by.Bilinear:
		mode, places = "linear", "half_pixel"
	}
	return []*message{attribute("mode", mode), attribute("nearest_mode", "floor"),
		attribute("coordinate_transformation_mode", places)}
}
