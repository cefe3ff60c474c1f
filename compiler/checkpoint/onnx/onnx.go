// Package onnx finds the weights of an ONNX model, whichever program wrote it.
//
// Weights are initializers, or stand in Constant nodes (paddle2onnx writes them so), and may pass through Identity,
// Cast, Reshape, Transpose and DequantizeLinear on their way to the operation that uses them. A model comes in; the
// constant tensors as its operations see them go out, each in the order of its first use. Nothing is computed before a
// value is asked for.
//
//	onnx.go       reads the graph and its tensors
//	nodes.go      what each operation reads, and the nodes that constants pass through
//	constants.go  from both, the weights
//
// Field numbers are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
package onnx

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// Sniff reports whether a file that starts with head may be an ONNX model: protobuf has no magic number, but a model
// starts with its version and goes on with one of few fields.
func Sniff(head []byte) bool {
	if len(head) < 3 || head[0] != 0x08 || head[1] == 0 || head[1] > 32 {
		return false
	}
	switch head[2] {
	case 0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72:
		return true
	}
	return false
}

// OpenFile opens a file beside the model, where values may lie.
type OpenFile func(name string) (r io.ReaderAt, size int64, err error)

// maxTensors bounds the constants of a model.
const maxTensors = 1 << 17

// Read returns the weights in the order in which the model's operations use them: exporters write them in any order.
// What none uses comes last, in the order of the file. passed names constants that are settings of operations, such
// as the bounds of Clip.
func Read(f io.ReaderAt, size int64, open OpenFile) (state stored.State, err error) {
	r := &reader{open: open, constants: map[string]*constant{}, outside: map[string]*outside{}, uses: map[string]*use{},
		padded: map[string]*node{}, rearranged: map[string]*node{}, operations: map[string]bool{}}
	model := &message{r: f, end: size}
	graphs := 0
	for {
		field, ok, err := model.next()
		if err != nil {
			return state, err
		}
		if !ok {
			break
		}
		if field.number == 7 {
			graph, err := model.inner(field)
			if err != nil {
				return state, err
			}
			if err := r.graph(graph); err != nil {
				return state, err
			}
			graphs++
		}
	}
	if graphs != 1 {
		return state, fmt.Errorf("not an ONNX model: it has %d graphs", graphs)
	}
	if err := r.checkOutside(); err != nil {
		return state, err
	}
	if state.Tensors, state.Passed, err = r.weights(); err != nil {
		return state, err
	}
	state.Input = r.image()
	state.Operations = slices.Sorted(maps.Keys(r.operations))
	return state, nil
}

// reader gathers what a graph has: constants by name, and how operations use the values of each name.
type reader struct {
	open      OpenFile
	constants map[string]*constant
	order     []*constant // the constants in the order of the file
	passes    []*node     // nodes that a constant may pass through, in the order of the file
	uses      map[string]*use
	places    int // operations' inputs so far
	outside   map[string]*outside
	// channelsLast says that the model turns images to rows, columns, channels, as those do that come from TensorFlow.
	channelsLast bool
	padded       map[string]*node // the Pad that makes a value
	rearranged   map[string]*node // the operation that makes it, of those that make pads
	operations   map[string]bool
	inputs       []input // of the graph: older models list initializers there too
}

func (r *reader) graph(g *message) error {
	for {
		field, ok, err := g.next()
		if err != nil || !ok {
			return err
		}
		switch field.number {
		case 1:
			inner, err := g.inner(field)
			if err != nil {
				return err
			}
			if err := r.node(inner); err != nil {
				return fmt.Errorf("the operation at byte %d: %w", field.from, err)
			}
		case 5:
			inner, err := g.inner(field)
			if err != nil {
				return err
			}
			t, err := r.tensor(inner)
			if err != nil {
				return fmt.Errorf("the initializer at byte %d: %w", field.from, err)
			}
			if err := r.define(&constant{Tensor: t, label: t.Name}); err != nil {
				return err
			}
		case 11:
			if err := r.input(g, field); err != nil {
				return fmt.Errorf("the input at byte %d: %w", field.from, err)
			}
		case 15:
			return errors.New("the model has sparse initializers, which cannot be read")
		}
	}
}

