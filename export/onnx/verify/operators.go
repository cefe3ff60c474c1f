package verify

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// operator is what is known of an operator of ONNX. https://onnx.ai/onnx/operators has what every opset says.
type operator struct {
	exists   int64 // the first opset that has the operator
	since    int64 // the first opset from which it means what is known here; before, it is not covered
	bfloat16 int64 // the first opset that has it for bf16
	integers int64 // the first opset that has it for integers; 0: none

	inputs, outputs arity
	attributes      map[string]attribute
	onlyFloats      bool // it is computed here with floats only, beside indices and the like

	infer func(c *call) ([]typed, error)     // types and shapes of the outputs
	cost  func(c *call, out []typed) float64 // multiply-accumulates; nil: one for each element that comes out
	run   func(o *operation) ([]Array, error)
}

// arity says how many inputs or outputs an operator may have, by opset, the oldest first.
type arity []limits

// limits are how many from an opset on; a most of -1 is any number.
type limits struct {
	from        int64
	least, most int
}

// parseArity reads "1; 1-3 from 11": one, and from opset 11 on one to three. "1-" is any number from one on.
func parseArity(text string) arity {
	var all arity
	for _, part := range strings.Split(text, "; ") {
		numbers, from, _ := strings.Cut(part, " from ")
		least, most, isRange := strings.Cut(numbers, "-")
		l := limits{from: atoi(from), least: int(atoi(least))}
		switch {
		case !isRange:
			l.most = l.least
		case most == "":
			l.most = -1
		default:
			l.most = int(atoi(most))
		}
		all = append(all, l)
	}
	return all
}

