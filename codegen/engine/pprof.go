package engine

import (
	"encoding/binary"
	"io"
	"strings"
)

// WriteTo writes the profile in the form that go tool pprof reads (proto/profile.proto of github.com/google/pprof),
// with the parts of layers' names as the functions that call each other: stage3 calls stage3.1, which calls
// stage3.1.conv. It has four kinds of samples: inferences, time, flops (floating-point operations) and bytes (read
// and written).
func (p Profile) WriteTo(w io.Writer) (int64, error) {
	e := profileEncoder{strings: map[string]uint64{}, functions: map[string]uint64{}}
	e.intern("")
	kinds := []string{"inferences", "count", "time", "nanoseconds", "flops", "count", "bytes", "bytes"}
	for i := 0; i < len(kinds); i += 2 {
		e.message(1, varint(1, e.intern(kinds[i])), varint(2, e.intern(kinds[i+1])))
	}
	e.field(varint(14, e.intern("time")))
	for _, l := range p.Layers {
		runs := int64(p.Inferences)
		e.message(2, varints(1, e.stack(l)), varints(2, []uint64{
			uint64(runs), uint64(l.Time.Nanoseconds()), uint64(runs * l.FLOPs), uint64(runs * l.Bytes),
		}))
	}
	e.field(varint(10, uint64(p.Time().Nanoseconds())))
	for _, s := range e.table {
		e.field(lengthy(6, []byte(s)))
	}
	n, err := w.Write(e.out)
	return int64(n), err
}

// profileEncoder writes protocol buffers.
type profileEncoder struct {
	out       []byte
	table     []string
	strings   map[string]uint64
	functions map[string]uint64 // and locations, of which each has one
}

// stack returns the locations of a layer and the parts that it belongs to, the innermost first.
func (e *profileEncoder) stack(l Layer) []uint64 {
	stack := []uint64{e.function(l.Name, l.Name+": "+l.What)}
	for name := l.Name; ; {
		at := strings.LastIndexByte(name, '.')
		if at < 0 {
			return stack
		}
		name = name[:at]
		stack = append(stack, e.function(name+".", name))
	}
}

// function returns the number of a function, and writes it when it is new.
func (e *profileEncoder) function(key, name string) uint64 {
	if id, ok := e.functions[key]; ok {
		return id
	}
	id := uint64(len(e.functions) + 1)
	e.functions[key] = id
	e.message(5, varint(1, id), varint(2, e.intern(name)), varint(3, e.intern(name)))
	e.message(4, varint(1, id), lengthy(4, varint(1, id)))
	return id
}

// intern returns the place of a string in the table.
func (e *profileEncoder) intern(s string) uint64 {
	at, ok := e.strings[s]
	if !ok {
		at = uint64(len(e.table))
		e.strings[s] = at
		e.table = append(e.table, s)
	}
	return at
}

func (e *profileEncoder) field(encoded []byte) { e.out = append(e.out, encoded...) }

// message writes a message's fields as one field.
func (e *profileEncoder) message(field int, fields ...[]byte) {
	var all []byte
	for _, f := range fields {
		all = append(all, f...)
	}
	e.field(lengthy(field, all))
}

// The fields of protocol buffers: numbers, and what has a length.
const (
	varintField = 0
	lengthField = 2
)

func varint(field int, value uint64) []byte {
	return binary.AppendUvarint([]byte{byte(field<<3 | varintField)}, value)
}

func lengthy(field int, value []byte) []byte {
	return append(binary.AppendUvarint([]byte{byte(field<<3 | lengthField)}, uint64(len(value))), value...)
}

func varints(field int, values []uint64) []byte {
	var all []byte
	for _, v := range values {
		all = binary.AppendUvarint(all, v)
	}
	return lengthy(field, all)
}
