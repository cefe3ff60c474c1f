package hdf5

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// attribute adds an attribute to those of an object, if it is made of strings.
//
//	version 1: version 1, 0 | lengths 2 2 2 | name, type, shape, each with 0 to a multiple of 8 | values
//	version 2: the same without those 0; version 3: with the name's character set 1 behind the lengths
func (f *file) attribute(c *cursor, to map[string][]string) error {
	version, flags := c.u8(), c.u8()
	pad := func(n int) int { return n }
	if version == 1 {
		pad = func(n int) int { return (n + 7) / 8 * 8 }
	}
	nameLength, typeLength, spaceLength := int(c.u16()), int(c.u16()), int(c.u16())
	if version == 3 {
		c.skip(1)
	}
	name, _, _ := bytes.Cut(c.take(pad(nameLength)), []byte{0})
	kind := &cursor{b: c.take(pad(typeLength)), from: c.from}
	space := &cursor{b: c.take(pad(spaceLength)), from: c.from}
	if c.err != nil {
		return c.err
	}
	if flags&3 != 0 || version < 1 || version > 3 {
		return nil // its type stands elsewhere
	}
	t, err := parseType(kind)
	if err != nil {
		return err
	}
	if t.class != classString && !(t.class == classVariable && t.string) {
		return nil
	}
	shape, err := dataspace(space)
	if err != nil {
		return nil // an attribute without a value
	}
	n, err := stored.Elements(shape)
	if err != nil || t.size == 0 || n > int64(c.left())/t.size {
		return fmt.Errorf("byte %d: the attribute %s is longer than its message: %w",
			c.from, stored.Quote(string(name)), errTruncated)
	}
	values := make([]string, n)
	for i := range values {
		text := c.take(int(t.size))
		if t.class == classVariable {
			if text, err = f.variable(&cursor{b: text, from: c.from}); err != nil {
				return fmt.Errorf("the attribute %s: %w", stored.Quote(string(name)), err)
			}
		}
		values[i] = strings.TrimRight(string(text), "\x00")
	}
	to[string(name)] = values
	return nil
}

// variable returns a string of variable length: length 4 | collection 8 | index 4.
func (f *file) variable(c *cursor) ([]byte, error) {
	length, collection, index := int64(c.u32()), c.u64(), c.u32()
	if c.err != nil || length == 0 {
		return nil, c.err
	}
	text, err := f.globalHeap(collection, index)
	if err != nil {
		return nil, err
	}
	if length > int64(len(text)) {
		return nil, fmt.Errorf("a string of %d bytes has only %d: %w", length, len(text), errTruncated)
	}
	return text[:length], nil
}

// globalHeap returns one object of a collection.
//
//	"GCOL" | version 1, 0 3 | length 8 | object: index 2, references 2, 0 4, length 8, data, 0 to a multiple of 8
//
// Each string costs the whole collection, 4 KiB by default, of the structure's limit, unless it is read already.
func (f *file) globalHeap(at uint64, index uint32) ([]byte, error) {
	objects, ok := f.heaps[at]
	if !ok {
		c, err := f.block(at, 16, "GCOL")
		if err != nil {
			return nil, err
		}
		c.skip(4)
		length := c.u64()
		if length < 16 {
			return nil, fmt.Errorf("byte %d: a heap of %d bytes: %w", at, length, errTruncated)
		}
		if c, err = f.read(at+16, int64(min(length-16, maxStructure+1))); err != nil {
			return nil, err
		}
		objects = map[uint32][]byte{}
		for c.left() >= 16 {
			i := c.u16()
			c.skip(6)
			size := c.u64()
			if i == 0 {
				break // free
			}
			data := c.take(int(min(size, maxStructure+1)))
			if c.err != nil {
				return nil, c.err
			}
			objects[uint32(i)] = data
			c.skip(min(c.left(), (8-int(size%8))%8))
		}
		if f.heaps == nil {
			f.heaps = map[uint64]map[uint32][]byte{}
		}
		f.heaps[at] = objects
	}
	data, ok := objects[index]
	if !ok {
		return nil, fmt.Errorf("byte %d: a heap lacks its object %d: %w", at, index, errTruncated)
	}
	return data, nil
}
