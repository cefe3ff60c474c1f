package hdf5

import (
	"errors"
	"fmt"
	"math"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// maxRank is HDF5's own limit of dimensions.
const maxRank = 32

// dataspace returns the shape that a message gives: [] for a single element.
//
//	version 1: version 1, rank 1, flags 1, 0 5 | sizes 8 each | …
//	version 2: version 1, rank 1, flags 1, kind 1 (2: nothing at all) | sizes 8 each | …
func dataspace(c *cursor) ([]int64, error) {
	version, rank := c.u8(), int(c.u8())
	c.skip(1)
	switch kind := c.u8(); {
	case version == 1:
		c.skip(4)
	case version != 2:
		return nil, fmt.Errorf("version %d of a shape is unknown", version)
	case kind == 2:
		return nil, errors.New("it is empty: it has a type, and no elements")
	}
	if rank > maxRank {
		return nil, fmt.Errorf("it has %d dimensions; the limit is %d", rank, maxRank)
	}
	shape := make([]int64, rank)
	for i := range shape {
		d := c.u64()
		if d > math.MaxInt64 {
			return nil, fmt.Errorf("has the impossible size %d", d)
		}
		shape[i] = int64(d)
	}
	return shape, c.err
}

// class is the kind of an element.
type class uint8

// The classes of elements that are told apart.
const (
	classInteger  class = 0
	classFloat    class = 1
	classString   class = 3
	classOpaque   class = 5
	classEnum     class = 8
	classVariable class = 9
)

// datatype is the type of an element.
type datatype struct {
	class  class
	size   int64
	kind   stored.Type // of numbers; "" for what is none, or none that is read
	string bool        // a class of variable length is a string
}

// parseType reads a datatype message.
//
//	class 4 bits, version 4 bits | flags 3 | size 4 | properties
//	integer: first bit 2, bits 2          flags: byte order in bit 0, signed in bit 3
//	float:   first bit 2, bits 2 | exponent's first bit 1, bits 1 | mantissa's first bit 1, bits 1 | bias 4
func parseType(c *cursor) (t datatype, err error) {
	first := c.u8()
	flags := uint32(c.number(3))
	t.class, t.size = class(first&15), int64(c.u32())
	switch t.class {
	case classInteger:
		signed := map[bool]string{false: "U", true: "I"}[flags&8 != 0]
		c.skip(2)
		if bits := int64(c.u16()); bits == 8*t.size && flags&1 == 0 {
			t.kind = stored.Type(fmt.Sprint(signed, bits))
		}
	case classFloat:
		c.skip(2)
		bits := int64(c.u16())
		c.skip(1)
		exponent := c.u8()
		c.skip(1)
		mantissa := c.u8()
		if bits == 8*t.size && flags&0x41 == 0 {
			t.kind = floats[[2]uint8{exponent, mantissa}]
		}
	case classEnum:
		t.kind = "BOOL" // as h5py stores truth values; others are integers of no interest
	case classVariable:
		t.string = flags&15 == 1
	}
	if t.kind != "" && t.kind.Size() != t.size {
		t.kind = ""
	}
	return t, c.err
}

// floats are the types by the bits of their exponent and mantissa.
var floats = map[[2]uint8]stored.Type{{8, 23}: stored.F32, {11, 52}: stored.F64, {5, 10}: stored.F16,
	{8, 7}: stored.BF16}

// layout is how the elements of a dataset are stored.
type layout struct {
	class   uint8  // compact, contiguous or chunked
	data    []byte // compact
	address uint64 // of contiguous data, of the tree of chunks, or of the only chunk
	length  uint64 // of contiguous data; of the only chunk, where filters made it another
	chunk   []int64
	single  bool   // there is one chunk and no tree
	skipped uint32 // filters that the only chunk was not given
}

const (
	compact    = 0
	contiguous = 1
	chunked    = 2
)

var errLayout = errors.New("it is stored as newer versions of HDF5 do (another index of chunks), which cannot be " +
	"read: " +
	"write the file with h5py's default libver, or convert it with h5repack --low=0 --high=0")

// parseLayout reads a layout message.
//
//	version 3: version 1, class 1 | compact: length 2, data | contiguous: address 8, length 8 |
//	           chunked: rank+1 1, tree 8, sizes 4 each, of which the last is that of an element
//	version 4: as 3, but chunked: flags 1, rank+1 1, width of sizes 1, sizes, index 1, …, address 8
func parseLayout(c *cursor) (l layout, err error) {
	version := c.u8()
	if version != 3 && version != 4 {
		return l, fmt.Errorf("version %d of a layout cannot be read; 3 and 4 can", version)
	}
	l.class = c.u8()
	switch {
	case l.class == compact:
		l.data = c.take(int(c.u16()))
	case l.class == contiguous:
		l.address, l.length = c.u64(), c.u64()
	case l.class == chunked && version == 3:
		rank := int(c.u8()) - 1
		l.address = c.u64()
		err = l.sizes(c, rank, 4)
	case l.class == chunked:
		flags, rank, width := c.u8(), int(c.u8())-1, int(c.u8())
		if width < 1 || width > 8 {
			return l, errTruncated
		}
		if err = l.sizes(c, rank, width); err != nil {
			return l, err
		}
		if index := c.u8(); index != 1 {
			return l, errLayout
		}
		if l.single = true; flags&2 != 0 {
			l.length, l.skipped = c.u64(), c.u32()
		}
		l.address = c.u64()
	default:
		return l, fmt.Errorf("the class %d of a layout is unknown", l.class)
	}
	if err == nil {
		err = c.err
	}
	return l, err
}

// sizes reads those of a chunk.
func (l *layout) sizes(c *cursor, rank, width int) error {
	if rank < 1 || rank > maxRank {
		return fmt.Errorf("its chunks have %d dimensions", rank)
	}
	for range rank {
		size := c.number(width)
		if c.err == nil && (size == 0 || size > math.MaxUint32) {
			return fmt.Errorf("its chunks have the impossible size %d", size)
		}
		l.chunk = append(l.chunk, int64(size))
	}
	c.skip(width) // an element's
	return c.err
}

// filter is one step between a chunk as it is stored and its elements.
type filter struct {
	id    uint16
	width int64 // of shuffle: the bytes of an element
}

const (
	deflate    = 1
	shuffle    = 2
	fletcher32 = 3
)

// parseFilters reads the filters in the order in which they were applied.
//
//	version 1: version 1, count 1, 0 6 | filters
//	           filter: id 2, name's length 2, flags 2, values 2 | name | values 4 each | 0 to a multiple of 8
//	version 2: version 1, count 1 | filters
//	           filter: id 2, [name's length 2: ids from 256 on], flags 2, values 2 | name | values 4 each
func parseFilters(c *cursor) (filters []filter, err error) {
	version, count := c.u8(), int(c.u8())
	if version == 1 {
		c.skip(6)
	}
	for range count {
		f := filter{id: c.u16()}
		length := 0
		if version == 1 || f.id >= 256 {
			length = int(c.u16())
		}
		c.skip(2)
		values := int(c.u16())
		if version == 1 {
			length = (length + 7) / 8 * 8
		}
		c.skip(length)
		for i := range values {
			v := c.u32()
			if i == 0 && f.id == shuffle {
				f.width = int64(v)
			}
		}
		if version == 1 && values%2 == 1 {
			c.skip(4)
		}
		if c.err != nil {
			return nil, c.err
		}
		if f.id != deflate && f.id != shuffle && f.id != fletcher32 {
			return nil, fmt.Errorf("it is compressed by filter %d; gzip, shuffle and fletcher32 can be read", f.id)
		}
		filters = append(filters, f)
	}
	return filters, nil
}
