package verify

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// The messages of onnx.proto: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. Fields that are not read here
// are passed over; Check notices where they would matter.

// Decode reads a ModelProto. The model refers to data, which must not change.
func Decode(data []byte) (*Model, error) {
	m := &Model{}
	seen := false
	err := fields(data, "model", func(f field) error {
		if f.number == 1 {
			return f.int(&m.IRVersion)
		}
		if f.kind != protowire.BytesType {
			return nil
		}
		switch f.number {
		case 2:
			return f.text(&m.Producer)
		case 3:
			return f.text(&m.ProducerVersion)
		case 7:
			if seen {
				return errors.New("it has two graphs")
			}
			seen = true
			return m.Graph.decode(f)
		case 8:
			var o opsetImport
			defer func() { m.opsets = append(m.opsets, o) }()
			return f.message("opset_import", func(f field) error {
				switch f.number {
				case 1:
					return f.text(&o.domain)
				case 2:
					return f.int(&o.version)
				}
				return nil
			})
		case 14:
			var p Property
			err := f.pair("metadata_props", &p.Key, &p.Value)
			m.Properties = append(m.Properties, p)
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !seen {
		return nil, errors.New("this is no ONNX model: it has no graph")
	}
	for _, o := range m.opsets {
		if isDefaultDomain(o.domain) {
			m.Opset = o.version
		}
	}
	return m, nil
}

// isDefaultDomain reports whether a domain is that of ONNX's own operators, which has two names.
func isDefaultDomain(domain string) bool { return domain == "" || domain == "ai.onnx" }

func (g *Graph) decode(f field) error {
	return f.message("graph", func(f field) error {
		if f.kind != protowire.BytesType {
			return nil
		}
		switch f.number {
		case 1:
			var n Node
			err := n.decode(f, fmt.Sprintf("node %d", len(g.Nodes)))
			g.Nodes = append(g.Nodes, n)
			return err
		case 2:
			return f.text(&g.Name)
		case 5:
			var t Tensor
			err := t.decode(f, fmt.Sprintf("initializer %d", len(g.Initializers)))
			g.Initializers = append(g.Initializers, t)
			return err
		case 11:
			return decodeValue(f, &g.Inputs)
		case 12:
			return decodeValue(f, &g.Outputs)
		case 13:
			return decodeValue(f, &g.Infos)
		case 15:
			g.sparse = true
		}
		return nil
	})
}

func (n *Node) decode(f field, where string) error {
	return f.message(where, func(f field) error {
		if f.kind != protowire.BytesType {
			return nil
		}
		switch f.number {
		case 1:
			return f.texts(&n.Inputs)
		case 2:
			return f.texts(&n.Outputs)
		case 3:
			return f.text(&n.Name)
		case 4:
			return f.text(&n.Operator)
		case 5:
			var a Attribute
			err := a.decode(f)
			n.Attributes = append(n.Attributes, a)
			return err
		case 7:
			return f.text(&n.Domain)
		}
		return nil
	})
}

func (a *Attribute) decode(f field) error {
	return f.message("attribute", func(f field) error {
		switch f.number {
		case 1:
			return f.text(&a.Name)
		case 2:
			return f.float(&a.Float)
		case 3:
			return f.int(&a.Int)
		case 4:
			return f.text(&a.Text)
		case 8:
			return f.ints(&a.Ints)
		case 20:
			return f.int((*int64)(&a.Kind))
		}
		return nil
	})
}

func (t *Tensor) decode(f field, where string) error {
	return f.message(where, t.decodeField)
}

func (t *Tensor) decodeField(f field) error {
	switch f.number {
	case 1:
		return f.ints(&t.Dims)
	case 2:
		return f.int((*int64)(&t.Type))
	case 4: // float_data: of fp32
		return f.fixed(4, &t.listed)
	case 10: // double_data: of fp64
		return f.fixed(8, &t.listed)
	case 5, 7, 11: // int32_data, int64_data, uint64_data: the first has 16-bit floats, by their bits, too
		return f.ints(&t.Ints)
	case 8:
		return f.text(&t.Name)
	case 9:
		if f.kind == protowire.BytesType {
			t.Raw = f.bytes[:len(f.bytes):len(f.bytes)]
		}
	case 13:
		var key, value string
		if err := f.pair("external_data", &key, &value); err != nil {
			return err
		}
		if t.external == nil {
			t.external = map[string]string{}
		}
		t.external[key] = value
	case 14:
		var location int64
		err := f.int(&location)
		t.outside = location == 1
		return err
	}
	return nil
}

// decodeValue reads a ValueInfoProto. What is no tensor, such as a sequence, has no element type then.
func decodeValue(f field, list *[]Value) error {
	var v Value
	err := f.message(fmt.Sprintf("value info %d", len(*list)), func(f field) error {
		switch f.number {
		case 1:
			return f.text(&v.Name)
		case 2:
			return f.message("type", func(f field) error {
				if f.number != 1 {
					return nil
				}
				return v.decodeTensorType(f)
			})
		}
		return nil
	})
	*list = append(*list, v)
	return err
}

func (v *Value) decodeTensorType(f field) error {
	return f.message("tensor type", func(f field) error {
		switch f.number {
		case 1:
			return f.int((*int64)(&v.Type))
		case 2:
			v.hasShape = true
			return f.message("shape", func(f field) error {
				if f.number != 1 || f.kind != protowire.BytesType {
					return nil
				}
				var d Dim
				err := f.message("dim", func(f field) error {
					switch f.number {
					case 1:
						d.known = true
						return f.int(&d.Size)
					case 2:
						return f.text(&d.Symbol)
					}
					return nil
				})
				v.Dims = append(v.Dims, d)
				return err
			})
		}
		return nil
	})
}
