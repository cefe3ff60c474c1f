package stored

import (
	"encoding/binary"
	"io"
	"math"

	"github.com/netc-lang/netc/compiler/floats"
)

// Converted returns an Open function for float32 elements that are computed from elements of another form, such as
// 8-bit integers with a scale. width is the bytes of one such element; number gives the value of element i from its
// bytes.
func Converted(open func() (io.ReadCloser, error), width int,
	number func(i int64, raw []byte) float32) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		in, err := open()
		if err != nil {
			return nil, err
		}
		return &converter{in: in, raw: make([]byte, width*(8<<10)), width: width, number: number}, nil
	}
}

// converter reads elements in blocks and gives out the bytes of float32 numbers.
//
//	in:  |e0|e1|e2|…          width bytes each
//	out: |f0      |f1      |  4 bytes each; those that the caller had no space for stay in ready
type converter struct {
	in     io.ReadCloser
	raw    []byte // a block of elements; the first partial bytes are of an element that is not whole yet
	ready  []byte // converted, not yet given out
	out    []byte // what ready is a part of
	width  int
	part   int // bytes of an incomplete element at the start of raw
	done   int64
	number func(i int64, raw []byte) float32
}

func (c *converter) Read(p []byte) (int, error) {
	for len(c.ready) == 0 {
		n, err := c.in.Read(c.raw[c.part:])
		have := c.part + n
		whole := have / c.width
		if whole == 0 {
			if c.part = have; err != nil {
				return 0, err
			}
			continue
		}
		c.out = c.out[:0]
		for i := range whole {
			v := c.number(c.done, c.raw[i*c.width:(i+1)*c.width])
			c.out = binary.LittleEndian.AppendUint32(c.out, math.Float32bits(v))
			c.done++
		}
		c.ready = c.out
		c.part = copy(c.raw, c.raw[whole*c.width:have])
	}
	n := copy(p, c.ready)
	c.ready = c.ready[n:]
	return n, nil
}

func (c *converter) Close() error { return c.in.Close() }

// Float16 widens an IEEE 754 half-precision number.
func Float16(h uint16) float32 { return floats.FromFloat16(h) }
