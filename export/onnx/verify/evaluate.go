package verify

import (
	"errors"
	"fmt"
	"slices"

	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// Array is a value while a model is evaluated. Floats are rounded to the type's precision. Integers and bytes are
// in Ints.
type Array struct {
	Type   ElementType
	Dims   []int64
	Floats []float32
	Ints   []int64
}

// MaxWork is how much an evaluation may cost: enough for the largest networks that people classify images with.
const MaxWork = 1 << 40

// Evaluate runs the model on one input and returns its outputs. Values have the types that the model gives them; sums
// are taken in float64, and each operation rounds its result. The model must be free of problems. What takes
// more than so many elements and multiply-accumulates is an error.
func (m *Model) Evaluate(input Array, work int64) ([]Array, error) {
	if len(m.Graph.Inputs) != 1 {
		return nil, fmt.Errorf("a model of %d inputs is not evaluated", len(m.Graph.Inputs))
	}
	values := map[string]Array{m.Graph.Inputs[0].Name: input}
	constants := map[string]*Tensor{}
	for i := range m.Graph.Initializers {
		t := &m.Graph.Initializers[i]
		constants[t.Name] = t
	}
	left := map[string]int{}
	for _, n := range m.Graph.Nodes {
		for _, in := range n.Inputs {
			left[in]++
		}
	}
	for _, v := range m.Graph.Outputs {
		left[v.Name]++
	}
	table := operators()
	for i := range m.Graph.Nodes {
		n := &m.Graph.Nodes[i]
		results, err := evaluateNode(n, table[n.Operator], values, constants, &work)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", n.Operator, n.Name, err)
		}
		for k, out := range n.Outputs {
			values[out] = results[k]
		}
		for _, in := range n.Inputs {
			if left[in]--; left[in] == 0 {
				delete(values, in)
			}
		}
	}
	var outputs []Array
	for _, v := range m.Graph.Outputs {
		outputs = append(outputs, values[v.Name])
	}
	return outputs, nil
}

// operation is a node with the values of its inputs.
type operation struct {
	*call
	values []Array
	out    []typed
	work   *int64 // left
}

func (o *operation) spend(work int64) error {
	if *o.work -= work; *o.work < 0 {
		return errors.New("the model is too large to be evaluated")
	}
	return nil
}

func evaluateNode(n *Node, op operator, values map[string]Array, constants map[string]*Tensor, work *int64) ([]Array, error) {
	if op.infer == nil {
		return nil, errors.New("the operator is not known here")
	}
	o := &operation{call: &call{node: n}, work: work}
	for _, name := range n.Inputs {
		v, ok := values[name]
		t := constants[name]
		if !ok {
			if t == nil {
				return nil, fmt.Errorf("the value %s does not exist", name)
			}
			v = Array{Type: t.Type, Dims: t.Dims}
			if t.Type.isFloat() {
				v.Floats = t.floats()
			}
		}
		o.values = append(o.values, v)
		o.in = append(o.in, typed{v.Type, v.Dims, t})
	}
	var err error
	if o.out, err = op.infer(o.call); err != nil {
		return nil, err
	}
	for _, t := range o.out {
		count, err := elements(t.dims)
		if err == nil {
			err = o.spend(count)
		}
		if err != nil {
			return nil, err
		}
	}
	results, err := o.run()
	if err != nil {
		return nil, err
	}
	for i := range results {
		results[i].Type, results[i].Dims = o.out[i].kind, o.out[i].dims
		results[i].Type.round(results[i].Floats)
	}
	return results, nil
}

func (o *operation) run() ([]Array, error) {
	x := o.values[0]
	switch o.node.Operator {
	case "Conv", "Gemm", "BatchNormalization", "MaxPool", "AveragePool", "GlobalAveragePool":
		floats, err := o.layer()
		return []Array{{Floats: floats}}, err
	case "Add", "Sub", "Mul", "Div":
		return []Array{{Floats: o.pairwise()}}, nil
	case "Concat":
		return []Array{{Floats: o.concat()}}, nil
	case "Slice":
		floats, err := o.slice()
		return []Array{{Floats: floats}}, err
	case "Split":
		return o.split(), nil
	case "Flatten", "Identity":
		return []Array{x}, nil
	case "Cast":
		return []Array{o.cast()}, nil
	case "Transpose":
		return []Array{o.transpose()}, nil
	case "TopK":
		return o.topK(), nil
	case "Softmax":
		if len(x.Dims) == 0 {
			return nil, errors.New("a single number has no axis")
		}
		if axis := o.int("axis", -1); axis != int64(len(x.Dims))-1 && axis != -1 {
			return nil, errors.New("only softmax along the last axis is known here")
		}
		return []Array{{Floats: softmax(x.Floats, x.Dims[len(x.Dims)-1])}}, nil
	}
	f, err := o.function()
	if err != nil {
		return nil, err
	}
	out := make([]float32, len(x.Floats))
	for i, v := range x.Floats {
		out[i] = float32(f(float64(v)))
	}
	return []Array{{Floats: out}}, nil
}

