// Package hdf5 reads HDF5 files as h5py writes them by default: enough for Keras' weights, and no more.
//
// A file comes in; the tree of its groups goes out, with the attributes that are strings and the datasets as tensors
// whose values stay in the file. Read are superblocks of versions 0 to 3, object headers of both versions, groups by
// symbol table and by link messages, and contiguous, compact and chunked datasets, the last also behind the deflate,
// shuffle and fletcher32 filters. What newer files may have besides (libver="latest": dense groups, other indexes of
// chunks) is an error that says so, as are external files, links out of the file and types committed apart from their
// dataset.
//
//	hdf5.go     limits, the superblock, the walk over the tree
//	header.go   object headers: lists of messages
//	group.go    the members of groups
//	message.go  what messages say: shapes, types, layouts, filters
//	string.go   attributes and strings
//	data.go     values: where they lie, how chunks make up a tensor
//
// Nothing is taken from the file on trust: addresses, sizes and counts are checked against the file, the structure
// has a limit of bytes, and no address is visited twice, so that neither loops nor shared subtrees cost more than the
// file's own size.
//
// Format: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html.
package hdf5

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

const signature = "\x89HDF\r\n\x1a\n"

// Sniff reports whether a file that starts with head is an HDF5 file.
func Sniff(head []byte) bool { return bytes.HasPrefix(head, []byte(signature)) }

// Limits of what is read besides values. A Keras file of EfficientNet-B7 has a megabyte of structure in 3,000
// objects.
const (
	maxStructure = 64 << 20
	maxObjects   = 1 << 17
	maxDepth     = 64
)

// Object is a group or a dataset.
type Object struct {
	Name       string
	Attributes map[string][]string // those that are strings or lists of strings
	Members    []*Object           // of a group, in the file's order: by name, unless it was made to keep another
	Data       *stored.Tensor      // of a dataset, without a name; nil for a group
}

