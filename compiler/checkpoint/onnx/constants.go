package onnx

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// constant is a value that is the same whatever the network's input is. Name is the value's name in the graph.
type constant struct {
	stored.Tensor
	label   string // the name that people know: that of the tensor in the file
	derived bool   // nobody misses it when no operation reads it: it is no initializer
}

// weights returns the constants that operations read, in the order of use, and the names of those that are settings.
func (r *reader) weights() (tensors []stored.Tensor, passed []string, err error) {
	for _, n := range r.passes {
		if err := r.pass(n); err != nil {
			return nil, nil, err
		}
	}
	place := func(c *constant) int {
		if u := r.use(c.Name); u.readers > 0 {
			return u.place
		}
		return math.MaxInt
	}
	slices.SortStableFunc(r.order, func(a, b *constant) int { return cmp.Compare(place(a), place(b)) })
	seen := map[string]bool{}
	for _, c := range r.order {
		u := r.use(c.Name)
		if u.readers == 0 && (u.passed > 0 || c.derived) {
			continue // it is read as what it became on its way, or not at all
		}
		t := c.Tensor
		if t.Name = c.label; seen[t.Name] {
			t.Name = c.Name
		}
		if seen[t.Name] {
			return nil, nil, fmt.Errorf("the name %s stands for two tensors", stored.Quote(t.Name))
		}
		seen[t.Name] = true
		if u.kinds == asSetting {
			passed = append(passed, t.Name)
			continue
		}
		t.Optional = u.isNumber(&t)
		t.Order = r.orderOf(u, len(t.Shape))
		t.Layer = r.layer(u.layer)
		tensors = append(tensors, t)
	}
	return tensors, passed, nil
}

// orderOf returns the order of a weight's dimensions, where all who read it agree on it.
func (r *reader) orderOf(u *use, dimensions int) string {
	switch {
	case u.kinds == asKernel && dimensions == 4:
		return "OIHW"
	case r.channelsLast || dimensions != 2: // then a dense layer's inputs may be an image's rows, columns and channels
	case u.kinds == asColumns:
		return "IO"
	case u.kinds == asRows:
		return "OI"
	}
	return ""
}

// isNumber reports whether a constant may be a number that the network's formulas have, such as the 6 of a hard-swish
// that is written in its parts: it has no dimensions, and no layer reads it. Trained factors have one dimension: [1].
func (u *use) isNumber(t *stored.Tensor) bool {
	return len(t.Shape) == 0 && u.readers > 0 && u.kinds&^(asSetting|byOther) == 0
}

// pass makes the output of a node a constant, where its inputs are constants.
func (r *reader) pass(n *node) error {
	from := r.constants[n.inputs[0]]
	if from == nil {
		r.read(n) // of a value that the network computes; a scale beside it is a setting
		r.channelsLast = r.channelsLast || n.op == "Transpose" && slices.Equal(n.perm, []int64{0, 2, 3, 1})
		return nil
	}
	to := &constant{Tensor: from.Tensor, label: n.outputs[0], derived: true}
	to.Name = n.outputs[0]
	if u := r.use(from.Name); u.readers == 0 && u.passed == 1 {
		to.label = from.label
	}
	switch n.op {
	case "Cast": // widening changes no value
		if !from.Type.Readable() || n.to != 1 {
			to.Type = "the result of a Cast that changes its values"
		}
	case "Transpose":
		if err := transpose(&to.Tensor, n.perm); err != nil {
			return fmt.Errorf("the Transpose of %s: %w", stored.Quote(from.Name), err)
		}
	case "DequantizeLinear":
		to.label = strings.TrimSuffix(to.label, "_quantized")
		if err := r.dequantize(to, n); err != nil {
			return fmt.Errorf("the DequantizeLinear of %s: %w", stored.Quote(from.Name), err)
		}
	}
	return r.define(to)
}

// transpose reorders a tensor's dimensions as the attribute perm says, or reverses them without one.
func transpose(t *stored.Tensor, perm []int64) error {
	if perm == nil {
		for i := range t.Shape {
			perm = append(perm, int64(len(t.Shape)-1-i))
		}
	}
	sorted := slices.Clone(perm)
	slices.Sort(sorted)
	isOrder := len(perm) == len(t.Shape)
	for i, p := range sorted {
		isOrder = isOrder && p == int64(i)
	}
	if !isOrder {
		return fmt.Errorf("%s is no order of %d dimensions", stored.Brief(perm), len(t.Shape))
	}
	permute(t, perm)
	return nil
}

