package onnx

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// node is an operation, as far as weights need it.
type node struct {
	op      string
	inputs  []string
	outputs []string
	perm    []int64 // of Transpose
	axis    int64   // of DequantizeLinear
	block   int64   // of DequantizeLinear
	to      int64   // of Cast: the type
	transB  bool    // of Gemm
	value   *field  // of Constant: its tensor
	epsilon float32 // of BatchNormalization
	pads    []int64 // of Conv, and of Pad where it is no input
	auto    string  // of Conv: auto_pad
}

// passing are the operations that a constant can go through and be a weight still. Those that change the shape alone
// leave the elements in their order: the tensor is given with the shape that it has in the file.
var passing = map[string]bool{
	"Identity": true, "Cast": true, "Transpose": true, "DequantizeLinear": true,
	"Reshape": true, "Unsqueeze": true, "Squeeze": true, "Flatten": true,
}

// layers are the operations whose constant inputs are parameters however few elements they have.
var layers = map[string]bool{
	"Conv": true, "ConvTranspose": true, "Gemm": true, "MatMul": true, "BatchNormalization": true, "PRelu": true,
	"InstanceNormalization": true, "LayerNormalization": true, "GroupNormalization": true,
}

// settings are the operations whose constant inputs say how to compute: bounds, scales, amounts.
var settings = map[string]bool{
	"Clip": true, "Resize": true, "Upsample": true, "Pad": true, "Dropout": true, "QuantizeLinear": true,
	"DequantizeLinear": true, "NonMaxSuppression": true, "OneHot": true,
}

// use is how operations read the values of one name. Those that a constant passes through do not count as readers.
type use struct {
	place   int // the first reader's, counted in inputs of operations
	readers int
	passed  int // the operations that it passes through
	kinds   useKind
	layer   *node // the convolution or batch norm that read it first as its parameter
}

type useKind uint8

const (
	byLayer   useKind = 1 << iota
	asKernel          // of Conv: [out, in, height, width]
	asColumns         // the second operand of MatMul, or Gemm's that is not transposed: [in, out]
	asRows            // Gemm's that is: [out, in]
	asSetting
	byOther
)

// maxUses bounds the names of values that are remembered.
const maxUses = 1 << 18

// of returns how a name is used. Beyond maxUses, what is said of a new name is forgotten.
func (r *reader) use(name string) *use {
	u := r.uses[name]
	if u == nil {
		u = &use{}
		if len(r.uses) < maxUses {
			r.uses[name] = u
		}
	}
	return u
}

// read remembers that an operation reads its inputs.
func (r *reader) read(n *node) {
	for i, name := range n.inputs {
		u := r.use(name)
		r.places++
		if u.readers++; u.readers == 1 {
			u.place = r.places
		}
		if u.readers == 1 && (n.op == "Conv" && i == 1 || n.op == "BatchNormalization" && i > 0) {
			u.layer = n
		}
		switch {
		case i == 1 && (n.op == "MatMul" || n.op == "Gemm" && !n.transB):
			u.kinds |= asColumns
		case i == 1 && n.op == "Gemm":
			u.kinds |= asRows
		case i == 1 && n.op == "Conv":
			u.kinds |= asKernel
		case settings[n.op]:
			u.kinds |= asSetting
		case layers[n.op]:
			u.kinds |= byLayer
		default:
			u.kinds |= byOther
		}
	}
}

// node reads a NodeProto and remembers what it reads, defines or passes on.
func (r *reader) node(m *message) error {
	n, err := parseNode(m)
	if err != nil {
		return err
	}
	if slices.Contains(rearranging, n.op) && len(n.outputs) == 1 && len(n.inputs) > 0 && len(r.rearranged) < maxUses {
		r.rearranged[n.outputs[0]] = n
	}
	switch {
	case n.op == "Constant" && n.value != nil && len(n.outputs) == 1:
		inner, err := m.inner(*n.value)
		if err != nil {
			return err
		}
		t, err := r.tensor(inner)
		if err != nil {
			return err
		}
		t.Name = n.outputs[0]
		return r.define(&constant{Tensor: t, label: t.Name, derived: true})
	case passing[n.op] && len(n.outputs) == 1 && len(n.inputs) > 0:
		if len(r.passes) == maxTensors {
			return fmt.Errorf("the model has over %d such operations, the limit", maxTensors)
		}
		r.passes = append(r.passes, n)
		for _, name := range n.inputs {
			r.use(name).passed++
		}
		return nil
	}
	if n.op == "Pad" && len(n.outputs) == 1 && len(r.padded) < maxUses {
		r.padded[n.outputs[0]] = n
	}
	r.operations[n.op] = true
	r.read(n)
	return nil
}

// maxInputs bounds the names that are read of one operation.
const maxInputs = 1 << 16

func parseNode(m *message) (*node, error) {
	n := &node{axis: 1, epsilon: 1e-5}
	for {
		f, ok, err := m.next()
		if err != nil || !ok {
			return n, err
		}
		switch f.number {
		case 1, 2: // input, output
			name, err := m.text(f)
			if err != nil {
				return n, err
			}
			if len(n.inputs)+len(n.outputs) == maxInputs {
				return n, fmt.Errorf("it has over %d inputs and outputs", maxInputs)
			}
			if f.number == 1 {
				n.inputs = append(n.inputs, name)
			} else {
				n.outputs = append(n.outputs, name)
			}
		case 4:
			n.op, err = m.text(f)
		case 5:
			err = n.attribute(m, f)
		}
		if err != nil {
			return n, err
		}
	}
}

// attribute is an AttributeProto, as far as it is of interest.
type attribute struct {
	name, text string
	number     int64
	fraction   float32
	numbers    []int64
	tensor     *field
}

// attribute reads an attribute of the node: its name, and the field that its type says.
func (n *node) attribute(m *message, f field) error {
	inner, err := m.inner(f)
	if err != nil {
		return err
	}
	var a attribute
	for {
		f, ok, err := inner.next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if err := a.read(inner, f); err != nil {
			return err
		}
	}
	switch a.name {
	case "perm":
		n.perm = a.numbers
	case "epsilon":
		n.epsilon = a.fraction
	case "pads":
		n.pads = a.numbers
	case "auto_pad":
		n.auto = a.text
	case "axis":
		n.axis = a.number
	case "block_size":
		n.block = a.number
	case "to":
		n.to = a.number
	case "transB":
		n.transB = a.number != 0
	case "value":
		n.value = a.tensor
	}
	return nil
}

// read reads one field of the attribute's message. The name comes first.
func (a *attribute) read(m *message, f field) (err error) {
	switch f.number {
	case 1:
		a.name, err = m.text(f)
	case 2:
		if f.kind == protowire.Fixed32Type {
			a.fraction, err = m.float(f)
		}
	case 3:
		a.number = int64(f.value)
	case 4:
		if a.name == "auto_pad" {
			a.text, err = m.text(f)
		}
	case 5:
		if f.kind == protowire.BytesType {
			a.tensor = &f
		}
	case 8:
		if a.name == "perm" || a.name == "pads" { // others are long at times, and of no interest
			err = dims(m, f, &a.numbers)
		}
	}
	return err
}

// define adds a constant of a new name.
func (r *reader) define(c *constant) error {
	if r.constants[c.Name] != nil {
		return fmt.Errorf("the initializer %s occurs twice", stored.Quote(c.Name))
	}
	if len(r.order) == maxTensors {
		return fmt.Errorf("the model has over %d initializers, the limit", maxTensors)
	}
	r.constants[c.Name] = c
	r.order = append(r.order, c)
	return nil
}