// Member returns the member of a name, or nil.
func (o *Object) Member(name string) *Object {
	for _, m := range o.Members {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// Read returns the root group of a file.
func Read(r io.ReaderAt, size int64) (*Object, error) {
	f := &file{r: r, size: size, left: maxStructure, objects: map[uint64]bool{}}
	root, err := f.superblock()
	if err != nil {
		return nil, err
	}
	o, err := f.object("", root, 0)
	if err != nil {
		return nil, err
	}
	return o, stored.CheckApart(f.extents)
}

// file is a file being read.
type file struct {
	r       io.ReaderAt
	size    int64
	left    int64                        // bytes of structure that may still be read
	objects map[uint64]bool              // addresses of object headers that were visited
	extents []stored.Extent              // the bytes of values
	heaps   map[uint64]map[uint32][]byte // collections of strings that were read, by address
}

var errTruncated = errors.New("the file is truncated or damaged")

// undefined is the address of what is not there.
const undefined = ^uint64(0)

// read returns n bytes of structure.
func (f *file) read(at uint64, n int64) (*cursor, error) {
	if n < 0 || at > uint64(f.size) || n > f.size-int64(at) {
		return nil, fmt.Errorf("byte %d: %d bytes would reach beyond the end of the file: %w", at, n, errTruncated)
	}
	if f.left -= n; f.left < 0 {
		return nil, fmt.Errorf("the file has over %d MiB of structure, the limit", maxStructure>>20)
	}
	b := make([]byte, n)
	if _, err := f.r.ReadAt(b, int64(at)); err != nil {
		return nil, fmt.Errorf("byte %d: %w", at, err)
	}
	return &cursor{b: b, from: at}, nil
}

// block reads n bytes that begin with a signature of four.
func (f *file) block(at uint64, n int64, want string) (*cursor, error) {
	c, err := f.read(at, n)
	if err != nil {
		return nil, err
	}
	if got := c.take(4); string(got) != want {
		return nil, fmt.Errorf("byte %d: %q stands where %s is expected: %w", at, got, want, errTruncated)
	}
	return c, nil
}

// superblock returns the address of the root group's header.
//
//	version 0: signature 8 | 4 versions | offset size 1, length size 1, 0 | 2 tree widths 2 2 | flags 4 |
//	           base 8 | free space 8 | end of file 8 | driver 8 | root: name 8, header 8, …
//	version 2: signature 8 | version 1 | offset size 1, length size 1 | flags 1 |
//	           base 8 | extension 8 | end of file 8 | root's header 8
func (f *file) superblock() (root uint64, err error) {
	const longest = 8 + 8 + 8 + 4 + 4*8 + 2*8
	c, err := f.read(0, min(longest, f.size))
	if err != nil {
		return 0, err
	}
	c.skip(8)
	version := c.u8()
	var offsets, lengths uint8
	switch version {
	case 0, 1:
		c.skip(4)
		offsets, lengths = c.u8(), c.u8()
		c.skip(1 + 4 + 4)
		if version == 1 {
			c.skip(4)
		}
	case 2, 3:
		offsets, lengths = c.u8(), c.u8()
		c.skip(1)
	default:
		return 0, fmt.Errorf("version %d of the superblock is unknown", version)
	}
	if c.err == nil && (offsets != 8 || lengths != 8) {
		return 0, fmt.Errorf("its addresses have %d bytes and its lengths %d; 8 can be read", offsets, lengths)
	}
	base := c.u64()
	c.skip(8) // free space, extension
	end := c.u64()
	if version < 2 {
		c.skip(8 + 8) // driver, name of the root
	}
	root = c.u64()
	switch {
	case c.err != nil:
		return 0, c.err
	case base != 0:
		return 0, errors.New("it begins with something else (a user block), which cannot be read")
	case end > uint64(f.size):
		return 0, fmt.Errorf("it should have %d bytes, but has %d: it is truncated", end, f.size)
	}
	return root, nil
}

// object reads the group or dataset whose header lies at an address.
func (f *file) object(name string, at uint64, depth int) (*Object, error) {
	switch {
	case f.objects[at]:
		return nil, fmt.Errorf("the object at byte %d has two names, or contains itself", at)
	case len(f.objects) == maxObjects:
		return nil, fmt.Errorf("it has over %d objects, the limit", maxObjects)
	case depth > maxDepth:
		return nil, fmt.Errorf("its groups are nested over %d deep", maxDepth)
	}
	f.objects[at] = true
	messages, err := f.header(at)
	if err != nil {
		return nil, err
	}
	o := &Object{Name: name, Attributes: map[string][]string{}}
	for _, m := range messages {
		if m.kind == msgAttribute {
			if err := f.attribute(m.data(), o.Attributes); err != nil {
				return nil, err
			}
		}
	}
	if isDataset(messages) {
		o.Data, err = f.dataset(name, messages, o.Attributes)
		return o, err
	}
	links, err := f.links(messages)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, l := range links {
		if seen[l.name] {
			return nil, fmt.Errorf("a group has %s twice", stored.Quote(l.name))
		}
		seen[l.name] = true
		member, err := f.object(l.name, l.header, depth+1)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", stored.Quote(l.name), err)
		}
		o.Members = append(o.Members, member)
	}
	return o, nil
}

// cursor reads little-endian numbers one after the other. After an error all are 0.
type cursor struct {
	b    []byte
	at   int
	from uint64 // where b lies in the file, for messages
	err  error
}

func (c *cursor) take(n int) []byte {
	if c.err != nil || n < 0 || n > len(c.b)-c.at {
		if c.err == nil {
			c.err = fmt.Errorf("byte %d: %w", c.from+uint64(c.at), errTruncated)
		}
		return nil
	}
	c.at += n
	return c.b[c.at-n : c.at]
}

func (c *cursor) skip(n int) { c.take(n) }

func (c *cursor) left() int { return len(c.b) - c.at }

// number reads an unsigned number of 1 to 8 bytes.
func (c *cursor) number(width int) uint64 {
	var word [8]byte
	copy(word[:], c.take(width))
	return binary.LittleEndian.Uint64(word[:])
}

func (c *cursor) u8() uint8   { return uint8(c.number(1)) }
func (c *cursor) u16() uint16 { return uint16(c.number(2)) }
func (c *cursor) u32() uint32 { return uint32(c.number(4)) }
func (c *cursor) u64() uint64 { return c.number(8) }
