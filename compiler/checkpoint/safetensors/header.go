package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// entry is one tensor of the header. from and to count bytes from the end of the header.
type entry struct {
	name     string
	kind     stored.Type
	shape    []int64
	from, to int64
}

// Limits of a header: its tensors, and their dimensions.
const (
	maxTensors    = 1 << 17
	maxDimensions = 64
)

// parseHeader reads the header's object token by token:
//
//	{"__metadata__": {"format": "pt"},
//	 "conv.weight": {"dtype": "F32", "shape": [8, 3, 3, 3], "data_offsets": [0, 864]}, …}
//
// Decoding it into structs would accept what other readers do not: keys in another case, three offsets, a name that
// occurs twice.
func parseHeader(text []byte) ([]entry, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if !next(d, json.Delim('{')) {
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
				return nil, errors.New("__metadata__ is no object of strings")
			}
			continue
		}
		e := entry{name: name}
		if err := e.parse(d); err != nil {
			return nil, fmt.Errorf("tensor %s %w", stored.Quote(name), err)
		}
		if entries = append(entries, e); len(entries) > maxTensors {
			return nil, fmt.Errorf("it has over %d tensors, the limit", maxTensors)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if rest := bytes.TrimSpace(text[d.InputOffset():]); len(rest) > 0 {
		return nil, errors.New("something follows the JSON object")
	}
	return entries, nil
}

// next reports whether the next token is this one.
func next(d *json.Decoder, want json.Token) bool {
	t, err := d.Token()
	return err == nil && t == want
}

// parse reads the object of one tensor.
func (e *entry) parse(d *json.Decoder) error {
	if !next(d, json.Delim('{')) {
		return errors.New("is no JSON object")
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		key := t.(string)
		if seen[key] {
			return fmt.Errorf("has %s twice", stored.Quote(key))
		}
		seen[key] = true
		switch key {
		case "dtype":
			t, err := d.Token()
			if err != nil {
				return err
			}
			kind, ok := t.(string)
			if !ok {
				return errors.New("has a dtype that is no string")
			}
			e.kind = stored.Type(kind)
		case "shape":
			e.shape, err = numbers(d, maxDimensions)
		case "data_offsets":
			var offsets []int64
			if offsets, err = numbers(d, 2); err == nil && len(offsets) != 2 {
				err = fmt.Errorf("has %d numbers", len(offsets))
			}
			if err == nil {
				e.from, e.to = offsets[0], offsets[1]
			}
		default: // of a later version
			var ignored json.RawMessage
			err = d.Decode(&ignored)
		}
		if err != nil {
			return fmt.Errorf("has wrong %s: %w", stored.Quote(key), err)
		}
	}
	for _, key := range []string{"dtype", "shape", "data_offsets"} {
		if !seen[key] {
			return fmt.Errorf("lacks %s", key)
		}
	}
	_, err := d.Token()
	return err
}

// numbers reads an array of at most so many integers.
func numbers(d *json.Decoder, most int) ([]int64, error) {
	if !next(d, json.Delim('[')) {
		return nil, errors.New("it is no array")
	}
	list := []int64{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		number, ok := t.(json.Number)
		if !ok {
			return nil, errors.New("it holds something that is no number")
		}
		n, err := number.Int64()
		if err != nil {
			return nil, fmt.Errorf("%s is no integer", stored.Quote(number.String()))
		}
		if list = append(list, n); len(list) > most {
			return nil, fmt.Errorf("it has over %d numbers", most)
		}
	}
	_, err := d.Token()
	return list, err
}
