package onnx

import (
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
)

// Operations on tensors of any rank. Axes of the graph leave the batch out, which is axis 0 in ONNX.

// permute writes a Transpose that puts axes of a value, batch aside, into another order.
func (e *emitter) permute(n *ir.Node, what, in string, shape ir.Shape, order []int) (string, ir.Shape) {
	moved := make(ir.Shape, len(order))
	for i, a := range order {
		moved[i] = shape[a]
	}
	name := e.step(n, what, e.o.Type, e.dimsOf(moved))
	e.add("Transpose", name, []string{in}, permutation(order))
	return name, moved
}

// permutation is an order of axes with the batch before them.
func permutation(order []int) *message {
	perm := make([]int, 1, len(order)+1)
	for _, a := range order {
		perm = append(perm, a+1)
	}
	return ints("perm", perm...)
}

// affine writes what multiplies by a number and adds one; neither where it changes nothing.
func (e *emitter) affine(n *ir.Node, op ir.Affine) {
	in, factor, offset := e.value[n.Inputs[0]], float32(op.Factor), float32(op.Offset)
	switch {
	case offset == 0:
		e.addFor(n, "Mul", []string{in, e.scalar(factor)})
	case factor == 1:
		e.addFor(n, "Add", []string{in, e.scalar(offset)})
	case factor == -1:
		e.addFor(n, "Sub", []string{e.scalar(offset), in})
	default:
		scaled := e.step(n, "scaled", e.o.Type, e.dims(n))
		e.add("Mul", scaled, []string{in, e.scalar(factor)})
		e.addFor(n, "Add", []string{scaled, e.scalar(offset)})
	}
}

// linear writes a linear layer: of one vector as a Gemm, which has no form for several; of those, as a product with the
// transposed weight.
func (e *emitter) linear(n *ir.Node, _ ir.Linear) {
	in := e.operands(n)
	if len(n.Shape) == 1 {
		e.addFor(n, "Gemm", in, attribute("transB", 1))
		return
	}
	weight := n.Param(ir.Weight).Shape
	transposed := e.step(n, "transposed", e.o.Type, []Dim{{Size: weight[1]}, {Size: weight[0]}})
	e.add("Transpose", transposed, []string{in[1]}, ints("perm", 1, 0))
	if len(in) < 3 {
		e.addFor(n, "MatMul", []string{in[0], transposed})
		return
	}
	product := e.step(n, "product", e.o.Type, e.dims(n))
	e.add("MatMul", product, []string{in[0], transposed})
	e.addFor(n, "Add", []string{product, in[2]})
}

func (e *emitter) matMul(n *ir.Node, op ir.MatMul) {
	in := e.operands(n)
	if op.Transpose {
		shape := n.Inputs[1].Shape
		in[1], _ = e.permute(n, "transposed", in[1], shape, swapped(len(shape)))
	}
	e.addFor(n, "MatMul", in)
}

// swapped is the order of axes in which the last two are exchanged.
func swapped(rank int) []int {
	order := make([]int, rank)
	for i := range order {
		order[i] = i
	}
	order[rank-2], order[rank-1] = rank-1, rank-2
	return order
}

// reshape writes a Reshape. 0 stands for the size of the batch, whatever it is.
func (e *emitter) reshape(n *ir.Node, _ ir.Reshape) {
	sizes := []int64{0}
	for _, d := range n.Shape {
		sizes = append(sizes, int64(d))
	}
	e.addFor(n, "Reshape", append(e.operands(n), e.ints(n.Name+".sizes", sizes...)))
}

// learned writes a tensor that is learned. What computes element by element takes it as it is, without a batch; for
// everything else it is repeated for each element of the batch.
func (e *emitter) learned(n *ir.Node, _ ir.Learned) {
	in, weight := e.value[n.Inputs[0]], e.param(n.Params[0], n.Params[0].Shape)
	if !e.needsBatch(n) {
		e.value[n] = weight
		return
	}
	shape := n.Name + ".shape"
	sizes := []int64{int64(e.o.Batch)}
	for _, d := range n.Shape {
		sizes = append(sizes, int64(d))
	}
	if e.o.Batch > 0 {
		shape = e.ints(shape, sizes...)
	} else {
		batch := e.shapeOf(n, "shape.input", in, len(n.Inputs[0].Shape)+1, 0, 1)
		rest := e.ints(shape+".rest", sizes[1:]...)
		shape = e.step(n, "shape", Int64, []Dim{{Size: len(sizes)}})
		e.add("Concat", shape, []string{batch, rest}, attribute("axis", 0))
	}
	e.addFor(n, "Expand", []string{weight, shape})
}

// shapeOf writes what a value's axes from one on and before another measure when the model runs. The value has so many
// axes, its batch among them.
func (e *emitter) shapeOf(n *ir.Node, what, value string, axes, from, to int) string {
	all, part := e.step(n, what, Int64, []Dim{{Size: axes}}), e.step(n, what+".part", Int64, []Dim{{Size: to - from}})
	e.add("Shape", all, []string{value})
	name := n.Name + "." + what
	e.add("Slice", part, []string{all, e.ints(name+".start", int64(from)), e.ints(name+".end", int64(to)),
		e.ints(name+".axes", 0)})
	return part
}

