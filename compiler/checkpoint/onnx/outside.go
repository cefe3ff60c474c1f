package onnx

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// outside is an opened file beside the model, and the tensors in it.
type outside struct {
	r       io.ReaderAt
	size    int64
	extents []extent
}

// extent is the bytes of a tensor.
type extent struct {
	from, to int64
	name     string
}

// locateOutside finds values in a file beside the model.
func (r *reader) locateOutside(t *stored.Tensor, v values, need int64) error {
	name := v.external["location"]
	numbers := map[string]int64{"offset": 0, "length": need}
	for key := range numbers {
		if text, ok := v.external[key]; ok {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil || n < 0 {
				return fmt.Errorf("lies in another file, at the %s %s", key, stored.Quote(text))
			}
			numbers[key] = n
		}
	}
	file := r.outside[name]
	if file == nil {
		file = &outside{}
		var err error
		if file.r, file.size, err = r.open(name); err != nil {
			return fmt.Errorf("lies in another file: %w", err)
		}
		r.outside[name] = file
	}
	offset, length := numbers["offset"], numbers["length"]
	if length != need {
		return fmt.Errorf("of shape %s needs %d bytes, but has %d", stored.Brief(t.Shape), need, length)
	}
	if offset > file.size || length > file.size-offset {
		return fmt.Errorf("lies at bytes %d to %d of %s, which has %d bytes", offset, offset+length, stored.Quote(name),
			file.size)
	}
	if length > 0 {
		file.extents = append(file.extents, extent{offset, offset + length, t.Name})
	}
	t.Open = stored.Section(file.r, offset, length)
	return nil
}

// checkOutside refuses tensors that share some of their bytes, which no writer of external data means. Tensors that
// share all of them are one that has two names.
func (r *reader) checkOutside() error {
	for _, name := range slices.Sorted(maps.Keys(r.outside)) {
		extents := r.outside[name].extents
		slices.SortFunc(extents, func(a, b extent) int {
			return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to), cmp.Compare(a.name, b.name))
		})
		for i := 1; i < len(extents); i++ {
			a, b := extents[i-1], extents[i]
			if b.from < a.to && (b.from != a.from || b.to != a.to) {
				return fmt.Errorf("the tensors %s and %s overlap in %s", stored.Quote(a.name), stored.Quote(b.name),
					stored.Quote(name))
			}
		}
	}
	return nil
}