// atoi reads a number of the table; nothing is 0.
func atoi(text string) int64 {
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

// at returns the limits of an opset.
func (a arity) at(opset int64) limits {
	l := a[0]
	for _, next := range a[1:] {
		if next.from <= opset {
			l = next
		}
	}
	return l
}

// check holds the names of inputs or outputs against the limits: they are as many, and of those that must be there,
// none is left out.
func (l limits) check(names []string) error {
	if n := len(names); n < l.least || l.most >= 0 && n > l.most {
		return fmt.Errorf("it has %v, not %d", l, n)
	}
	if i := slices.Index(names[:l.least], ""); i >= 0 {
		return fmt.Errorf("number %d of them is left out", i)
	}
	return nil
}

// String returns "1", "1 to 3" or "1 or more".
func (l limits) String() string {
	switch {
	case l.most < 0:
		return fmt.Sprintf("%d or more", l.least)
	case l.most > l.least:
		return fmt.Sprintf("%d to %d", l.least, l.most)
	}
	return strconv.Itoa(l.least)
}

// attribute is one that opsets give an operator.
type attribute struct {
	kind        Kind
	from, until int64 // the first opset that has it, and the first that has it no more; 0: none
}

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

// countsBack is the opset with which ONNX came to say that an axis below 0 is counted from the end. Before, Flatten's
// begin at 0. Of Slice, Split, ReduceMean and TopK, ONNX's own shape inference has always counted from the end, and so
// does this package; of Concat and Softmax it has not: see backwards.
const countsBack = 11

// backwards checks the axis of an operator of which earlier opsets leave it open what an axis below 0 is.
func (c *call) backwards(a int64) error {
	if a < 0 && c.opset < countsBack {
		return Uncovered("what the axis %d is, ONNX says from opset %d on", a, countsBack)
	}
	return nil
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

// settings reads the attributes of an operator: "int axis group, ints axes until 18, int num_outputs from 18".
func settings(text string) map[string]attribute {
	kinds := map[string]Kind{"int": IntKind, "ints": IntsKind, "float": FloatKind, "text": TextKind}
	all := map[string]attribute{}
	for _, list := range strings.Split(text, ", ") {
		list, until, _ := strings.Cut(list, " until ")
		list, from, _ := strings.Cut(list, " from ")
		words := strings.Fields(list)
		for _, name := range words[min(1, len(words)):] {
			all[name] = attribute{kinds[words[0]], atoi(from), atoi(until)}
		}
	}
	return all
}

// operators has every operator that netc writes, in the forms that the opsets give it.
func operators() map[string]operator {
	const window = "text auto_pad, ints kernel_shape pads strides"
	const pool = window + ", int ceil_mode from 10"
	one, two, any := parseArity("1"), parseArity("2"), parseArity("1-")
	binary := operator{1, 7, 13, 1, two, one, nil, false, inferBroadcast, nil, runBinary}
	all := map[string]operator{
		"Conv": {1, 1, 22, 0, parseArity("2-3"), one, settings(window + ", ints dilations, int group"), true, inferConv,
			costConv, runConv},
		"ConvTranspose": {1, 1, 22, 0, parseArity("2-3"), one,
			settings(window + ", ints dilations output_padding output_shape, int group"), true, inferConvTranspose,
			costConvTranspose, runConvTranspose},
		"MaxPool": {1, 1, 22, 12, one, parseArity("1; 1-2 from 8"),
			settings(pool + ", ints dilations from 10, int storage_order from 8"), false, inferPool, costPool, runPool},
		"AveragePool": {1, 1, 22, 0, one, one,
			settings(pool + ", ints dilations from 19, int count_include_pad from 7"), true, inferPool, costPool,
			runPool},
		"GlobalAveragePool": {1, 1, 22, 0, one, one, nil, true, inferGlobalPool, costGlobalPool, runGlobalPool},
		"GlobalMaxPool":     {1, 1, 22, 0, one, one, nil, true, inferGlobalPool, costGlobalPool, runGlobalPool},
		"Pad": {1, 11, 13, 1, parseArity("2-3; 2-4 from 18"), one, settings("text mode"), false, inferPad, nil,
			runPad},
		"Resize": {10, 11, 13, 1, parseArity("3-4; 1-4 from 13"), one,
			settings("text mode coordinate_transformation_mode nearest_mode, float cubic_coeff_a " +
				"extrapolation_value, int exclude_outside, text keep_aspect_ratio_policy from 18, int antialias from " +
				"18, ints axes from 18"),
			false, inferResize, nil, runResize},
		"DepthToSpace": {1, 11, 13, 1, one, one, settings("int blocksize, text mode"), false, inferDepthToSpace, nil,
			runDepthToSpace},
		"Gemm": {1, 7, 13, 9, parseArity("3; 2-3 from 11"), one, settings("float alpha beta, int transA transB"), true,
			inferGemm, costGemm, runGemm},
		"BatchNormalization": {1, 9, 14, 0, parseArity("5"), parseArity("1-5; 1-3 from 14"),
			settings("float epsilon momentum, int training_mode from 14"), true, inferBatchNorm, nil, runBatchNorm},
		"Softmax": {1, 1, 13, 0, one, one, settings("int axis"), true, inferSoftmax, nil, runSoftmax},
		"TopK": {1, 10, 24, 11, two, two, settings("int axis, int largest sorted from 11"), false, inferTopK, nil,
			runTopK},

		"Clip": {1, 6, 13, 12, parseArity("1; 1-3 from 11"), one, settings("float min max until 11"), false, inferClip,
			nil, runClip},
		"Add":   binary,
		"Sub":   binary,
		"Mul":   binary,
		"Div":   binary,
		"PRelu": {1, 7, 16, 9, two, one, nil, true, inferPRelu, nil, runBinary},

		"Identity": {1, 1, 13, 1, one, one, nil, false, like, nil, runSame},
		"Concat":   {1, 4, 13, 1, any, one, settings("int axis"), false, inferConcat, nil, runConcat},
		"Slice":    {1, 10, 13, 1, parseArity("3-5"), one, nil, false, inferSlice, nil, runSlice},
		"Split": {1, 2, 13, 1, parseArity("1; 1-2 from 13"), any,
			settings("int axis, ints split until 13, int num_outputs from 18"), false, inferSplit, nil, runSplit},
		"Flatten": {1, 1, 13, 9, one, one, settings("int axis"), false, inferFlatten, nil, runSame},
		"Cast": {1, 6, 13, 1, one, one, settings("int to, int saturate from 19, text round_mode from 24"), false,
			inferCast, nil, runCast},
		"Transpose": {1, 1, 13, 1, one, one, settings("ints perm"), false, inferTranspose, nil, runTranspose},
		"Reshape":   {1, 5, 13, 1, two, one, settings("int allowzero from 14"), false, inferReshape, nil, runSame},
		"Expand":    {8, 8, 13, 1, two, one, nil, false, inferExpand, nil, runExpand},
		"Shape":     {1, 1, 13, 1, one, one, settings("int start end from 15"), false, inferShape, nil, runShape},

		"MatMul": {1, 1, 13, 9, two, one, nil, true, inferMatMul, costMatMul, runMatMul},
		"ReduceMean": {1, 1, 13, 1, parseArity("1; 1-2 from 18"), one,
			settings("int keepdims, ints axes until 18, int noop_with_empty_axes from 18"), false, inferReduceMean, nil,
			runReduceMean},
		"LayerNormalization": {17, 17, 17, 0, parseArity("2-3"), parseArity("1-3"),
			settings("int axis stash_type, float epsilon"), true, inferLayerNorm, nil, runLayerNorm},
	}
	for name, f := range functions {
		all[name] = operator{f.exists, f.since, f.bfloat16, f.integers, one, one, settings(f.attributes), f.onlyFloats,
			like, nil, runFunction}
	}
	return all
}
