// Package safetensors finds the tensors of safetensors files, and of the index that joins the shards of a large checkpoint.
//
// Format: https://huggingface.co/docs/safetensors: eight bytes with the length of a JSON header, the header, the data.
package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
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

// Read returns the tensors of a file in the order of its header. Every tensor has the bytes that its shape needs, within the
// file, and shares none.
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
		from, to := e.Data[0], e.Data[1]
		tensors[i] = stored.Tensor{Name: e.name, Type: e.DType, Shape: e.Shape, Open: stored.Section(f, start+from, to-from)}
	}
	return tensors, nil
}

// entry is one tensor of the header. Offsets count from the end of the header.
type entry struct {
	name  string
	DType stored.Type `json:"dtype"`
	Shape []int64     `json:"shape"`
	Data  *[2]int64   `json:"data_offsets"`
}

func readHeader(f io.ReaderAt, size int64) (entries []entry, start int64, err error) {
	var word [8]byte
	if _, err := f.ReadAt(word[:], 0); err != nil {
		return nil, 0, fmt.Errorf("it has only %d bytes", size)
	}
	length := binary.LittleEndian.Uint64(word[:])
	if length > uint64(max(0, size-8)) {
		return nil, 0, fmt.Errorf("byte 0: the header would have %d bytes, the file has %d: it is truncated or damaged", length, size)
	}
	if length > maxHeader {
		return nil, 0, fmt.Errorf("byte 0: the header has %d bytes; the limit is %d", length, maxHeader)
	}
	text := make([]byte, length)
	if _, err := f.ReadAt(text, 8); err != nil {
		return nil, 0, fmt.Errorf("cannot read the header: %w", err)
	}
	entries, err = parseHeader(text)
	if err != nil {
		return nil, 0, fmt.Errorf("the header is not as safetensors has it: %w", err)
	}
	return entries, 8 + int64(length), nil
}

// jsonMistake says what is wrong with a value of the header in words for people who do not know its types in Go.
func jsonMistake(err error) error {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return err
	}
	if wrong.Field == "" {
		return fmt.Errorf("%s stands where an object is needed", wrong.Value)
	}
	return fmt.Errorf("%s has a value of the wrong type: %s", wrong.Field, wrong.Value)
}

// parseHeader reads the header's object key by key: a map would hide a name that occurs twice.
func parseHeader(text []byte) ([]entry, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("it is not a JSON object")
	}
	var entries []entry
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		name := t.(string) // a key of an object
		if seen[name] {
			return nil, fmt.Errorf("the tensor %s occurs twice", stored.Quote(name))
		}
		seen[name] = true
		if name == "__metadata__" {
			var metadata map[string]string
			if err := d.Decode(&metadata); err != nil {
				return nil, fmt.Errorf("__metadata__: %w", jsonMistake(err))
			}
			continue
		}
		e := entry{name: name}
		if err := d.Decode(&e); err != nil {
			return nil, fmt.Errorf("tensor %s: %w", stored.Quote(name), jsonMistake(err))
		}
		if e.Data == nil || e.DType == "" {
			return nil, fmt.Errorf("tensor %s lacks dtype or data_offsets", stored.Quote(name))
		}
		entries = append(entries, e)
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if rest := bytes.TrimSpace(text[d.InputOffset():]); len(rest) > 0 {
		return nil, errors.New("something follows the JSON object")
	}
	return entries, nil
}

// checkLayout makes sure that every tensor has the bytes its shape needs, within the file, and shares none.
func checkLayout(entries []entry, size int64) error {
	for _, e := range entries {
		name, width := stored.Quote(e.name), e.DType.Size()
		if width == 0 {
			return fmt.Errorf("tensor %s has the unknown type %s", name, stored.Quote(string(e.DType)))
		}
		from, to := e.Data[0], e.Data[1]
		if from < 0 || to < from || to > size {
			return fmt.Errorf("tensor %s lies at bytes %d to %d, but the file has %d bytes of data: it is truncated or damaged", name, from, to, size)
		}
		n, err := stored.Elements(e.Shape)
		if err != nil {
			return fmt.Errorf("tensor %s %w", name, err)
		}
		if n*width != to-from {
			return fmt.Errorf("tensor %s of shape %s needs %d bytes, but has %d", name, stored.Brief(e.Shape), n*width, to-from)
		}
	}
	sorted := slices.Clone(entries)
	slices.SortStableFunc(sorted, func(a, b entry) int { return int(min(1, max(-1, a.Data[0]-b.Data[0]))) })
	end, owner := int64(0), ""
	for _, e := range sorted {
		if e.Data[1] > e.Data[0] && e.Data[0] < end {
			return fmt.Errorf("the tensors %s and %s overlap", stored.Quote(owner), stored.Quote(e.name))
		}
		if e.Data[1] > end {
			end, owner = e.Data[1], e.name
		}
	}
	return nil
}
