package verify

import "fmt"

// Operators lists the operators that are known here.
func Operators() map[string]bool {
	names := map[string]bool{}
	for name := range operators() {
		names[name] = true
	}
	return names
}

// DecodeTensor reads a TensorProto.
func DecodeTensor(data []byte) (Array, error) {
	var t Tensor
	if err := fields(data, "tensor", t.decodeField); err != nil {
		return Array{}, err
	}
	if err := t.check(); err != nil {
		return Array{}, err
	}
	return t.array(), nil
}

// ValueOf makes a value of a known shape.
func ValueOf(name string, kind ElementType, shape []int64) Value {
	v := Value{Name: name, Type: kind, hasShape: true}
	for _, d := range shape {
		v.Dims = append(v.Dims, Dim{Size: d, known: true})
	}
	return v
}

// FloatOf returns the number that has these bits.
func FloatOf(t ElementType, bits uint64) float64 { return t.float(bits) }

// Padding returns what auto_pad makes of a window's padding on one axis.
func Padding(mode string, in, reach, stride int64) (before, after int64, err error) {
	c := &call{node: &Node{Attributes: []Attribute{{Name: "auto_pad", Text: mode}}}}
	return c.padding(in, reach, stride, 7, 9)
}

// Outside makes a tensor whose data lie in another file.
func Outside(kind ElementType, dims []int64, location, offset string) Tensor {
	return Tensor{
		Name:     "t",
		Type:     kind,
		Dims:     dims,
		outside:  true,
		external: map[string]string{"location": location, "offset": offset},
	}
}

// Form describes an operator as the table has it with an opset. It is false where the operator is not covered there.
func Form(name string, opset int64) (form string, known bool) {
	op := operators()[name]
	if opset < op.exists {
		return "", true
	}
	if opset < op.since {
		return "", false
	}
	kinds := map[Kind]string{IntKind: "int", IntsKind: "ints", FloatKind: "float", TextKind: "text"}
	attributes := map[string]string{}
	for name, a := range op.attributes {
		if a.from <= opset && (a.until == 0 || opset < a.until) {
			attributes[name] = kinds[a.kind]
		}
	}
	in, out := op.inputs.at(opset), op.outputs.at(opset)
	return fmt.Sprintf("in [%d %d] out [%d %d] integers %t bf16 %t %v", in.least, in.most, out.least, out.most,
		op.integers > 0 && op.integers <= opset, op.bfloat16 <= opset, attributes), true
}
