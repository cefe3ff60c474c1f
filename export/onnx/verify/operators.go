package verify

import (
	"errors"
	"fmt"
	"slices"
)

// operator is what ONNX says of an operator, as far as netc uses it.
type operator struct {
	since      int64 // the first opset that has it
	bfloat16   int64 // the first opset that has it for bf16
	minInputs  int
	maxInputs  int // -1: any number
	outputs    int // -1: any number
	attributes map[string]Kind
	infer      func(c *call) ([]typed, error)
}

// typed is what is known of a value: its element type and, with the open dimensions bound to sizes, its shape.
type typed struct {
	kind     ElementType
	dims     []int64
	constant *Tensor // the initializer, if it is one
}

// call is one use of an operator.
type call struct {
	node *Node
	in   []typed
}

func (c *call) attribute(name string) *Attribute {
	for i := range c.node.Attributes {
		if a := &c.node.Attributes[i]; a.Name == name {
			return a
		}
	}
	return nil
}

func (c *call) int(name string, missing int64) int64 {
	if a := c.attribute(name); a != nil {
		return a.Int
	}
	return missing
}

func (c *call) float(name string, missing float32) float32 {
	if a := c.attribute(name); a != nil {
		return a.Float
	}
	return missing
}

// ints returns a list attribute, which must have so many values; without it, each of them is missing.
func (c *call) ints(name string, length int, missing int64) ([]int64, error) {
	a := c.attribute(name)
	if a == nil {
		return slices.Repeat([]int64{missing}, length), nil
	}
	if len(a.Ints) != length {
		return nil, fmt.Errorf("%s has %d values, not %d", name, len(a.Ints), length)
	}
	for _, v := range a.Ints {
		if v < 0 || v > 1<<20 {
			return nil, fmt.Errorf("%s has the value %d", name, v)
		}
	}
	return a.Ints, nil
}

// operators has every operator that netc writes. https://onnx.ai/onnx/operators.
func operators() map[string]operator {
	unary := func(since, bfloat16 int64, attributes map[string]Kind) operator {
		return operator{since, bfloat16, 1, 1, 1, attributes, sameAsInput}
	}
	binary := operator{7, 13, 2, 2, 1, nil, broadcast}
	window := map[string]Kind{"kernel_shape": IntsKind, "strides": IntsKind, "pads": IntsKind, "dilations": IntsKind, "ceil_mode": IntKind}
	average := map[string]Kind{"kernel_shape": IntsKind, "strides": IntsKind, "pads": IntsKind, "ceil_mode": IntKind, "count_include_pad": IntKind}
	return map[string]operator{
		"Conv": {1, 22, 2, 3, 1, map[string]Kind{"kernel_shape": IntsKind, "strides": IntsKind, "pads": IntsKind, "dilations": IntsKind,
			"group": IntKind}, inferConv},
		"Gemm":               {7, 13, 2, 3, 1, map[string]Kind{"alpha": FloatKind, "beta": FloatKind, "transA": IntKind, "transB": IntKind}, inferGemm},
		"BatchNormalization": {9, 14, 5, 5, 1, map[string]Kind{"epsilon": FloatKind, "momentum": FloatKind, "training_mode": IntKind}, inferBatchNorm},
		"MaxPool":            {8, 22, 1, 1, 1, window, inferPool},
		"AveragePool":        {7, 22, 1, 1, 1, average, inferPool},
		"GlobalAveragePool":  {1, 22, 1, 1, 1, nil, inferGlobalPool},
		"Relu":               unary(6, 13, nil),
		"Sigmoid":            unary(6, 13, nil),
		"Tanh":               unary(6, 13, nil),
		"Erf":                unary(9, 13, nil),
		"HardSwish":          unary(14, 22, nil),
		"Gelu":               unary(20, 20, map[string]Kind{"approximate": TextKind}),
		"HardSigmoid":        unary(6, 22, map[string]Kind{"alpha": FloatKind, "beta": FloatKind}),
		"Softmax":            unary(13, 13, map[string]Kind{"axis": IntKind}),
		"Identity":           unary(1, 13, nil),
		"Clip":               {11, 13, 1, 3, 1, nil, inferClip},
		"Add":                binary, "Mul": binary, "Sub": binary, "Div": binary,
		"Concat":    {4, 13, 1, -1, 1, map[string]Kind{"axis": IntKind}, inferConcat},
		"Slice":     {10, 13, 3, 5, 1, nil, inferSlice},
		"Split":     {13, 13, 2, 2, -1, map[string]Kind{"axis": IntKind}, inferSplit},
		"Flatten":   {1, 13, 1, 1, 1, map[string]Kind{"axis": IntKind}, inferFlatten},
		"Cast":      {6, 13, 1, 1, 1, map[string]Kind{"to": IntKind}, inferCast},
		"Transpose": {1, 13, 1, 1, 1, map[string]Kind{"perm": IntsKind}, inferTranspose},
		"TopK":      {10, 24, 2, 2, 2, map[string]Kind{"axis": IntKind, "largest": IntKind, "sorted": IntKind}, inferTopK},
	}
}

