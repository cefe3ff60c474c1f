package verify

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// operator is what is known of an operator of ONNX. https://onnx.ai/onnx/operators has what every opset says.
type operator struct {
	exists   int64 // the first opset that has the operator
	since    int64 // the first opset from which it means what is known here; before, it is not covered
	bfloat16 int64 // the first opset that has it for bf16

	inputs, outputs limits
	attributes      map[string]Kind // all that any opset gives it
	onlyFloats      bool            // it computes with no other types, beside indices and the like

	infer func(c *call) ([]typed, error)     // types and shapes of the outputs
	cost  func(c *call, out []typed) float64 // multiply-accumulates; nil: one for each element that comes out
	run   func(o *operation) ([]Array, error)
}

// limits are how many inputs or outputs an operator may have; a most of -1 is any number.
type limits struct{ least, most int }

func (l limits) allow(n int) bool { return n >= l.least && (l.most < 0 || n <= l.most) }

// uncoveredError says that something may be right, but is not known here.
type uncoveredError struct{ text string }

func (e uncoveredError) Error() string { return e.text }

// Uncovered makes an error about something that may be right, but is not known here.
func Uncovered(format string, args ...any) error {
	return uncoveredError{fmt.Sprintf(format, args...)}
}

// IsUncovered reports whether an error only says that something is not known here.
func IsUncovered(err error) bool {
	var u uncoveredError
	return errors.As(err, &u)
}

// typed is what is known of a value: its element type and, with the open dimensions bound to sizes, its shape.
type typed struct {
	kind  ElementType // 0: nothing is known, or the value is left out
	dims  []int64
	value *Array // the elements, where they are known: of initializers, and of everything while a model runs
}

// call is one use of an operator.
type call struct {
	node  *Node
	opset int64
	in    []typed
}

// has reports whether an input is given: the last ones may be missing, those before them left out.
func (c *call) has(input int) bool { return input < len(c.in) && c.in[input].kind != 0 }

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

func (c *call) float(name string, missing float32) float64 {
	if a := c.attribute(name); a != nil {
		return float64(a.Float)
	}
	return float64(missing)
}

// ints returns a list attribute of numbers that are not negative, which must have so many; without it, each of them
// is missing.
func (c *call) ints(name string, length int, missing int64) ([]int64, error) {
	a := c.attribute(name)
	if a == nil {
		return slices.Repeat([]int64{missing}, length), nil
	}
	if len(a.Ints) != length {
		return nil, fmt.Errorf("%s has %d values, not %d", name, len(a.Ints), length)
	}
	for _, v := range a.Ints {
		switch {
		case v < 0 && name == "pads":
			return nil, Uncovered("%s has the value %d: cutting off is not known here", name, v)
		case v < 0:
			return nil, fmt.Errorf("%s has the value %d", name, v)
		case v > 1<<20:
			return nil, Uncovered("%s has the value %d, which is too large to be evaluated", name, v)
		}
	}
	return a.Ints, nil
}

// axis returns an axis of a rank, which may be counted from the end. one more than the last is allowed for Flatten.
func axis(a int64, rank int, most int64) (int, error) {
	if a < -int64(rank) || a > most {
		return 0, fmt.Errorf("there is no axis %d in %d dimensions", a, rank)
	}
	if a < 0 {
		a += int64(rank)
	}
	return int(a), nil
}

// indices returns the elements of an input that is a vector of integers, of one of the kinds.
func (c *call) indices(input int, kinds ...ElementType) ([]int64, error) {
	t := c.in[input]
	if !slices.Contains(kinds, t.kind) {
		return nil, fmt.Errorf("its input %d is %s, not %s", input, t.kind, kinds[0])
	}
	if len(t.dims) != 1 {
		return nil, fmt.Errorf("its input %d has the shape %v, not that of a vector", input, t.dims)
	}
	if t.value == nil {
		return nil, Uncovered("its input %d, %s, is only known when the model runs", input, c.node.Inputs[input])
	}
	return t.value.Ints, nil
}

func one(t typed, err error) ([]typed, error) {
	if err != nil {
		return nil, err
	}
	return []typed{t}, nil
}

// like is the type and shape of the first input.
func like(c *call) ([]typed, error) {
	return one(typed{kind: c.in[0].kind, dims: c.in[0].dims}, c.sameKinds(len(c.in)))
}

// sameKinds makes sure that the first so many inputs are of one type.
func (c *call) sameKinds(count int) error {
	for i, v := range c.in[:count] {
		if v.kind != 0 && v.kind != c.in[0].kind {
			return fmt.Errorf("its inputs 0 and %d are %s and %s", i, c.in[0].kind, v.kind)
		}
	}
	return nil
}

// infinity is a bound that nothing exceeds.
var infinity = math.Inf(1)

// settings reads the attributes of an operator: "int axis group, ints pads".
func settings(text string) map[string]Kind {
	kinds := map[string]Kind{"int": IntKind, "ints": IntsKind, "float": FloatKind, "text": TextKind}
	all := map[string]Kind{}
	for _, list := range strings.Split(text, ", ") {
		words := strings.Fields(list)
		for _, name := range words[min(1, len(words)):] {
			all[name] = kinds[words[0]]
		}
	}
	return all
}