// needsBatch reports whether something reads a learned tensor that must have a batch.
func (e *emitter) needsBatch(n *ir.Node) bool {
	if e.graph.IsOutput(n) {
		return true
	}
	for _, user := range e.graph.Nodes {
		if !slices.Contains(user.Inputs, n) {
			continue
		}
		switch user.Op.(type) {
		case ir.Add, ir.Sub, ir.Mul, ir.Div:
			if isLearned(user.Inputs[0]) && isLearned(user.Inputs[1]) { // neither has one
				return true
			}
		default:
			return true
		}
	}
	return false
}

func isLearned(n *ir.Node) bool {
	_, ok := n.Op.(ir.Learned)
	return ok
}

// layerNorm writes a layer norm: ONNX's own operator takes the last axes, so others are moved there and back.
func (e *emitter) layerNorm(n *ir.Node, op ir.LayerNorm) {
	in := e.operands(n)
	axes, rank := op.Axes.List(), len(n.Shape)
	order := make([]int, 0, rank) // the axes outside, then those along which it goes
	for a := range rank {
		if !slices.Contains(axes, a) {
			order = append(order, a)
		}
	}
	order = append(order, axes...)
	w := layerNormWriter{emitter: e, node: n, op: op, x: in[0], params: in[1:], shape: n.Shape,
		first: rank - len(axes), result: e.value[n]}
	last := slices.IsSorted(order)
	if !last {
		w.x, w.shape = e.permute(n, "moved", w.x, w.shape, order)
		w.result = e.step(n, "normalised", e.o.Type, e.dimsOf(w.shape))
	}
	if e.model.Opset >= opsetLayerNorm {
		w.operator()
	} else {
		w.byMeans()
	}
	if !last {
		back := make([]int, rank)
		for i, a := range order {
			back[a] = i
		}
		e.addFor(n, "Transpose", []string{w.result}, permutation(back))
	}
}

// layerNormWriter writes a layer norm along the last axes of a value.
type layerNormWriter struct {
	*emitter
	node   *ir.Node
	op     ir.LayerNorm
	x      string   // the name of the value
	params []string // and those of scale and shift, as far as there are any
	shape  ir.Shape // of the value
	first  int      // of the axes
	result string   // the name of what is written
}

// operator writes ONNX's operator, whose scale is required.
func (w *layerNormWriter) operator() {
	inputs := []string{w.x}
	if w.op.NoScale {
		along := w.shape[w.first:]
		ones := make([]float32, along.Elements())
		for i := range ones {
			ones[i] = 1
		}
		inputs = append(inputs, w.constant(w.node.Name+"."+ir.Scale.Field(), w.o.Type, along, ones))
	}
	inputs = append(inputs, w.params...)
	w.model.nodes = append(w.model.nodes, &node{"LayerNormalization", w.result, inputs, []string{w.result},
		[]*message{attribute("axis", w.first+1), attribute("epsilon", float32(w.op.Epsilon))}})
}

// byMeans writes the same for opsets without the operator, in which the axes of ReduceMean are an attribute.
func (w *layerNormWriter) byMeans() {
	var axes []int
	means := slices.Clone(w.shape)
	for i := w.first; i < len(w.shape); i++ {
		axes = append(axes, i+1)
		means[i] = 1
	}
	whole, few := w.dimsOf(w.shape), w.dimsOf(means)
	step := func(what, operator string, dims []Dim, inputs []string, attributes ...*message) string {
		name := w.step(w.node, what, w.o.Type, dims)
		w.add(operator, name, inputs, attributes...)
		return name
	}
	mean := step("mean", "ReduceMean", few, []string{w.x}, ints("axes", axes...))
	centred := step("centred", "Sub", whole, []string{w.x, mean})
	squared := step("squared", "Mul", whole, []string{centred, centred})
	variance := step("variance", "ReduceMean", few, []string{squared}, ints("axes", axes...))
	above := step("variance_and_epsilon", "Add", few, []string{variance, w.scalar(float32(w.op.Epsilon))})
	deviation := step("deviation", "Sqrt", few, []string{above})
	operators := []string{}
	if !w.op.NoScale {
		operators = append(operators, "Mul")
	}
	if !w.op.NoShift {
		operators = append(operators, "Add")
	}
	last := func(i int, name string) string { // the name of the i-th of the last steps
		if i == len(operators) {
			return w.result
		}
		return w.step(w.node, name, w.o.Type, whole)
	}
	value := last(0, "unit")
	w.add("Div", value, []string{centred, deviation})
	for i, operator := range operators {
		next := last(i+1, "scaled")
		w.add(operator, next, []string{value, w.params[i]})
		value = next
	}
}
