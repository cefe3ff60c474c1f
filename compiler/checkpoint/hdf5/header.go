package hdf5

import (
	"errors"
	"fmt"
)

// The messages of object headers that are read; others (times, comments, fill values) are passed over.
const (
	msgDataspace    = 0x01
	msgLinkInfo     = 0x02
	msgDatatype     = 0x03
	msgLink         = 0x06
	msgExternal     = 0x07
	msgLayout       = 0x08
	msgFilters      = 0x0b
	msgAttribute    = 0x0c
	msgContinuation = 0x10
	msgSymbolTable  = 0x11
	msgAttributes   = 0x15
)

// message is one message of an object header.
type message struct {
	kind   int
	shared bool // it is the place of the message, which lies elsewhere
	body   []byte
	from   uint64
}

func (m message) data() *cursor { return &cursor{b: m.body, from: m.from} }

// find returns the message of a kind.
func find(messages []message, kind int) (message, bool) {
	for _, m := range messages {
		if m.kind == kind {
			return m, true
		}
	}
	return message{}, false
}

// maxMessages bounds the messages of one object.
const maxMessages = 1 << 16

// header returns the messages of the object header at an address, which may go on elsewhere.
//
//	version 1: version 1, 0 | messages 2 | references 4 | length 4 | 0 4 | messages of that length
//
// version 2: "OHDR" | version 1, flags 1 | times 16? | attribute limits 4? | length 1, 2, 4 or 8 | messages | checksum
// 4
func (f *file) header(at uint64) ([]message, error) {
	c, err := f.read(at, 16)
	if err != nil {
		return nil, err
	}
	if string(c.b[:4]) == "OHDR" {
		return f.header2(at)
	}
	if version := c.u8(); version != 1 {
		return nil, fmt.Errorf("byte %d: version %d of an object header is unknown: %w", at, version, errTruncated)
	}
	c.skip(1 + 2 + 4)
	length := c.u32()
	var messages []message
	parts := []part{{at + 16, uint64(length)}}
	for i := 0; i < len(parts); i++ { // grows as continuations are met
		c, err := f.part(parts[i], i)
		if err != nil {
			return nil, err
		}
		for c.left() >= 8 {
			kind, size := c.u16(), c.u16()
			flags := c.u8()
			c.skip(3)
			if err := collect(c, int(kind), int(size), flags, &messages, &parts); err != nil {
				return nil, err
			}
		}
	}
	return messages, nil
}

// part is a piece of an object header.
type part struct{ at, length uint64 }

// maxParts bounds the pieces of one object header.
const maxParts = 4096

func (f *file) part(p part, index int) (*cursor, error) {
	if index == maxParts || p.length > maxStructure {
		return nil, fmt.Errorf("byte %d: an object header is too long", p.at)
	}
	return f.read(p.at, int64(p.length))
}

// collect takes one message, or notes where the header goes on.
func collect(c *cursor, kind, size int, flags uint8, messages *[]message, parts *[]part) error {
	from := c.from + uint64(c.at)
	body := c.take(size)
	if c.err != nil {
		return c.err
	}
	if len(*messages) == maxMessages {
		return errors.New("an object header has too many messages")
	}
	m := message{kind, flags&2 != 0, body, from}
	if kind != msgContinuation {
		*messages = append(*messages, m)
		return nil
	}
	d := m.data()
	at, length := d.u64(), d.u64()
	*parts = append(*parts, part{at, length})
	return d.err
}

// header2 is header for version 2. Checksums are not looked at: whoever damages a file on purpose mends them.
func (f *file) header2(at uint64) ([]message, error) {
	const longest = 4 + 2 + 16 + 4 + 8
	c, err := f.read(at, min(longest, f.size-int64(at)))
	if err != nil {
		return nil, err
	}
	c.skip(4)
	version, flags := c.u8(), c.u8()
	if version != 2 {
		return nil, fmt.Errorf("byte %d: version %d of an object header is unknown: %w", at, version, errTruncated)
	}
	if flags&0x20 != 0 {
		c.skip(16)
	}
	if flags&0x10 != 0 {
		c.skip(4)
	}
	length := c.number(1 << (flags & 3))
	if c.err != nil {
		return nil, c.err
	}
	head := 4 // type, size, flags
	if flags&4 != 0 {
		head += 2 // order of creation
	}
	var messages []message
	parts := []part{{at + uint64(c.at), length}}
	for i := 0; i < len(parts); i++ {
		c, err := f.part(parts[i], i)
		if err != nil {
			return nil, err
		}
		if i > 0 { // "OCHK" | messages | checksum 4
			if string(c.take(4)) != "OCHK" || c.left() < 4 {
				return nil, fmt.Errorf("byte %d: an object header does not go on here: %w", parts[i].at, errTruncated)
			}
			c.b = c.b[:len(c.b)-4]
		}
		for c.left() >= head {
			kind, size, flags := c.u8(), c.u16(), c.u8()
			c.skip(head - 4)
			if err := collect(c, int(kind), int(size), flags, &messages, &parts); err != nil {
				return nil, err
			}
		}
	}
	return messages, nil
}