func one(t typed, err error) ([]typed, error) { return []typed{t}, err }

func sameAsInput(c *call) ([]typed, error) {
	return one(typed{kind: c.in[0].kind, dims: c.in[0].dims}, sameFloats(c.in))
}

// sameFloats makes sure that all values are of one floating-point type.
func sameFloats(in []typed) error {
	for _, v := range in {
		if !v.kind.isFloat() {
			return fmt.Errorf("it cannot compute with %s", v.kind)
		}
		if v.kind != in[0].kind {
			return fmt.Errorf("its inputs are %s and %s", in[0].kind, v.kind)
		}
	}
	return nil
}

func image(t typed) error {
	if len(t.dims) != 4 {
		return fmt.Errorf("it needs an input of four dimensions, not %v", t.dims)
	}
	return nil
}

func inferConv(c *call) ([]typed, error) {
	if err := errors.Join(sameFloats(c.in), image(c.in[0]), image(c.in[1])); err != nil {
		return nil, err
	}
	x, w := c.in[0].dims, c.in[1].dims
	group := c.int("group", 1)
	switch {
	case group < 1 || w[0]%group != 0:
		return nil, fmt.Errorf("%d output channels cannot be split into %d groups", w[0], group)
	case group > x[1] || w[1]*group != x[1]:
		return nil, fmt.Errorf("the weight %v does not fit %d input channels in %d groups", w, x[1], group)
	case len(c.in) == 3 && !slices.Equal(c.in[2].dims, w[:1]):
		return nil, fmt.Errorf("the bias is %v, not %v", c.in[2].dims, w[:1])
	}
	if a := c.attribute("kernel_shape"); a != nil && !slices.Equal(a.Ints, w[2:]) {
		return nil, fmt.Errorf("kernel_shape is %v, but the weight is %v", a.Ints, w)
	}
	dilations, err := c.ints("dilations", 2, 1)
	if err != nil {
		return nil, err
	}
	spatial, err := c.slide(x[2:], []int64{w[2], w[3]}, dilations)
	return one(typed{kind: c.in[0].kind, dims: append([]int64{x[0], w[0]}, spatial...)}, err)
}

// slide returns the height and width after a window, by the attributes strides and pads.
func (c *call) slide(size, kernel, dilations []int64) ([]int64, error) {
	strides, err := c.ints("strides", 2, 1)
	if err != nil {
		return nil, err
	}
	pads, err := c.ints("pads", 4, 0)
	if err != nil {
		return nil, err
	}
	out := make([]int64, 2)
	for i := range out {
		if strides[i] < 1 || dilations[i] < 1 || kernel[i] < 1 {
			return nil, errors.New("kernel, strides and dilations must be at least 1")
		}
		reach := dilations[i]*(kernel[i]-1) + 1
		room := size[i] + pads[i] + pads[i+2] - reach
		if room < 0 {
			return nil, fmt.Errorf("a window of %d does not fit %d with its padding", reach, size[i])
		}
		out[i] = room/strides[i] + 1
	}
	return out, nil
}

func inferPool(c *call) ([]typed, error) {
	if err := errors.Join(sameFloats(c.in), image(c.in[0])); err != nil {
		return nil, err
	}
	if c.attribute("kernel_shape") == nil {
		return nil, errors.New("kernel_shape is missing")
	}
	if c.int("ceil_mode", 0) != 0 {
		return nil, errors.New("ceil_mode is not known here")
	}
	kernel, err := c.ints("kernel_shape", 2, 1)
	if err != nil {
		return nil, err
	}
	dilations, err := c.ints("dilations", 2, 1)
	if err != nil {
		return nil, err
	}
	if dilations[0] != 1 || dilations[1] != 1 {
		return nil, errors.New("dilations are not known here")
	}
	x := c.in[0].dims
	spatial, err := c.slide(x[2:], kernel, dilations)
	return one(typed{kind: c.in[0].kind, dims: append([]int64{x[0], x[1]}, spatial...)}, err)
}

