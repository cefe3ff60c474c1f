package onnx

// input is one input of the graph.
type input struct {
	name string
	dims []int64 // 0 for one that is open
}

// maxInputDims bounds the dimensions that are remembered of an input, and how many inputs are.
const maxInputDims = 8

// input reads a ValueInfoProto:
//
//	name: 1, type: 2 { tensor_type: 1 { shape: 2 { dim: 1 { dim_value: 1 } … } } }
func (r *reader) input(g *message, f field) error {
	if len(r.inputs) == maxTensors {
		return nil
	}
	var in input
	err := g.each(f, func(m *message, f field) (err error) {
		switch f.number {
		case 1:
			in.name, err = m.text(f)
		case 2:
			err = m.each(f, inside(1, inside(2, inside(1, func(m *message, f field) error {
				if f.number == 1 && len(in.dims) > 0 {
					in.dims[len(in.dims)-1] = int64(f.value)
				}
				return nil
			}, func() {
				if len(in.dims) < maxInputDims {
					in.dims = append(in.dims, 0)
				}
			}), nil), nil))
		}
		return err
	})
	r.inputs = append(r.inputs, in)
	return err
}

// inside returns what visits the fields of the messages in fields of a number. begin is called before each of them.
func inside(number int, visit func(m *message, f field) error, begin func()) func(m *message, f field) error {
	return func(m *message, f field) error {
		if int(f.number) != number {
			return nil
		}
		if begin != nil {
			begin()
		}
		return m.each(f, visit)
	}
}

// each visits the fields of the message in a field.
func (m *message) each(f field, visit func(m *message, f field) error) error {
	inner, err := m.inner(f)
	if err != nil {
		return err
	}
	for {
		f, ok, err := inner.next()
		if err != nil || !ok {
			return err
		}
		if err := visit(inner, f); err != nil {
			return err
		}
	}
}

// image returns the shape of the one input that is no initializer, or nil.
func (r *reader) image() (dims []int64) {
	found := 0
	for _, in := range r.inputs {
		if r.constants[in.name] == nil {
			dims = in.dims
			found++
		}
	}
	if found != 1 {
		return nil
	}
	return dims
}
