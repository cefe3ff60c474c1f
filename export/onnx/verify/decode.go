package verify

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// The wire format of onnx.proto: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. Fields that netc never writes
// are passed over; Check notices where they would matter.

// Decode reads a ModelProto. The model refers to data, which must not change.
func Decode(data []byte) (*Model, error) {
	m := &Model{}
	seen := false
	err := fields(data, "model", func(f field) error {
		switch f.number {
		case 1:
			return f.int(&m.IRVersion)
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
		if o.domain == "" || o.domain == "ai.onnx" {
			m.Opset = o.version
		}
	}
	return m, nil
}

// field is one field of a message.
type field struct {
	number protowire.Number
	kind   protowire.Type
	value  uint64 // of a varint or a fixed number
	bytes  []byte
}

// fields calls visit for every field of a message.
func fields(data []byte, where string, visit func(field) error) error {
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return fmt.Errorf("%s: damaged: %w", where, protowire.ParseError(n))
		}
		data = data[n:]
		f := field{number: number, kind: kind}
		switch kind {
		case protowire.VarintType:
			f.value, n = protowire.ConsumeVarint(data)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(data)
			f.value = uint64(v)
		case protowire.Fixed64Type:
			f.value, n = protowire.ConsumeFixed64(data)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(data)
		default:
			n = protowire.ConsumeFieldValue(number, kind, data)
		}
		if n < 0 {
			return fmt.Errorf("%s: damaged: %w", where, protowire.ParseError(n))
		}
		data = data[n:]
		if err := visit(f); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
	}
	return nil
}

var errKind = errors.New("damaged: a field has another type than ONNX gives it")

func (f field) int(v *int64) error {
	if f.kind != protowire.VarintType {
		return errKind
	}
	*v = int64(f.value)
	return nil
}

func (f field) float(v *float32) error {
	if f.kind != protowire.Fixed32Type {
		return errKind
	}
	*v = math.Float32frombits(uint32(f.value))
	return nil
}

func (f field) text(v *string) error {
	if f.kind != protowire.BytesType {
		return errKind
	}
	if !utf8.Valid(f.bytes) {
		return errors.New("damaged: a text is not UTF-8")
	}
	*v = string(f.bytes)
	return nil
}

func (f field) texts(list *[]string) error {
	var v string
	err := f.text(&v)
	*list = append(*list, v)
	return err
}

// ints reads a repeated integer, packed or not.
func (f field) ints(list *[]int64) error {
	if f.kind == protowire.VarintType {
		*list = append(*list, int64(f.value))
		return nil
	}
	if f.kind != protowire.BytesType {
		return errKind
	}
	for data := f.bytes; len(data) > 0; {
		v, n := protowire.ConsumeVarint(data)
		if n < 0 {
			return fmt.Errorf("damaged: %w", protowire.ParseError(n))
		}
		*list = append(*list, int64(v))
		data = data[n:]
	}
	return nil
}

func (f field) message(where string, visit func(field) error) error {
	if f.kind != protowire.BytesType {
		return errKind
	}
	return fields(f.bytes, where, visit)
}

// pair reads a StringStringEntryProto.
func (f field) pair(where string, key, value *string) error {
	return f.message(where, func(f field) error {
		switch f.number {
		case 1:
			return f.text(key)
		case 2:
			return f.text(value)
		}
		return nil
	})
}

func (g *Graph) decode(f field) error {
	return f.message("graph", func(f field) error {
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
			return errors.New("sparse initializers are not read")
		}
		return nil
	})
}

func (n *Node) decode(f field, where string) error {
	return f.message(where, func(f field) error {
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
	return f.message(where, func(f field) error {
		switch f.number {
		case 1:
			return f.ints(&t.Dims)
		case 2:
			return f.int((*int64)(&t.Type))
		case 4, 5, 6, 10, 11:
			return errors.New("only raw data and int64_data are read")
		case 7:
			return f.ints(&t.Ints)
		case 8:
			return f.text(&t.Name)
		case 9:
			if f.kind != protowire.BytesType {
				return errKind
			}
			t.Raw = f.bytes
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
	})
}

func decodeValue(f field, list *[]Value) error {
	var v Value
	err := f.message(fmt.Sprintf("value info %d", len(*list)), func(f field) error {
		switch f.number {
		case 1:
			return f.text(&v.Name)
		case 2:
			return f.message("type", func(f field) error {
				if f.number != 1 {
					return errors.New("only tensors are read")
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
				if f.number != 1 {
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
