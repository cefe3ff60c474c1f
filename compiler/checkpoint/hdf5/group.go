package hdf5

import (
	"bytes"
	"errors"
	"fmt"
)

// link is a member of a group: its name, and the address of its object header.
type link struct {
	name   string
	header uint64
}

var errLinks = errors.New("a group has links to other files or paths, which are not followed")

var errDense = errors.New("a group is stored as newer versions of HDF5 do (dense links), which cannot be read: " +
	"write the file with h5py's default libver, or convert it with h5repack --low=0 --high=0")

// links returns the members of a group.
func (f *file) links(messages []message) ([]link, error) {
	var links []link
	for _, m := range messages {
		d := m.data()
		switch m.kind {
		case msgSymbolTable:
			tree, heap := d.u64(), d.u64()
			if d.err != nil {
				return nil, d.err
			}
			names, err := f.localHeap(heap)
			if err != nil {
				return nil, err
			}
			if err := f.symbols(tree, names, &links); err != nil {
				return nil, err
			}
		case msgLink:
			l, err := parseLink(d)
			if err != nil {
				return nil, err
			}
			links = append(links, l)
		case msgLinkInfo:
			d.skip(1)
			if flags := d.u8(); flags&1 != 0 {
				d.skip(8)
			}
			if heap := d.u64(); d.err == nil && heap != undefined {
				return nil, errDense
			}
			if d.err != nil {
				return nil, d.err
			}
		}
	}
	return links, nil
}

// localHeap returns the names of a group, each from an offset to a 0.
//
//	"HEAP" | version 1, 0 3 | length 8 | free list 8 | address of the names 8
func (f *file) localHeap(at uint64) ([]byte, error) {
	c, err := f.block(at, 32, "HEAP")
	if err != nil {
		return nil, err
	}
	c.skip(4)
	length := c.u64()
	c.skip(8)
	names, err := f.read(c.u64(), int64(min(length, maxStructure+1)))
	if err != nil {
		return nil, err
	}
	return names.b, nil
}

// symbols adds the members that a tree of symbol tables has, in its order.
//
//	tree:  node of symbols → "SNOD" | version 1, 0 | entries 2 | entries of 40 bytes
//	entry: name's offset 8 | header 8 | kind 4 | 0 4 | scratch 16
func (f *file) symbols(root uint64, names []byte, links *[]link) error {
	return f.tree(root, 0, 8, func(_ *cursor, child uint64) error {
		c, err := f.block(child, 8, "SNOD")
		if err != nil {
			return err
		}
		c.skip(2)
		entries := c.u16()
		if c, err = f.read(child+8, 40*int64(entries)); err != nil {
			return err
		}
		for range entries {
			offset, header, kind := c.u64(), c.u64(), c.u32()
			c.skip(4 + 16)
			if kind == 2 {
				return errLinks
			}
			if offset >= uint64(len(names)) {
				return fmt.Errorf("a name lies outside its heap: %w", errTruncated)
			}
			name, _, ended := bytes.Cut(names[offset:], []byte{0})
			if !ended || len(name) == 0 {
				return fmt.Errorf("a name is empty or has no end: %w", errTruncated)
			}
			if len(*links) == maxObjects {
				return fmt.Errorf("a group has over %d members, the limit", maxObjects)
			}
			*links = append(*links, link{string(name), header})
		}
		return c.err
	})
}

// parseLink reads a link message.
//
//	version 1, flags 1 | kind 1? | order 8? | character set 1? | name's length 1, 2, 4 or 8 | name | header 8
func parseLink(d *cursor) (l link, err error) {
	d.skip(1)
	flags, kind := d.u8(), uint8(0)
	if flags&8 != 0 {
		kind = d.u8()
	}
	if flags&4 != 0 {
		d.skip(8)
	}
	if flags&0x10 != 0 {
		d.skip(1)
	}
	length := d.number(1 << (flags & 3))
	l.name = string(d.take(int(min(length, 1<<16))))
	l.header = d.u64()
	switch {
	case kind != 0:
		return l, errLinks
	case d.err == nil && l.name == "":
		return l, fmt.Errorf("a name is empty: %w", errTruncated)
	}
	return l, d.err
}

// tree visits the leaves of a version 1 tree from left to right: what each points to, with the key before it, which
// has keySize bytes. Levels must fall by one from parent to child, so that no path meets a node twice; a node with
// two parents costs structure each time, which has its limit.
//
//	"TREE" | kind 1, level 1 | children 2 | left 8, right 8 | key, child 8, key, child 8, …, key
func (f *file) tree(at uint64, kind uint8, keySize int, visit func(key *cursor, child uint64) error) error {
	return f.subtree(at, kind, keySize, -1, visit)
}

func (f *file) subtree(at uint64, kind uint8, keySize, level int, visit func(key *cursor, child uint64) error) error {
	const head = 4 + 4 + 16
	c, err := f.block(at, head, "TREE")
	if err != nil {
		return err
	}
	gotKind, gotLevel, children := c.u8(), int(c.u8()), int64(c.u16())
	if gotKind != kind || level >= 0 && gotLevel != level || gotLevel > 32 {
		return fmt.Errorf("byte %d: a tree has a node of another kind or level: %w", at, errTruncated)
	}
	if c, err = f.read(at+head, children*int64(keySize+8)); err != nil {
		return err
	}
	for range children {
		key := &cursor{b: c.take(keySize), from: c.from + uint64(c.at)}
		child := c.u64()
		if gotLevel > 0 {
			err = f.subtree(child, kind, keySize, gotLevel-1, visit)
		} else {
			err = visit(key, child)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