// layer computes an operation that the compiler has too, image by image, as a graph of that operation alone in the
// reference interpreter.
func (o *operation) layer() ([]float32, error) {
	op, roles, err := o.irOp()
	if err != nil {
		return nil, err
	}
	x := o.values[0]
	b := ir.NewBuilder("operation")
	shape := make([]int, 3)
	for i := range shape {
		shape[i] = 1
		if i+1 < len(x.Dims) {
			shape[i] = int(x.Dims[i+1])
		}
	}
	node, err := b.Add("input", ir.Input{Channels: shape[0], Height: shape[1], Width: shape[2]}, nil)
	if err == nil && len(x.Dims) == 2 {
		node, err = b.Add("vector", ir.Flatten{}, nil, node)
	}
	if err == nil {
		node, err = b.Add("result", op, nil, node)
	}
	if err != nil {
		return nil, err
	}
	set := params.Set{}
	for i, role := range roles {
		p := node.Param(role)
		set[p.Name] = &params.Tensor{Shape: p.Shape, Data: o.values[i+1].Floats}
	}
	g := b.Build(node)
	if cost := cost(node) * float64(x.Dims[0]); cost > float64(*o.work) {
		return nil, errors.New("the model is too large to be evaluated")
	} else if err := o.spend(int64(cost)); err != nil {
		return nil, err
	}
	size := shape[0] * shape[1] * shape[2]
	var out []float32
	for at := 0; at+size <= len(x.Floats); at += size {
		result, err := eval.Run(g, set, x.Floats[at:at+size])
		if err != nil {
			return nil, err
		}
		out = append(out, result[0]...)
	}
	return out, nil
}

// cost estimates what a layer costs per image.
func cost(n *ir.Node) float64 {
	window := 1.0
	switch op := n.Op.(type) {
	case ir.MaxPool:
		window = float64(op.Kernel) * float64(op.Kernel)
	case ir.AvgPool:
		window = float64(op.Kernel) * float64(op.Kernel)
	}
	return float64(n.MACs()) + window*float64(n.Shape.Elements())
}

// irOp translates the operator and says which parameters its further inputs are.
func (o *operation) irOp() (ir.Op, []ir.Role, error) {
	square := func(name string, missing int64) (int, error) {
		v, err := o.ints(name, 2, missing)
		if err == nil && v[0] != v[1] {
			err = fmt.Errorf("%s %v is not square", name, v)
		}
		if err != nil {
			return 0, err
		}
		return int(v[0]), nil
	}
	stride, err := square("strides", 1)
	if err != nil {
		return nil, nil, err
	}
	pads, err := o.ints("pads", 4, 0)
	if err != nil {
		return nil, nil, err
	}
	pad := ir.Padding{Top: int(pads[0]), Left: int(pads[1]), Bottom: int(pads[2]), Right: int(pads[3])}
	bias := len(o.in) == 3
	weights := []ir.Role{ir.Weight, ir.Bias}[:min(2, len(o.in)-1)]
	switch o.node.Operator {
	case "Conv":
		w := o.in[1].dims
		dilation, err := square("dilations", 1)
		if err == nil && w[2] != w[3] {
			err = fmt.Errorf("the kernel %v is not square", w[2:])
		}
		return ir.Conv{Out: int(w[0]), Kernel: int(w[2]), Stride: stride, Dilation: dilation, Groups: int(o.int("group", 1)), Pad: pad, Bias: bias}, weights, err
	case "Gemm":
		return ir.Linear{Out: int(o.in[1].dims[0]), Bias: bias}, weights, nil
	case "BatchNormalization":
		return ir.BatchNorm{Epsilon: float64(o.float("epsilon", 1e-5)), Momentum: 0.1}, []ir.Role{ir.Scale, ir.Shift, ir.RunningMean, ir.RunningVariance}, nil
	case "MaxPool", "AveragePool":
		kernel, err := square("kernel_shape", 1)
		if o.node.Operator == "MaxPool" {
			return ir.MaxPool{Kernel: kernel, Stride: stride, Pad: pad}, nil, err
		}
		return ir.AvgPool{Kernel: kernel, Stride: stride, Pad: pad, CountPadding: o.int("count_include_pad", 0) != 0}, nil, err
	}
	return ir.GlobalAvgPool{}, nil, nil
}

