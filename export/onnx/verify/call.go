package verify

import (
	"errors"
	"fmt"
	"slices"
)

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
