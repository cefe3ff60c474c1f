package hdf5

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// unfilter undoes the filters of a chunk, the last first, and returns its elements, of whole bytes.
func unfilter(raw []byte, filters []filter, skipped uint32, whole int64) ([]byte, error) {
	for i := len(filters) - 1; i >= 0; i-- {
		if i < 32 && skipped&(1<<i) != 0 {
			continue
		}
		var err error
		switch f := filters[i]; f.id {
		case deflate:
			raw, err = inflate(raw, whole+4) // a checksum may be inside
		case shuffle:
			raw = unshuffle(raw, int(f.width))
		case fletcher32:
			raw, err = checked(raw)
		}
		if err != nil {
			return nil, err
		}
	}
	if int64(len(raw)) != whole {
		return nil, fmt.Errorf("it has %d bytes, not %d", len(raw), whole)
	}
	return raw, nil
}

// inflate undoes zlib's compression, up to a number of bytes.
func inflate(raw []byte, most int64) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(z, most+1))
	if err == nil && int64(len(out)) > most {
		err = fmt.Errorf("it has over %d bytes", most)
	}
	return out, err
}

// unshuffle puts the bytes of each element together again: first stand the first bytes of all, then the second ones,
// and so on. Bytes at the end that make no element stay.
func unshuffle(raw []byte, width int) []byte {
	if width < 2 || len(raw) < width {
		return raw
	}
	n := len(raw) / width
	out := make([]byte, len(raw))
	for b := range width {
		for i, v := range raw[b*n : (b+1)*n] {
			out[i*width+b] = v
		}
	}
	copy(out[n*width:], raw[n*width:])
	return out
}

// checked compares the checksum at the end of a chunk and cuts it off.
func checked(raw []byte) ([]byte, error) {
	if len(raw) < 4 {
		return nil, errors.New("it lacks its checksum")
	}
	data, sum := raw[:len(raw)-4], binary.LittleEndian.Uint32(raw[len(raw)-4:])
	if fletcher(data) != sum>>16%65535<<16|sum&0xffff%65535 {
		return nil, errors.New("its checksum is wrong")
	}
	return data, nil
}

// fletcher is HDF5's Fletcher-32: two sums modulo 65535 over 16-bit big-endian words, a last odd byte as the high
// one. HDF5 may store 65535 for a sum of 0.
func fletcher(data []byte) uint32 {
	var a, b uint32
	for i := 0; i < len(data); i += 2 {
		word := uint32(data[i]) << 8
		if i+1 < len(data) {
			word |= uint32(data[i+1])
		}
		a = (a + word) % 65535
		b = (b + a) % 65535
	}
	return b<<16 | a
}
