package torch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/pickle"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// NumPy's arrays in a pickle are objects with their bytes in it. Two functions make them; neither is called:
//
//	numpy.core.multiarray._reconstruct(…)    state (version, shape, dtype, column-major, bytes)
//	numpy.core.numeric._frombuffer(bytes, dtype, shape, order)
//
// Detectron2's and Paddle's checkpoints are pickles of such arrays, without PyTorch's archive around them.

// arrayTypes are the names of NumPy's types, without the byte order.
var arrayTypes = map[string]stored.Type{
	"f2": stored.F16, "f4": stored.F32, "f8": stored.F64, "i1": "I8", "i2": "I16", "i4": "I32", "i8": "I64",
	"u1": "U8", "u2": "U16", "u4": "U32", "u8": "U64", "b1": "BOOL",
}

// isArray reports whether an object stands for an array.
func isArray(o *pickle.Object) bool {
	return strings.HasSuffix(o.Class, ".multiarray._reconstruct") || strings.HasSuffix(o.Class, ".numeric._frombuffer")
}

// array returns an array as a tensor. An error says why it cannot be read.
func array(name string, o *pickle.Object) (t stored.Tensor, err error) {
	var data, dtype, shape any
	columnMajor := false
	if state, ok := o.State.(pickle.Tuple); ok && len(state) >= 5 {
		data, dtype, shape = state[4], state[2], state[1]
		columnMajor, _ = state[3].(bool)
	} else if len(o.Args) >= 4 {
		data, dtype, shape = o.Args[0], o.Args[1], o.Args[2]
		columnMajor = o.Args[3] == any("F")
	}
	content, okData := bytesOf(data)
	t = stored.Tensor{Name: name}
	var okShape bool
	if t.Shape, okShape = numbers(shape); !okData || !okShape {
		return t, errors.New("a NumPy array that is not as NumPy writes them")
	}
	if t.Type, err = arrayType(dtype); err != nil {
		return t, err
	}
	n, err := stored.Elements(t.Shape)
	if err != nil {
		return t, fmt.Errorf("a NumPy array that %w", err)
	}
	if n*t.Type.Size() != int64(len(content)) {
		return t, fmt.Errorf("a NumPy array of shape %s, which needs %d bytes, but has %d",
			stored.Brief(t.Shape), n*t.Type.Size(), len(content))
	}
	if columnMajor {
		step := int64(1)
		for _, d := range t.Shape {
			t.Stride = append(t.Stride, step)
			step *= d
		}
	}
	t.Open = stored.Section(bytes.NewReader(content), 0, int64(len(content)))
	return t, nil
}

// arrayType returns the type that an object of numpy.dtype stands for: dtype("f4", …), state (version, "<", …).
func arrayType(dtype any) (stored.Type, error) {
	o, ok := dtype.(*pickle.Object)
	if !ok || o.Class != "numpy.dtype" || len(o.Args) == 0 {
		return "", errors.New("a NumPy array without a type")
	}
	name, _ := o.Args[0].(string)
	order := any("<")
	if state, ok := o.State.(pickle.Tuple); ok && len(state) > 1 {
		order = state[1]
	}
	kind, ok := arrayTypes[strings.TrimLeft(name, "<|=")]
	if !ok || order == any(">") {
		return "", fmt.Errorf("a NumPy array of type %s in the byte order %s", stored.Quote(name),
			pickle.Describe(order))
	}
	return kind, nil
}

// bytesOf returns the bytes that a value stands for. Protocol 2 has no bytes: Python 2 wrote strings, and Python 3 the
// call _codecs.encode("…", "latin1"), in which each character is a byte.
func bytesOf(value any) ([]byte, bool) {
	switch v := value.(type) {
	case pickle.Bytes:
		return v, true
	case string:
		return []byte(v), true
	case *pickle.Object:
		if v.Class != "_codecs.encode" || len(v.Args) != 2 || v.Args[1] != any("latin1") {
			return nil, false
		}
		text, ok := v.Args[0].(string)
		content := make([]byte, 0, len(text))
		for _, r := range text {
			if r > math.MaxUint8 {
				return nil, false
			}
			content = append(content, byte(r))
		}
		return content, ok
	}
	return nil, false
}

// maxBarePickle is the largest pickle that is read without an archive around it: it holds the values too, and is read
// whole.
const maxBarePickle = 1 << 30

// SniffPickle reports whether a file that starts with head may be a pickle of a protocol from 2 on.
func SniffPickle(head []byte) bool {
	return len(head) > 2 && head[0] == 0x80 && head[1] >= 2 && head[1] <= 5
}

// bare is the host of a pickle that stands alone.
type bare struct{ host }

// Persistent implements pickle.Host.
func (bare) Persistent(any) (any, error) {
	return nil, errors.New("it refers to storages, which are not in the file: write it with torch.save")
}

// ReadPickle returns the states of a pickle that stands alone, with NumPy's arrays as weights.
func ReadPickle(r io.ReaderAt, size int64) ([]stored.State, error) {
	if size > maxBarePickle {
		return nil, fmt.Errorf("it has %d bytes; the limit for a pickle is %d: write the arrays with numpy.savez",
			size, int64(maxBarePickle))
	}
	text := make([]byte, size)
	if n, err := r.ReadAt(text, 0); n < len(text) {
		return nil, err
	}
	value, _, err := pickle.Load(text, &bare{})
	if err != nil {
		return nil, err
	}
	return states(value)
}