// pairwise computes an operator of two values that are broadcast to each other.
func (o *operation) pairwise() []float32 {
	a, b := o.values[0], o.values[1]
	dims := o.out[0].dims
	n, _ := elements(dims)
	out := make([]float32, n)
	place := make([]int64, len(dims))
	stepsA, stepsB := broadcastSteps(a.Dims, len(dims)), broadcastSteps(b.Dims, len(dims))
	for i := range out {
		var atA, atB int64
		for k, p := range place {
			atA += p * stepsA[k]
			atB += p * stepsB[k]
		}
		x, y := float64(a.Floats[atA]), float64(b.Floats[atB])
		switch o.node.Operator {
		case "Add":
			x += y
		case "Sub":
			x -= y
		case "Mul":
			x *= y
		case "Div":
			x /= y
		}
		out[i] = float32(x)
		advance(place, dims)
	}
	return out
}

// broadcastSteps returns how far apart the neighbours along each axis lie: 0 along axes that are repeated.
func broadcastSteps(dims []int64, rank int) []int64 {
	steps := make([]int64, rank)
	step := int64(1)
	for i := rank - 1; i >= 0; i-- {
		if d := alignedDim(dims, i, rank); d != 1 {
			steps[i] = step
			step *= d
		}
	}
	return steps
}

// advance moves a place to the next in row-major order.
func advance(place, dims []int64) {
	for k := len(place) - 1; k >= 0; k-- {
		if place[k]++; place[k] < dims[k] {
			return
		}
		place[k] = 0
	}
}

// around returns how many blocks lie before an axis, and the elements of one index of it.
func around(dims []int64, axis int64) (outer, inner int) {
	before, _ := elements(dims[:axis])
	behind, _ := elements(dims[axis+1:])
	return int(before), int(behind)
}

func (o *operation) concat() []float32 {
	axis := o.int("axis", 1)
	outer, inner := around(o.out[0].dims, axis)
	var out []float32
	for i := range outer {
		for _, v := range o.values {
			length := int(v.Dims[axis]) * inner
			out = append(out, v.Floats[i*length:(i+1)*length]...)
		}
	}
	return out
}

func (o *operation) slice() ([]float32, error) {
	axis, from, to, err := o.sliceRange()
	if err != nil {
		return nil, err
	}
	return part(o.values[0], axis, from, to), nil
}

func (o *operation) split() []Array {
	var parts []Array
	from := int64(0)
	for _, t := range o.out {
		to := from + t.dims[1]
		parts = append(parts, Array{Floats: part(o.values[0], 1, from, to)})
		from = to
	}
	return parts
}

// part takes a range of an axis.
func part(x Array, axis, from, to int64) []float32 {
	outer, inner := around(x.Dims, axis)
	var out []float32
	for i := range outer {
		start := i * int(x.Dims[axis]) * inner
		out = append(out, x.Floats[start+int(from)*inner:start+int(to)*inner]...)
	}
	return out
}

func (o *operation) transpose() Array {
	x, dims := o.values[0], o.out[0].dims
	perm, _ := o.ints("perm", len(dims), 0)
	steps := make([]int64, len(dims))
	for i, p := range perm {
		steps[i], _ = elements(x.Dims[p+1:])
	}
	var result Array
	place := make([]int64, len(dims))
	count, _ := elements(dims)
	for range count {
		var at int64
		for k, p := range place {
			at += p * steps[k]
		}
		if x.Type.isFloat() {
			result.Floats = append(result.Floats, x.Floats[at])
		} else {
			result.Ints = append(result.Ints, x.Ints[at])
		}
		advance(place, dims)
	}
	return result
}

func (o *operation) cast() Array {
	x, to := o.values[0], o.out[0].kind
	var result Array
	switch {
	case x.Type.isFloat() && to.isFloat():
		result.Floats = slices.Clone(x.Floats)
	case to.isFloat():
		for _, v := range x.Ints {
			result.Floats = append(result.Floats, float32(v))
		}
	case x.Type.isFloat():
		for _, v := range x.Floats {
			result.Ints = append(result.Ints, int64(v))
		}
	default:
		result.Ints = slices.Clone(x.Ints)
	}
	return result
}