// permute reorders dimensions by their strides; the elements stay where they are.
func permute(t *stored.Tensor, perm []int64) {
	stride := t.Stride
	if stride == nil {
		stride = make([]int64, len(t.Shape))
		step := int64(1)
		for i := len(t.Shape) - 1; i >= 0; i-- {
			stride[i] = step
			step *= max(t.Shape[i], 1)
		}
	}
	shape, strides := make([]int64, len(perm)), make([]int64, len(perm))
	for i, p := range perm {
		shape[i], strides[i] = t.Shape[p], stride[p]
	}
	t.Shape, t.Stride = shape, strides
}

// integers are the types that DequantizeLinear widens, and how an element is read.
var integers = map[stored.Type]func(raw []byte) int64{
	"I8":  func(raw []byte) int64 { return int64(int8(raw[0])) },
	"U8":  func(raw []byte) int64 { return int64(raw[0]) },
	"I16": func(raw []byte) int64 { return int64(int16(binary.LittleEndian.Uint16(raw))) },
	"U16": func(raw []byte) int64 { return int64(binary.LittleEndian.Uint16(raw)) },
	"I32": func(raw []byte) int64 { return int64(int32(binary.LittleEndian.Uint32(raw))) },
}

// dequantize makes a tensor of integers one of numbers: (integer - zero point) × scale, in float32, with one scale
// and zero point for all elements or for each index of the axis.
func (r *reader) dequantize(t *constant, n *node) error {
	var scale, zero *constant
	if len(n.inputs) > 1 {
		scale = r.constants[n.inputs[1]]
	}
	if len(n.inputs) > 2 && n.inputs[2] != "" {
		if zero = r.constants[n.inputs[2]]; zero == nil {
			return errors.New("its zero point is no constant")
		}
	}
	axis := n.axis
	if axis < 0 {
		axis += int64(len(t.Shape))
	}
	channels, inner := int64(1), int64(1)
	switch {
	case scale == nil:
		return errors.New("its scale is no constant")
	case integers[t.Type] == nil || t.Stride != nil || scale.Type != stored.F32 || n.block != 0:
		// Other widths, blocks and 8-bit floats: who asks for the values hears of it.
		t.Type = stored.Type(fmt.Sprintf("%s, quantized with scales of type %s in blocks of %d", t.Type, scale.Type,
			n.block))
		return nil
	case len(scale.Shape) == 1 && axis >= 0 && axis < int64(len(t.Shape)) && scale.Shape[0] == t.Shape[axis]:
		channels = t.Shape[axis]
		for _, d := range t.Shape[axis+1:] {
			inner *= max(d, 1)
		}
	case len(scale.Shape) == 0 || len(scale.Shape) == 1 && scale.Shape[0] == 1:
	default:
		return fmt.Errorf("its scale of shape %s fits no dimension of %s", stored.Brief(scale.Shape),
			stored.Brief(t.Shape))
	}
	if zero != nil && (zero.Type != t.Type || !slices.Equal(zero.Shape, scale.Shape)) {
		return fmt.Errorf("its zero point %s %s is not as its scale %s",
			zero.Type, stored.Brief(zero.Shape), stored.Brief(scale.Shape))
	}
	t.Open = dequantized(t.Tensor, &scale.Tensor, zero, channels, inner)
	t.Type = stored.F32
	return nil
}

// dequantized opens the numbers of integers. Element i has the scale of index i / inner of the axis.
func dequantized(t stored.Tensor, scale *stored.Tensor, zero *constant, channels, inner int64) func() (io.ReadCloser,
	error) {
	width, integer := int(t.Type.Size()), integers[t.Type]
	return func() (io.ReadCloser, error) {
		scales, err := scale.Values()
		if err != nil {
			return nil, err
		}
		zeros := make([]int64, len(scales))
		if zero != nil {
			in, err := zero.Open()
			if err != nil {
				return nil, err
			}
			defer in.Close()
			raw := make([]byte, width)
			for i := range zeros {
				if _, err := io.ReadFull(in, raw); err != nil {
					return nil, fmt.Errorf("has a truncated zero point")
				}
				zeros[i] = integer(raw)
			}
		}
		number := func(i int64, raw []byte) float32 {
			c := i / inner % channels
			return float32(integer(raw)-zeros[c]) * scales[c]
		}
		return stored.Converted(t.Open, width, number)()
	}
}
