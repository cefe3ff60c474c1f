package verify

import (
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// field is one field of a message in protobuf's wire format (https://protobuf.dev/programming-guides/encoding).
type field struct {
	number protowire.Number
	kind   protowire.Type
	value  uint64 // of a varint or a fixed number
	bytes  []byte // of a text, a message or a packed list
}

// fields calls visit for every field of a message. where names the message in errors.
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

// A field whose wire type is not the one that ONNX gives it is passed over, as every protobuf reader does: for it,
// the field is one of another version of the format. What is missing then, Check finds.

func (f field) int(v *int64) error {
	if f.kind == protowire.VarintType {
		*v = int64(f.value)
	}
	return nil
}

func (f field) float(v *float32) error {
	if f.kind == protowire.Fixed32Type {
		*v = math.Float32frombits(uint32(f.value))
	}
	return nil
}

// text reads a string. ONNX is proto2, which leaves it to readers whether a string must be UTF-8; ONNX Runtime and
// ONNX's own checker take any bytes, and so do we.
func (f field) text(v *string) error {
	if f.kind == protowire.BytesType {
		*v = string(f.bytes)
	}
	return nil
}

func (f field) texts(list *[]string) error {
	if f.kind == protowire.BytesType {
		*list = append(*list, string(f.bytes))
	}
	return nil
}

// ints reads a repeated integer, packed or not.
func (f field) ints(list *[]int64) error {
	if f.kind == protowire.VarintType {
		*list = append(*list, int64(f.value))
		return nil
	}
	if f.kind != protowire.BytesType {
		return nil
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

// fixed appends the bytes of a repeated float (width 4) or double (width 8), packed or not, to list. They are
// little-endian, as raw data is.
func (f field) fixed(width int, list *[]byte) error {
	switch {
	case f.kind == protowire.BytesType && len(f.bytes)%width == 0:
		if *list == nil { // the usual case: nothing is copied
			*list = f.bytes[:len(f.bytes):len(f.bytes)]
			return nil
		}
		*list = append(*list, f.bytes...)
	case f.kind == protowire.Fixed32Type && width == 4:
		*list = protowire.AppendFixed32(*list, uint32(f.value))
	case f.kind == protowire.Fixed64Type && width == 8:
		*list = protowire.AppendFixed64(*list, f.value)
	case f.kind == protowire.BytesType:
		return errors.New("damaged: a list of numbers ends within one")
	}
	return nil
}

func (f field) message(where string, visit func(field) error) error {
	if f.kind != protowire.BytesType {
		return nil
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
