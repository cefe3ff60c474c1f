package verify

import (
	"errors"
	"fmt"
	"math"
	"slices"
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

// ints returns a list attribute of numbers that are not negative, which must have so many; without it, each of them is missing.
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

// operators has every operator that netc writes.
func operators() map[string]operator {
	window := map[string]Kind{"kernel_shape": IntsKind, "strides": IntsKind, "pads": IntsKind, "auto_pad": TextKind}
	with := func(base, more map[string]Kind) map[string]Kind {
		all := map[string]Kind{}
		for _, list := range []map[string]Kind{base, more} {
			for name, kind := range list {
				all[name] = kind
			}
		}
		return all
	}
	unary := func(exists, since, bfloat16 int64, onlyFloats bool, attributes map[string]Kind) operator {
		attributes = with(attributes, map[string]Kind{"consumed_inputs": IntsKind}) // before opset 6
		return operator{exists, since, bfloat16, limits{1, 1}, limits{1, 1}, attributes, onlyFloats, like, nil, runUnary}
	}
	binary := operator{1, 7, 13, limits{2, 2}, limits{1, 1}, map[string]Kind{"axis": IntKind, "broadcast": IntKind}, false,
		inferBroadcast, nil, runBinary}
	return map[string]operator{
		"Conv": {1, 1, 22, limits{2, 3}, limits{1, 1}, with(window, map[string]Kind{"dilations": IntsKind, "group": IntKind}), true,
			inferConv, costConv, runConv},
		"MaxPool": {1, 1, 22, limits{1, 1}, limits{1, 2},
			with(window, map[string]Kind{"dilations": IntsKind, "ceil_mode": IntKind, "storage_order": IntKind}), false,
			inferPool, costPool, runPool},
		"AveragePool": {1, 1, 22, limits{1, 1}, limits{1, 1},
			with(window, map[string]Kind{"dilations": IntsKind, "ceil_mode": IntKind, "count_include_pad": IntKind}), true,
			inferPool, costPool, runPool},
		"GlobalAveragePool": {1, 1, 22, limits{1, 1}, limits{1, 1}, nil, true, inferGlobalPool, costGlobalPool, runGlobalPool},
		"Gemm": {1, 7, 13, limits{2, 3}, limits{1, 1}, map[string]Kind{"alpha": FloatKind, "beta": FloatKind, "transA": IntKind,
			"transB": IntKind, "broadcast": IntKind}, true, inferGemm, costGemm, runGemm},
		"BatchNormalization": {1, 9, 14, limits{5, 5}, limits{1, 5}, map[string]Kind{"epsilon": FloatKind, "momentum": FloatKind,
			"training_mode": IntKind, "spatial": IntKind, "is_test": IntKind}, true, inferBatchNorm, nil, runBatchNorm},
		"Softmax": {1, 1, 13, limits{1, 1}, limits{1, 1}, map[string]Kind{"axis": IntKind}, true, inferSoftmax, nil, runSoftmax},
		"TopK": {1, 10, 24, limits{2, 2}, limits{2, 2}, map[string]Kind{"axis": IntKind, "largest": IntKind, "sorted": IntKind,
			"k": IntKind}, false, inferTopK, nil, runTopK},
		"Relu":        unary(1, 1, 13, false, nil),
		"Sigmoid":     unary(1, 1, 13, true, nil),
		"Tanh":        unary(1, 1, 13, true, nil),
		"Erf":         unary(9, 9, 13, true, nil),
		"HardSwish":   unary(14, 14, 22, true, nil),
		"Gelu":        unary(20, 20, 20, true, map[string]Kind{"approximate": TextKind}),
		"HardSigmoid": unary(1, 1, 22, true, map[string]Kind{"alpha": FloatKind, "beta": FloatKind}),
		"Clip": {1, 6, 13, limits{1, 3}, limits{1, 1}, map[string]Kind{"min": FloatKind, "max": FloatKind}, false, inferClip, nil,
			runUnary},
		"Add": binary, "Mul": binary, "Sub": binary, "Div": binary,
		"Identity": {1, 1, 13, limits{1, 1}, limits{1, 1}, nil, false, like, nil, runSame},
		"Concat":   {1, 4, 13, limits{1, -1}, limits{1, 1}, map[string]Kind{"axis": IntKind}, false, inferConcat, nil, runConcat},
		"Slice":    {1, 10, 13, limits{3, 5}, limits{1, 1}, map[string]Kind{"starts": IntsKind, "ends": IntsKind, "axes": IntsKind}, false, inferSlice, nil, runSlice},
		"Split": {1, 2, 13, limits{1, 2}, limits{1, -1}, map[string]Kind{"axis": IntKind, "split": IntsKind, "num_outputs": IntKind},
			false, inferSplit, nil, runSplit},
		"Flatten": {1, 1, 13, limits{1, 1}, limits{1, 1}, map[string]Kind{"axis": IntKind}, false, inferFlatten, nil, runSame},
		"Cast": {1, 6, 13, limits{1, 1}, limits{1, 1}, map[string]Kind{"to": IntKind, "saturate": IntKind, "round_mode": TextKind}, false,
			inferCast, nil, runCast},
		"Transpose": {1, 1, 13, limits{1, 1}, limits{1, 1}, map[string]Kind{"perm": IntsKind}, false, inferTranspose, nil, runTranspose},
	}
}