var kinds = map[uint64]stored.Type{
	1: stored.F32, 2: "U8", 3: "I8", 4: "U16", 5: "I16", 6: "I32", 7: "I64", 9: "BOOL", 10: stored.F16, 11: stored.F64,
	12: "U32", 13: "U64",
	14: "C64", 15: "C128", 16: stored.BF16, 17: "F8_E4M3", 19: "F8_E5M2",
}

// values is where a tensor's values are: in at most one of the fields.
type values struct {
	raw, typed  *field
	typedNumber int
	external    map[string]string
	isExternal  bool
}

// tensor reads one TensorProto.
func (r *reader) tensor(m *message) (t stored.Tensor, err error) {
	var v values
	kind := uint64(0)
	for {
		f, ok, err := m.next()
		if err != nil {
			return t, err
		}
		if !ok {
			break
		}
		switch f.number {
		case 1:
			err = dims(m, f, &t.Shape)
		case 2:
			kind = f.value
		case 3:
			err = errors.New("it is a segment of a tensor that is stored in pieces, which cannot be read")
		case 8:
			t.Name, err = m.text(f)
		case 9:
			if v.raw != nil {
				err = errors.New("it has raw_data twice")
			}
			v.raw = &f
		case 4, 5, 10: // float_data, int32_data, double_data
			if v.typed != nil {
				err = errors.New("its values are in several pieces")
			}
			v.typed, v.typedNumber = &f, int(f.number)
		case 13:
			err = external(m, f, &v)
		case 14:
			v.isExternal = f.value == 1
		}
		if err != nil {
			return t, err
		}
	}
	var ok bool
	if t.Type, ok = kinds[kind]; !ok {
		return t, fmt.Errorf("tensor %s has the unknown type %d", stored.Quote(t.Name), kind)
	}
	if err := r.locate(m, &t, v); err != nil {
		return t, fmt.Errorf("tensor %s %w", stored.Quote(t.Name), err)
	}
	return t, nil
}

// locate finds the values and checks that they are as many as the shape needs.
func (r *reader) locate(m *message, t *stored.Tensor, v values) error {
	n, err := stored.Elements(t.Shape)
	if err != nil {
		return err
	}
	need := n * t.Type.Size()
	if v.isExternal {
		return r.locateOutside(t, v, need)
	}
	switch {
	case v.raw != nil && v.typed != nil:
		return errors.New("has its values twice")
	case v.raw != nil:
		if have := v.raw.to - v.raw.from; have != need {
			return fmt.Errorf("of shape %s needs %d bytes, but has %d", stored.Brief(t.Shape), need, have)
		}
		t.Open = stored.Section(m.r, v.raw.from, need)
	case v.typed != nil && (v.typedNumber == 4 && t.Type == stored.F32 || v.typedNumber == 10 && t.Type == stored.F64):
		if have := v.typed.to - v.typed.from; have != need {
			return fmt.Errorf("of shape %s needs %d bytes, but has %d", stored.Brief(t.Shape), need, have)
		}
		t.Open = stored.Section(m.r, v.typed.from, need)
	case v.typed != nil && v.typedNumber == 5 && varints[t.Type] != nil:
		t.Open = narrow(m.r, *v.typed, t.Type)
	case t.Type.Readable() && need > 0:
		return fmt.Errorf("of shape %s has no values", stored.Brief(t.Shape))
	default: // integers in fields of their own, and empty tensors: nothing asks for their values
		t.Open = func() (io.ReadCloser, error) { return nil, errors.New("is of a type that cannot be read") }
	}
	return nil
}