func inferGlobalPool(c *call) ([]typed, error) {
	if err := errors.Join(sameFloats(c.in), image(c.in[0])); err != nil {
		return nil, err
	}
	x := c.in[0].dims
	return one(typed{kind: c.in[0].kind, dims: []int64{x[0], x[1], 1, 1}}, nil)
}

func inferBatchNorm(c *call) ([]typed, error) {
	if err := errors.Join(sameFloats(c.in), image(c.in[0])); err != nil {
		return nil, err
	}
	for _, p := range c.in[1:] {
		if !slices.Equal(p.dims, c.in[0].dims[1:2]) {
			return nil, fmt.Errorf("a parameter is %v, but there are %d channels", p.dims, c.in[0].dims[1])
		}
	}
	if c.int("training_mode", 0) != 0 {
		return nil, errors.New("it is in training mode")
	}
	return one(typed{kind: c.in[0].kind, dims: c.in[0].dims}, nil)
}

func inferGemm(c *call) ([]typed, error) {
	if err := sameFloats(c.in); err != nil {
		return nil, err
	}
	x, w := c.in[0].dims, c.in[1].dims
	switch {
	case c.int("transA", 0) != 0 || c.int("transB", 0) != 1 || c.float("alpha", 1) != 1 || c.float("beta", 1) != 1:
		return nil, errors.New("only transB is known here")
	case len(x) != 2 || len(w) != 2 || x[1] != w[1]:
		return nil, fmt.Errorf("%v and %v, transposed, cannot be multiplied", x, w)
	case len(c.in) == 3 && !slices.Equal(c.in[2].dims, w[:1]):
		return nil, fmt.Errorf("the bias is %v, not %v", c.in[2].dims, w[:1])
	}
	return one(typed{kind: c.in[0].kind, dims: []int64{x[0], w[0]}}, nil)
}

func inferClip(c *call) ([]typed, error) {
	for _, bound := range c.in[1:] {
		if len(bound.dims) != 0 {
			return nil, fmt.Errorf("a bound has the shape %v, not that of a number", bound.dims)
		}
	}
	return sameAsInput(c)
}

func broadcast(c *call) ([]typed, error) {
	if err := sameFloats(c.in); err != nil {
		return nil, err
	}
	a, b := c.in[0].dims, c.in[1].dims
	out := make([]int64, max(len(a), len(b)))
	for i := range out {
		x, y := alignedDim(a, i, len(out)), alignedDim(b, i, len(out))
		if x != y && x != 1 && y != 1 {
			return nil, fmt.Errorf("the shapes %v and %v do not match", a, b)
		}
		out[i] = max(x, y)
		if x == 0 || y == 0 {
			out[i] = 0
		}
	}
	return one(typed{kind: c.in[0].kind, dims: out}, nil)
}

// alignedDim returns dimension i of a shape that is filled up with ones in front to the given rank.
func alignedDim(dims []int64, i, rank int) int64 {
	if at := i - (rank - len(dims)); at >= 0 {
		return dims[at]
	}
	return 1
}

func inferConcat(c *call) ([]typed, error) {
	if err := sameFloats(c.in); err != nil {
		return nil, err
	}
	first := c.in[0].dims
	axis := c.int("axis", -1)
	if axis < 0 || axis >= int64(len(first)) {
		return nil, fmt.Errorf("there is no axis %d in %v", axis, first)
	}
	out := slices.Clone(first)
	for _, v := range c.in[1:] {
		if len(v.dims) != len(out) {
			return nil, fmt.Errorf("%v and %v cannot be joined", first, v.dims)
		}
		for i, d := range v.dims {
			if int64(i) == axis {
				out[i] += d
			} else if d != out[i] {
				return nil, fmt.Errorf("%v and %v cannot be joined along axis %d", first, v.dims, axis)
			}
		}
	}
	return one(typed{kind: c.in[0].kind, dims: out}, nil)
}

