package tensorflow

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// entry is a BundleEntryProto.
type entry struct {
	dtype              uint64
	shape              []int64
	file, offset, size int64
	checksum           uint32
	sliced             bool
}

// types are TensorFlow's numbers for types of elements.
var types = map[uint64]stored.Type{
	1: stored.F32, 2: stored.F64, 3: "I32", 4: "U8", 5: "I16", 6: "I8", 8: "C64", 9: "I64", 10: "BOOL",
	11: "I8", 12: "U8", 13: "I32", 15: "I16", 16: "U16", // quantized
	14: stored.BF16, 17: "U16", 18: "C128", 19: stored.F16, 22: "U32", 23: "U64", 24: "F8_E5M2", 25: "F8_E4M3",
}

// textType is the type of strings: configurations, vocabularies.
const textType stored.Type = "a string"

func (e *entry) kind() stored.Type {
	t, ok := types[e.dtype]
	switch {
	case e.dtype == 7:
		return textType
	case e.sliced:
		return "stored in slices (a partitioned variable)"
	case !ok:
		return stored.Type(fmt.Sprint("TensorFlow's type ", e.dtype))
	}
	return t
}

// maxDimensions is TensorFlow's own limit.
const maxDimensions = 254

func parseEntry(value []byte) (e entry, err error) {
	err = fields(value, func(f protowire.Number, v uint64, inner []byte) error {
		switch f {
		case 1:
			e.dtype = v
		case 2:
			return e.readShape(inner)
		case 3:
			e.file = int64(v)
		case 4:
			e.offset = int64(v)
		case 5:
			e.size = int64(v)
		case 6:
			e.checksum = uint32(v)
		case 7:
			e.sliced = true
		}
		return nil
	})
	return e, err
}

// readShape reads a TensorShapeProto: dimensions (2), each with a size (1).
func (e *entry) readShape(shape []byte) error {
	return fields(shape, func(f protowire.Number, v uint64, inner []byte) error {
		switch {
		case f == 3 && v != 0:
			return errors.New("its shape is unknown")
		case f != 2:
			return nil
		case len(e.shape) == maxDimensions:
			return fmt.Errorf("it has over %d dimensions", maxDimensions)
		}
		size := int64(0)
		err := fields(inner, func(f protowire.Number, v uint64, _ []byte) error {
			if f == 1 {
				size = int64(v)
			}
			return nil
		})
		e.shape = append(e.shape, size)
		return err
	})
}

// fields visits the fields of a protobuf message: numbers, also of fixed size, and bytes.
func fields(message []byte, visit func(f protowire.Number, v uint64, inner []byte) error) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return errTruncated
		}
		message = message[n:]
		var v uint64
		var inner []byte
		switch kind {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(message)
		case protowire.Fixed32Type:
			var v32 uint32
			v32, n = protowire.ConsumeFixed32(message)
			v = uint64(v32)
		case protowire.Fixed64Type:
			v, n = protowire.ConsumeFixed64(message)
		case protowire.BytesType:
			inner, n = protowire.ConsumeBytes(message)
		default:
			return errTruncated // groups, which TensorFlow does not have
		}
		if n < 0 {
			return errTruncated
		}
		message = message[n:]
		if err := visit(number, v, inner); err != nil {
			return err
		}
	}
	return nil
}