// operators has every operator that netc writes.
func operators() map[string]operator {
	const window = "ints kernel_shape strides pads dilations, text auto_pad"
	one, two := limits{1, 1}, limits{2, 2}
	binary := operator{1, 7, 13, two, one, settings("int axis broadcast"), false, inferBroadcast, nil, runBinary}
	all := map[string]operator{
		"Conv": {1, 1, 22, limits{2, 3}, one, settings(window + ", int group"), true, inferConv, costConv, runConv},
		"ConvTranspose": {1, 1, 22, limits{2, 3}, one,
			settings(window + ", int group, ints output_padding output_shape"), true, inferConvTranspose,
			costConvTranspose, runConvTranspose},
		"MaxPool": {1, 1, 22, one, limits{1, 2}, settings(window + ", int ceil_mode storage_order"), false,
			inferPool, costPool, runPool},
		"AveragePool": {1, 1, 22, one, one, settings(window + ", int ceil_mode count_include_pad"), true,
			inferPool, costPool, runPool},
		"GlobalAveragePool": {1, 1, 22, one, one, nil, true, inferGlobalPool, costGlobalPool, runGlobalPool},
		"GlobalMaxPool":     {1, 1, 22, one, one, nil, true, inferGlobalPool, costGlobalPool, runGlobalPool},
		"Pad": {1, 11, 13, limits{2, 4}, one, settings("text mode, ints pads paddings, float value"), false,
			inferPad, nil, runPad},
		"Resize": {10, 11, 13, limits{1, 4}, one, settings("text mode coordinate_transformation_mode nearest_mode " +
			"keep_aspect_ratio_policy, float cubic_coeff_a extrapolation_value, int exclude_outside antialias, " +
			"ints axes"), false, inferResize, nil, runResize},
		"DepthToSpace": {1, 11, 13, one, one, settings("int blocksize, text mode"), false, inferDepthToSpace, nil,
			runDepthToSpace},
		"Gemm": {1, 7, 13, limits{2, 3}, one, settings("float alpha beta, int transA transB broadcast"), true,
			inferGemm, costGemm, runGemm},
		"BatchNormalization": {1, 9, 14, limits{5, 5}, limits{1, 5},
			settings("float epsilon momentum, int training_mode spatial is_test"), true,
			inferBatchNorm, nil, runBatchNorm},
		"Softmax": {1, 1, 13, one, one, settings("int axis"), true, inferSoftmax, nil, runSoftmax},
		"TopK":    {1, 10, 24, two, two, settings("int axis largest sorted k"), false, inferTopK, nil, runTopK},

		"Clip":  {1, 6, 13, limits{1, 3}, one, settings("float min max"), false, inferClip, nil, runClip},
		"Add":   binary,
		"Sub":   binary,
		"Mul":   binary,
		"Div":   binary,
		"PRelu": {1, 7, 16, two, one, nil, true, inferPRelu, nil, runBinary},

		"Identity": {1, 1, 13, one, one, nil, false, like, nil, runSame},
		"Concat":   {1, 4, 13, limits{1, -1}, one, settings("int axis"), false, inferConcat, nil, runConcat},
		"Slice":    {1, 10, 13, limits{3, 5}, one, settings("ints starts ends axes"), false, inferSlice, nil, runSlice},
		"Split": {1, 2, 13, limits{1, 2}, limits{1, -1}, settings("int axis num_outputs, ints split"), false,
			inferSplit, nil, runSplit},
		"Flatten":   {1, 1, 13, one, one, settings("int axis"), false, inferFlatten, nil, runSame},
		"Cast":      {1, 6, 13, one, one, settings("int to saturate, text round_mode"), false, inferCast, nil, runCast},
		"Transpose": {1, 1, 13, one, one, settings("ints perm"), false, inferTranspose, nil, runTranspose},
		"Reshape":   {1, 5, 13, two, one, settings("int allowzero"), false, inferReshape, nil, runSame},
		"Expand":    {8, 8, 13, two, one, nil, false, inferExpand, nil, runExpand},
		"Shape":     {1, 1, 13, one, one, settings("int start end"), false, inferShape, nil, runShape},

		"MatMul": {1, 1, 13, two, one, nil, true, inferMatMul, costMatMul, runMatMul},
		"ReduceMean": {1, 1, 13, limits{1, 2}, one, settings("ints axes, int keepdims noop_with_empty_axes"), false,
			inferReduceMean, nil, runReduceMean},
		"LayerNormalization": {17, 17, 17, limits{2, 3}, limits{1, 3}, settings("int axis stash_type, float epsilon"),
			true, inferLayerNorm, nil, runLayerNorm},
	}
	for name, f := range functions {
		attributes := settings(f.attributes + ", ints consumed_inputs") // the last before opset 6
		all[name] = operator{f.exists, f.since, f.bfloat16, one, one, attributes, f.onlyFloats, like, nil, runFunction}
	}
	return all
}
