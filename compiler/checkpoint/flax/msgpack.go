package flax

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// Limits of a dictionary.
const (
	maxDepth   = 64
	maxValues  = 1 << 18
	maxText    = 1 << 12
	maxRank    = 64
	windowSize = 4096
)

var errTruncated = errors.New("it is truncated or damaged")

// reader reads MessagePack from a file. What is long stays there.
type reader struct {
	r        io.ReaderAt
	size, at int64
	values   int
	window   []byte // of the file from start on
	start    int64
}

// take returns the next n bytes, at most windowSize.
func (r *reader) take(n int64) ([]byte, error) {
	if n > r.size-r.at {
		return nil, fmt.Errorf("byte %d: %w", r.at, errTruncated)
	}
	if r.at < r.start || r.at+n > r.start+int64(len(r.window)) {
		window := make([]byte, min(windowSize, r.size-r.at))
		if _, err := r.r.ReadAt(window, r.at); err != nil && err != io.EOF {
			return nil, err
		}
		r.window, r.start = window, r.at
	}
	r.at += n
	return r.window[r.at-n-r.start:][:n], nil
}

// number reads a big-endian unsigned number of 1, 2, 4 or 8 bytes.
func (r *reader) number(width int64) (uint64, error) {
	b, err := r.take(width)
	if err != nil {
		return 0, err
	}
	var word [8]byte
	copy(word[8-width:], b)
	return binary.BigEndian.Uint64(word[:]), nil
}

// kind is what a value is.
type kind int

const (
	other kind = iota // nil, truth values, floats: none is asked for
	integer
	text
	bytes
	list
	dictionary
	extension
)

// head is the beginning of a value: its kind and its length, or the number that it is.
type head struct {
	kind   kind
	length int64 // of bytes, elements or entries
	number int64
	code   int8 // of an extension
}

// head reads the beginning of a value, so that its contents follow.
func (r *reader) head() (h head, err error) {
	first, err := r.number(1)
	if err != nil {
		return h, err
	}
	sized := func(k kind, width int64) (head, error) {
		n, err := r.number(width)
		return head{kind: k, length: int64(n)}, err
	}
	switch b := uint8(first); {
	case b <= 0x7f:
		return head{kind: integer, number: int64(b)}, nil
	case b <= 0x8f:
		return head{kind: dictionary, length: int64(b & 15)}, nil
	case b <= 0x9f:
		return head{kind: list, length: int64(b & 15)}, nil
	case b <= 0xbf:
		return head{kind: text, length: int64(b & 31)}, nil
	case b == 0xc0, b == 0xc2, b == 0xc3:
		return h, nil
	case b >= 0xc4 && b <= 0xc6:
		return sized(bytes, 1<<(b-0xc4))
	case b >= 0xc7 && b <= 0xc9:
		if h, err = sized(extension, 1<<(b-0xc7)); err != nil {
			return h, err
		}
		return r.coded(h)
	case b == 0xca, b == 0xcb:
		_, err = r.take(4 << (b - 0xca))
		return h, err
	case b >= 0xcc && b <= 0xcf:
		n, err := r.number(1 << (b - 0xcc))
		return head{kind: integer, number: int64(n)}, err
	case b >= 0xd0 && b <= 0xd3:
		width := int64(1) << (b - 0xd0)
		n, err := r.number(width)
		shift := 64 - 8*width
		return head{kind: integer, number: int64(n) << shift >> shift}, err
	case b >= 0xd4 && b <= 0xd8:
		return r.coded(head{kind: extension, length: 1 << (b - 0xd4)})
	case b >= 0xd9 && b <= 0xdb:
		return sized(text, 1<<(b-0xd9))
	case b == 0xdc, b == 0xdd:
		return sized(list, 2<<(b-0xdc))
	case b == 0xde, b == 0xdf:
		return sized(dictionary, 2<<(b-0xde))
	case b >= 0xe0:
		return head{kind: integer, number: int64(int8(b))}, nil
	}
	return h, fmt.Errorf("byte %d: the value begins with %#x, which nothing does: %w", r.at-1, first, errTruncated)
}

// coded reads the type of an extension.
func (r *reader) coded(h head) (head, error) {
	code, err := r.number(1)
	h.code = int8(code)
	return h, err
}

