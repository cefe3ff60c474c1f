package tensorflow

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

var errTruncated = errors.New("it is truncated or damaged")

// magic ends a table.
const magic = 0xdb4775248b80fb57

// footerLength is that of the two handles, filled up to 40 bytes, and the magic.
const footerLength = 48

// readTable visits the entries of a table, in the order of their keys, which must rise.
//
//	table:  block, block, …, block of metadata, block of handles, footer
//	footer: handle of the metadata, handle of the handles, 0 up to byte 40 | magic 8
//	handle: offset, length: a varint each
//	block:  entries | restarts 4 each, count 4 | compression 1 | checksum of all before 4
func readTable(table []byte, visit func(key string, value []byte) error) error {
	if len(table) < footerLength || binary.LittleEndian.Uint64(table[len(table)-8:]) != magic {
		return fmt.Errorf("it lacks the end of a table: %w", errTruncated)
	}
	footer := table[len(table)-footerLength:]
	metadata, rest, err := handle(footer)
	if err != nil {
		return err
	}
	if _, err := block(table, metadata); err != nil {
		return err
	}
	handles, _, err := handle(rest)
	if err != nil {
		return err
	}
	index, err := block(table, handles)
	if err != nil {
		return err
	}
	last, first := "", true
	read := 0 // bytes of blocks, so that no block is read over and over
	return entries(index, func(_ []byte, value []byte) error {
		h, _, err := handle(value)
		if err != nil {
			return err
		}
		data, err := block(table, h)
		if err != nil {
			return err
		}
		if read += len(data); read > len(table) {
			return errors.New("its blocks overlap")
		}
		return entries(data, func(key, value []byte) error {
			if !first && string(key) <= last {
				return errors.New("its names are not in order")
			}
			last, first = string(key), false
			return visit(last, value)
		})
	})
}

// extent is where a block lies.
type extent struct{ offset, length uint64 }

func handle(b []byte) (h extent, rest []byte, err error) {
	n := 0
	if h.offset, n = binary.Uvarint(b); n <= 0 {
		return h, nil, errTruncated
	}
	b = b[n:]
	if h.length, n = binary.Uvarint(b); n <= 0 {
		return h, nil, errTruncated
	}
	return h, b[n:], nil
}

// block returns the entries of a block, whose checksum must be right.
func block(table []byte, h extent) ([]byte, error) {
	const trailer = 1 + 4
	size := uint64(len(table))
	if h.offset > size || h.length > size-h.offset || trailer > size-h.offset-h.length {
		return nil, fmt.Errorf("a block lies outside it: %w", errTruncated)
	}
	end := h.offset + h.length
	switch compression := table[end]; {
	case masked(crc32.Checksum(table[h.offset:end+1], castagnoli)) != binary.LittleEndian.Uint32(table[end+1:]):
		return nil, fmt.Errorf("byte %d: a block's checksum is wrong: %w", h.offset, errTruncated)
	case compression != 0:
		return nil, fmt.Errorf("byte %d: a block is compressed, as in checkpoints before TensorFlow 0.12, which "+
			"cannot be read: "+
			"load it with tf.compat.v1.train.Saver and save it again", h.offset)
	}
	b := table[h.offset:end]
	if len(b) < 4 {
		return nil, errTruncated
	}
	restarts := uint64(binary.LittleEndian.Uint32(b[len(b)-4:]))
	if restarts > uint64(len(b)-4)/4 {
		return nil, fmt.Errorf("byte %d: a block has impossible restarts: %w", h.offset, errTruncated)
	}
	return b[:len(b)-4-4*int(restarts)], nil
}

// maxKey bounds a name.
const maxKey = 1 << 16

// entries visits those of a block. A key shares its beginning with the key before it.
//
// bytes that it shares | bytes of its own | bytes of the value | its own | the value      the first three are varints
func entries(b []byte, visit func(key, value []byte) error) error {
	var key []byte
	for len(b) > 0 {
		var lengths [3]uint64
		for i := range lengths {
			v, n := binary.Uvarint(b)
			if n <= 0 {
				return errTruncated
			}
			lengths[i], b = v, b[n:]
		}
		shared, own, value := lengths[0], lengths[1], lengths[2]
		if shared > uint64(len(key)) || own > uint64(len(b)) || value > uint64(len(b))-own || shared+own > maxKey {
			return errTruncated
		}
		key = append(key[:shared], b[:own]...)
		if err := visit(key, b[own:own+value]); err != nil {
			return err
		}
		b = b[own+value:]
	}
	return nil
}