// constantInts returns an input that must be an initializer of so many integers.
func (c *call) constantInts(input, length int) ([]int64, error) {
	t := c.in[input].constant
	if t == nil || t.Type != Int64 || len(t.Dims) != 1 || t.Dims[0] != int64(length) {
		return nil, fmt.Errorf("input %d must be an initializer of %d integers", input, length)
	}
	return t.integers()
}

// sliceRange returns the range that a Slice takes, and of which axis.
func (c *call) sliceRange() (axis, from, to int64, err error) {
	if len(c.in) != 4 {
		return 0, 0, 0, errors.New("only a slice of one axis without steps is known here")
	}
	var v [3]int64
	for i := range v {
		list, err := c.constantInts(i+1, 1)
		if err != nil {
			return 0, 0, 0, err
		}
		v[i] = list[0]
	}
	from, to, axis = v[0], v[1], v[2]
	dims := c.in[0].dims
	if axis < 0 || axis >= int64(len(dims)) || from < 0 || to > dims[axis] || from >= to {
		return 0, 0, 0, fmt.Errorf("%d to %d of axis %d are not within %v", from, to, axis, dims)
	}
	return axis, from, to, nil
}

func inferSlice(c *call) ([]typed, error) {
	axis, from, to, err := c.sliceRange()
	if err != nil {
		return nil, err
	}
	out := slices.Clone(c.in[0].dims)
	out[axis] = to - from
	return one(typed{kind: c.in[0].kind, dims: out}, nil)
}

func inferSplit(c *call) ([]typed, error) {
	dims := c.in[0].dims
	sizes, err := c.constantInts(1, len(c.node.Outputs))
	if err != nil {
		return nil, err
	}
	if c.int("axis", 0) != 1 || len(dims) < 2 {
		return nil, errors.New("only splitting along the second axis is known here")
	}
	var parts []typed
	total := int64(0)
	for _, size := range sizes {
		if size < 1 || size > dims[1] {
			return nil, fmt.Errorf("a part of %d does not exist in %v", size, dims)
		}
		total += size
		part := slices.Clone(dims)
		part[1] = size
		parts = append(parts, typed{kind: c.in[0].kind, dims: part})
	}
	if total != dims[1] {
		return nil, fmt.Errorf("the parts %v do not make up %v", sizes, dims)
	}
	return parts, nil
}

func inferFlatten(c *call) ([]typed, error) {
	dims := c.in[0].dims
	if c.int("axis", 1) != 1 || len(dims) < 1 {
		return nil, errors.New("only flattening behind the first axis is known here")
	}
	n, err := elements(dims[1:])
	return one(typed{kind: c.in[0].kind, dims: []int64{dims[0], n}}, err)
}

func inferCast(c *call) ([]typed, error) {
	to := ElementType(c.int("to", 0))
	if _, ok := elementTypes[to]; !ok {
		return nil, fmt.Errorf("element type %d is not known here", int64(to))
	}
	return one(typed{kind: to, dims: c.in[0].dims}, nil)
}

func inferTranspose(c *call) ([]typed, error) {
	dims := c.in[0].dims
	perm, err := c.ints("perm", len(dims), 0)
	if err != nil {
		return nil, err
	}
	out := make([]int64, len(dims))
	used := make([]bool, len(dims))
	for i, p := range perm {
		if p >= int64(len(dims)) || used[p] {
			return nil, fmt.Errorf("perm %v is no order of %d axes", perm, len(dims))
		}
		used[p], out[i] = true, dims[p]
	}
	return one(typed{kind: c.in[0].kind, dims: out}, nil)
}

func inferTopK(c *call) ([]typed, error) {
	if err := sameFloats(c.in[:1]); err != nil {
		return nil, err
	}
	k, err := c.constantInts(1, 1)
	if err != nil {
		return nil, err
	}
	dims := slices.Clone(c.in[0].dims)
	if len(dims) != 2 || c.int("axis", -1) != 1 || c.int("largest", 1) != 1 || c.int("sorted", 1) != 1 {
		return nil, errors.New("only the largest of the second of two axes, sorted, are known here")
	}
	if k[0] < 1 || k[0] > dims[1] {
		return nil, fmt.Errorf("the best %d of %d cannot be told", k[0], dims[1])
	}
	dims[1] = k[0]
	return []typed{{kind: c.in[0].kind, dims: dims}, {kind: Int64, dims: dims}}, nil
}