// pass passes over bytes.
func (r *reader) pass(n int64) error {
	if n < 0 || n > r.size-r.at {
		return fmt.Errorf("byte %d: %d bytes are more than the file has: %w", r.at, n, errTruncated)
	}
	r.at += n
	return nil
}

// text reads a string.
func (r *reader) text() (string, error) {
	at := r.at
	h, err := r.head()
	if err != nil {
		return "", err
	}
	if h.kind != text && h.kind != bytes || h.length > maxText {
		return "", fmt.Errorf("byte %d: a name is no text, or one of over %d bytes", at, maxText)
	}
	b, err := r.take(h.length)
	return string(b), err
}

// value reads a value with all that is in it.
func (r *reader) value(depth int) (*node, error) {
	at := r.at
	h, err := r.head()
	if err != nil {
		return nil, err
	}
	if r.values++; r.values > maxValues {
		return nil, fmt.Errorf("it has over %d values, the limit", maxValues)
	}
	if depth == maxDepth {
		return nil, fmt.Errorf("byte %d: it is nested over %d deep", at, maxDepth)
	}
	n := &node{number: h.number}
	switch h.kind {
	case text, bytes:
		return n, r.pass(h.length)
	case list, dictionary:
		return n, r.members(n, h, depth)
	case extension:
		end := r.at + h.length
		if err := r.pass(h.length); err != nil {
			return nil, err
		}
		if h.code != 1 && h.code != 3 { // neither an array nor NumPy's scalar, which is stored as one
			return n, nil
		}
		inside := &reader{r: r.r, size: end, at: end - h.length}
		if n.tensor, err = inside.array(); err != nil {
			return nil, fmt.Errorf("the array at byte %d: %w", at, err)
		}
	}
	return n, nil
}

// members reads those of a list or a dictionary.
func (r *reader) members(n *node, h head, depth int) error {
	seen := map[string]bool{}
	for i := range h.length {
		name := fmt.Sprint(i)
		if h.kind == dictionary {
			var err error
			if name, err = r.text(); err != nil {
				return err
			}
			if seen[name] {
				return fmt.Errorf("byte %d: a dictionary has %s twice", r.at, stored.Quote(name))
			}
			seen[name] = true
		}
		inner, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		n.members = append(n.members, member{name, inner})
	}
	return n.joinChunks()
}

// types are NumPy's names for types.
var types = map[string]stored.Type{
	"float32": stored.F32, "float16": stored.F16, "float64": stored.F64, "bfloat16": stored.BF16, "V2": stored.BF16,
	"int8": "I8", "int16": "I16", "int32": "I32", "int64": "I64",
	"uint8": "U8", "uint16": "U16", "uint32": "U32", "uint64": "U64",
	"bool": "BOOL", "complex64": "C64", "complex128": "C128", "float8_e4m3fn": "F8_E4M3", "float8_e5m2": "F8_E5M2",
}

// array reads what an extension holds: [[shape…], type, bytes].
func (r *reader) array() (*stored.Tensor, error) {
	whole, err := r.head()
	if err != nil {
		return nil, err
	}
	shape, err := r.head()
	if err != nil {
		return nil, err
	}
	if whole.kind != list || whole.length != 3 || shape.kind != list || shape.length > maxRank {
		return nil, errors.New("it is not a shape, a type and bytes")
	}
	t := &stored.Tensor{}
	for range shape.length {
		d, err := r.head()
		if err != nil {
			return nil, err
		}
		if d.kind != integer {
			return nil, errors.New("its shape has something else than numbers")
		}
		t.Shape = append(t.Shape, d.number)
	}
	name, err := r.text()
	if err != nil {
		return nil, err
	}
	var ok bool
	if t.Type, ok = types[name]; !ok {
		return nil, fmt.Errorf("its type %s is unknown", stored.Quote(name))
	}
	n, err := stored.Elements(t.Shape)
	if err != nil {
		return nil, fmt.Errorf("it %w", err)
	}
	data, err := r.head()
	switch {
	case err != nil:
		return nil, err
	case data.kind != bytes && data.kind != text || data.length != r.size-r.at:
		return nil, errors.New("its bytes do not end where it ends")
	case data.length != n*t.Type.Size():
		return nil, fmt.Errorf("of shape %s needs %d bytes, but has %d", stored.Brief(t.Shape), n*t.Type.Size(),
			data.length)
	}
	t.Open = stored.Section(r.r, r.at, data.length)
	return t, nil
}
