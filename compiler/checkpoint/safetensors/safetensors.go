// Package safetensors finds the tensors of safetensors files, and of the index that joins the shards of a large
// checkpoint.
//
// Format: https://huggingface.co/docs/safetensors: eight bytes with the length of a JSON header, the header, the data.
package safetensors

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// maxHeader is the largest header that is read; that of EfficientNet-B7 has 150 KB.
const maxHeader = 16 << 20

// Sniff reports whether a file that starts with head may be a safetensors file.
func Sniff(head []byte) bool {
	if len(head) < 9 || binary.LittleEndian.Uint64(head) > 1<<40 {
		return false
	}
	return head[8] == '{'
}

// Read returns the tensors of a file in the order of its header. Every tensor has the bytes that its shape needs,
// within the file, and shares none.
func Read(f io.ReaderAt, size int64) ([]stored.Tensor, error) {
	entries, start, err := readHeader(f, size)
	if err != nil {
		return nil, err
	}
	if err := checkLayout(entries, size-start); err != nil {
		return nil, err
	}
	tensors := make([]stored.Tensor, len(entries))
	for i, e := range entries {
		from, to := e.from, e.to
		tensors[i] = stored.Tensor{Name: e.name, Type: e.kind, Shape: e.shape, Open: stored.Section(f, start+from,
			to-from)}
	}
	return tensors, nil
}

func readHeader(f io.ReaderAt, size int64) (entries []entry, start int64, err error) {
	var word [8]byte
	if size < int64(len(word)) {
		return nil, 0, fmt.Errorf("it has only %d bytes", size)
	}
	if n, err := f.ReadAt(word[:], 0); n < len(word) {
		return nil, 0, fmt.Errorf("cannot read the header: %w", err)
	}
	length := binary.LittleEndian.Uint64(word[:])
	if length > uint64(size-8) {
		return nil, 0, fmt.Errorf("byte 0: the header would have %d bytes, the file has %d: it is truncated or damaged",
			length, size)
	}
	if length > maxHeader {
		return nil, 0, fmt.Errorf("byte 0: the header has %d bytes; the limit is %d", length, maxHeader)
	}
	text := make([]byte, length)
	if n, err := f.ReadAt(text, 8); n < len(text) {
		return nil, 0, fmt.Errorf("cannot read the header: %w", err)
	}
	entries, err = parseHeader(text)
	if err != nil {
		return nil, 0, fmt.Errorf("the header is not as safetensors has it: %w", err)
	}
	return entries, 8 + int64(length), nil
}

// checkLayout makes sure that every tensor has the bytes its shape needs, within the file, and shares none.
func checkLayout(entries []entry, size int64) error {
	for _, e := range entries {
		name, width := stored.Quote(e.name), e.kind.Size()
		if width == 0 {
			return fmt.Errorf("tensor %s has the unknown type %s", name, stored.Quote(string(e.kind)))
		}
		from, to := e.from, e.to
		if from < 0 || to < from || to > size {
			return fmt.Errorf("tensor %s lies at bytes %d to %d, but the file has %d bytes of data: it is truncated "+
				"or damaged",
				name, from, to, size)
		}
		n, err := stored.Elements(e.shape)
		if err != nil {
			return fmt.Errorf("tensor %s %w", name, err)
		}
		if n*width != to-from {
			return fmt.Errorf("tensor %s of shape %s needs %d bytes, but has %d", name, stored.Brief(e.shape), n*width,
				to-from)
		}
	}
	sorted := slices.Clone(entries)
	slices.SortStableFunc(sorted, func(a, b entry) int { return int(min(1, max(-1, a.from-b.from))) })
	end, owner := int64(0), ""
	for _, e := range sorted {
		if e.to > e.from && e.from < end {
			return fmt.Errorf("the tensors %s and %s overlap", stored.Quote(owner), stored.Quote(e.name))
		}
		if e.to > end {
			end, owner = e.to, e.name
		}
	}
	return nil
}
