package stored

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/netc-lang/netc/compiler/floats"
)

// Values reads the tensor in row-major order. The elements become float32; float64 ones must be such numbers already,
// as they are where somebody widened a float32 network.
func (t *Tensor) Values() ([]float32, error) {
	read, err := t.Reader()
	if err != nil {
		return nil, err
	}
	n, _ := Elements(t.Shape)
	return growing(n, read)
}

// growing reads n elements. It grows the result as they arrive, so that a compressed file that lies about its size
// costs nothing.
func growing(n int64, read func(to []float32) error) ([]float32, error) {
	const step = 16 << 20
	values := []float32{}
	for done := int64(0); done < n; done = int64(len(values)) {
		more := int(min(n-done, max(step, done)))
		values = slices.Grow(values, more)[:len(values)+more]
		if err := read(values[done:]); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// Reader returns a function that fills slices with the tensor's next elements, which are as Values has them.
func (t *Tensor) Reader() (func(to []float32) error, error) {
	n, err := Elements(t.Shape)
	if err != nil {
		return nil, t.wrap(err)
	}
	if !t.Type.Readable() {
		return nil, t.wrap(fmt.Errorf("is of type %s", t.Type.Refusal()))
	}
	if n == 0 { // nobody would read, and close what is opened
		nothing := func([]float32) error { return nil }
		return t.counted(0, nothing, func() error { return nil }), nil
	}
	if t.Stride != nil && !RowMajor(t.Shape, t.Stride) {
		span, err := Span(t.Shape, t.Stride)
		if err != nil {
			return nil, t.wrap(err)
		}
		if r := newTransposer(t); r != nil {
			return t.counted(n, r.next, func() error { return nil }), nil
		}
		return t.gathered(n, span)
	}
	r, err := t.Open()
	if err != nil {
		return nil, t.wrap(err)
	}
	return t.counted(n, (&decoder{r: r, kind: t.Type}).next, r.Close), nil
}

// gathered reads a tensor of any strides: all of what lies between its first element and its last, or, where that is
// much more than the tensor, each element from its place.
func (t *Tensor) gathered(n, span int64) (func(to []float32) error, error) {
	const most = 4 // times the tensor's own size that is read at once
	r, err := t.Open()
	if err != nil {
		return nil, t.wrap(err)
	}
	path := walk{shape: t.Shape, stride: t.Stride, index: make([]int64, len(t.Shape))}
	if at, ok := r.(io.ReaderAt); ok && span > most*n {
		return t.counted(n, (&scattered{r: at, kind: t.Type, path: path}).next, r.Close), nil
	}
	raw, err := growing(span, (&decoder{r: r, kind: t.Type}).next)
	if err != nil {
		r.Close()
		return nil, t.wrap(err)
	}
	return t.counted(n, (&gatherer{raw, path}).next, r.Close), nil
}

// counted makes a reader of n elements: it refuses to read more, and closes the file after the last of them or an
// error.
func (t *Tensor) counted(n int64, next func(to []float32) error, closeFile func() error) func(to []float32) error {
	left := n
	return func(to []float32) error {
		if int64(len(to)) > left {
			return t.wrap(fmt.Errorf("has only %d elements", n))
		}
		if err := next(to); err != nil {
			closeFile()
			return t.wrap(err)
		}
		if left -= int64(len(to)); left == 0 {
			return closeFile()
		}
		return nil
	}
}

func (t *Tensor) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("tensor %s %w", Quote(t.Name), err)
}

// decoder reads elements one after the other.
type decoder struct {
	r     io.Reader
	kind  Type
	done  int64
	piece []byte // for elements that are not float32
}

// next fills values. Elements of four bytes are read straight into them: most checkpoints have such, and large ones.
func (d *decoder) next(values []float32) error {
	if d.kind == F32 {
		if _, err := io.ReadFull(d.r, floats.Bytes(values)); err != nil {
			return truncated(err)
		}
		floats.SwapToLittleEndian(values)
		return nil
	}
	width := int(d.kind.Size())
	if d.piece == nil {
		d.piece = make([]byte, 64<<10)
	}
	for done := 0; done < len(values); {
		part := d.piece[:min(len(d.piece), (len(values)-done)*width)]
		if _, err := io.ReadFull(d.r, part); err != nil {
			return truncated(err)
		}
		to := values[done : done+len(part)/width]
		if exact := widen(to, part, d.kind); exact < len(to) {
			return inexact(part[exact*width:], d.done+int64(done+exact))
		}
		done += len(to)
	}
	d.done += int64(len(values))
	return nil
}

// widen converts elements of another type and returns how many float32 can hold.
func widen(to []float32, from []byte, kind Type) int {
	switch kind {
	case BF16:
		for i := range to {
			to[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(from[2*i:])) << 16)
		}
	case F16:
		for i := range to {
			to[i] = floats.FromFloat16(binary.LittleEndian.Uint16(from[2*i:]))
		}
	case F64:
		for i := range to {
			wide := math.Float64frombits(binary.LittleEndian.Uint64(from[8*i:]))
			to[i] = float32(wide)
			if float64(to[i]) != wide && wide == wide {
				return i
			}
		}
	}
	return len(to)
}

func truncated(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("ends too early: the file is truncated or damaged")
	}
	return fmt.Errorf("cannot be read: %w", err)
}

// NonFinite counts the NaN and the infinite values.
func NonFinite(values []float32) (nan, infinite int) {
	for _, v := range values {
		if bits := math.Float32bits(v); bits&0x7f800000 == 0x7f800000 {
			if v != v {
				nan++
			} else {
				infinite++
			}
		}
	}
	return nan, infinite
}
