package hdf5

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

func isDataset(messages []message) bool {
	_, ok := find(messages, msgLayout)
	return ok
}

// dataset returns the tensor of a dataset. What is none, such as a list of strings, is a tensor of a type that cannot
// be read.
func (f *file) dataset(name string, messages []message, attributes map[string][]string) (*stored.Tensor, error) {
	t := &stored.Tensor{}
	if err := f.describe(t, messages, attributes); err != nil {
		return nil, fmt.Errorf("the dataset %s: %w", stored.Quote(name), err)
	}
	return t, nil
}

func (f *file) describe(t *stored.Tensor, messages []message, attributes map[string][]string) (err error) {
	space, ok := find(messages, msgDataspace)
	kind, ok2 := find(messages, msgDatatype)
	place, _ := find(messages, msgLayout)
	if _, outside := find(messages, msgExternal); outside {
		return errors.New("its values lie in another file, which is not followed")
	}
	if !ok || !ok2 {
		return fmt.Errorf("its type or its shape is missing: %w", errTruncated)
	}
	if space.shared || kind.shared || place.shared {
		return errors.New("its type is committed apart from it, which cannot be read")
	}
	if t.Shape, err = dataspace(space.data()); err != nil {
		return err
	}
	element, err := parseType(kind.data())
	if err != nil {
		return err
	}
	t.Type = element.kind
	dtype := attributes["dtype"]
	if element.class == classOpaque && element.size == 2 && len(dtype) == 1 && dtype[0] == "bfloat16" {
		t.Type = stored.BF16 // as Keras writes what HDF5 does not know
	}
	if t.Type == "" {
		t.Type = stored.Type(fmt.Sprintf("of HDF5's class %d with %d bytes", element.class, element.size))
		t.Open = func() (io.ReadCloser, error) { return nil, fmt.Errorf("is of a type that cannot be read") }
		return nil
	}
	n, err := stored.Elements(t.Shape)
	if err != nil {
		return err
	}
	l, err := parseLayout(place.data())
	if err != nil {
		return err
	}
	need := n * t.Type.Size()
	switch l.class {
	case compact:
		if int64(len(l.data)) != need {
			return fmt.Errorf("of shape %s needs %d bytes, but has %d", stored.Brief(t.Shape), need, len(l.data))
		}
		t.Open = stored.Section(bytes.NewReader(l.data), 0, need)
		return nil
	case contiguous:
		return f.contiguous(t, l, need)
	}
	return f.chunked(t, l, messages)
}

func (f *file) contiguous(t *stored.Tensor, l layout, need int64) error {
	switch {
	case need == 0:
		t.Open = stored.Section(bytes.NewReader(nil), 0, 0)
		return nil
	case l.address == undefined:
		return errors.New("it has a shape, and no values")
	case l.length != uint64(need):
		return fmt.Errorf("of shape %s needs %d bytes, but has %d", stored.Brief(t.Shape), need, l.length)
	}
	if err := f.claim(l.address, need); err != nil {
		return err
	}
	t.Open = stored.Section(f.r, int64(l.address), need)
	return nil
}

// claim notes that bytes of the file are values.
func (f *file) claim(at uint64, n int64) error {
	if at > uint64(f.size) || n > f.size-int64(at) {
		return fmt.Errorf("it lies at bytes %d to %d, but the file has %d: it is truncated or damaged", at,
			at+uint64(n), f.size)
	}
	f.extents = append(f.extents, stored.Extent{Name: fmt.Sprintf("at byte %d", at), From: int64(at),
		To: int64(at) + n})
	return nil
}

// chunk is a block of a dataset, as large as all others, where it lies in the file. At the edges it reaches beyond
// the dataset.
type chunk struct {
	origin  []int64 // its first element's indices
	at      int64
	length  int64
	skipped uint32 // a bit for each filter that it was not given
}

// maxRatio is more than deflate can do, so that the elements which a file claims have bytes to come from.
const maxRatio = 1100

// chunked finds the chunks of a dataset, which must be there all.
func (f *file) chunked(t *stored.Tensor, l layout, messages []message) error {
	if len(l.chunk) != len(t.Shape) {
		return fmt.Errorf("its chunks have %d dimensions, it has %d", len(l.chunk), len(t.Shape))
	}
	var filters []filter
	if m, ok := find(messages, msgFilters); ok {
		var err error
		if filters, err = parseFilters(m.data()); err != nil {
			return err
		}
	}
	width := t.Type.Size()
	elements, err := stored.Elements(l.chunk)
	if err != nil {
		return err
	}
	whole := elements * width
	want, err := chunkCount(t.Shape, l.chunk)
	if err != nil {
		return err
	}
	var chunks []chunk
	seen := map[string]bool{}
	add := func(c chunk) error {
		for i, o := range c.origin {
			if o < 0 || o >= t.Shape[i] || o%l.chunk[i] != 0 {
				return fmt.Errorf("a chunk begins at %s: %w", stored.Brief(c.origin), errTruncated)
			}
		}
		key := fmt.Sprint(c.origin)
		plain := len(filters) == 0
		if seen[key] || plain && c.length != whole || !plain && whole/maxRatio > c.length {
			return fmt.Errorf("the chunk at %s has %d bytes for %d, or is there twice", stored.Brief(c.origin),
				c.length, whole)
		}
		seen[key] = true
		chunks = append(chunks, c)
		return f.claim(uint64(c.at), c.length)
	}
	switch {
	case l.address == undefined || want == 0:
	case l.single:
		if len(filters) == 0 {
			l.length = uint64(whole)
		}
		err = add(chunk{make([]int64, len(t.Shape)), int64(l.address), int64(min(l.length, math.MaxInt64)), l.skipped})
	default:
		err = f.chunkTree(l.address, len(t.Shape), add)
	}
	if err != nil {
		return err
	}
	if int64(len(chunks)) != want {
		return fmt.Errorf("it has %d chunks of %d", len(chunks), want)
	}
	read := assembly{f.r, l.chunk, filters, chunks, t.Shape, width, whole}
	t.Open = read.open
	return nil
}

// chunkCount returns how many chunks of a size cover a shape.
func chunkCount(shape, chunk []int64) (int64, error) {
	count := int64(1)
	for i, d := range shape {
		along := (d + chunk[i] - 1) / chunk[i]
		if along > 0 && count > math.MaxInt32/along {
			return 0, fmt.Errorf("it has an impossible number of chunks")
		}
		count *= along
	}
	return count, nil
}

// chunkTree visits the chunks of a dataset.
//
//	key: length 4 | filters that were not applied 4 | the first element's indices 8 each | 0 8
func (f *file) chunkTree(at uint64, rank int, add func(chunk) error) error {
	return f.tree(at, 1, 8+8*rank+8, func(key *cursor, child uint64) error {
		c := chunk{length: int64(key.u32()), skipped: key.u32(), at: int64(min(child, math.MaxInt64))}
		for range rank {
			c.origin = append(c.origin, int64(min(key.u64(), math.MaxInt64)))
		}
		return add(c)
	})
}

// assembly puts a chunked dataset together.
type assembly struct {
	r       io.ReaderAt
	chunk   []int64
	filters []filter
	chunks  []chunk
	shape   []int64
	width   int64
	whole   int64 // bytes of a chunk
}

// open reads all chunks into one piece of memory, as large as the tensor.
func (a assembly) open() (io.ReadCloser, error) {
	n, _ := stored.Elements(a.shape)
	data := make([]byte, n*a.width)
	for _, c := range a.chunks {
		raw := make([]byte, c.length)
		if _, err := a.r.ReadAt(raw, c.at); err != nil {
			return nil, fmt.Errorf("cannot be read: %w", err)
		}
		raw, err := unfilter(raw, a.filters, c.skipped, a.whole)
		if err != nil {
			return nil, fmt.Errorf("has a damaged chunk at %s: %w", stored.Brief(c.origin), err)
		}
		a.place(data, raw, c.origin)
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

// place copies a chunk row by row; what reaches beyond the dataset is left out.
func (a assembly) place(data, raw []byte, origin []int64) {
	last := len(a.shape) - 1
	inside := make([]int64, len(a.shape)) // the chunk's sizes within the dataset
	for i, o := range origin {
		inside[i] = min(a.chunk[i], a.shape[i]-o)
	}
	row := inside[last] * a.width
	index := make([]int64, len(a.shape)) // within the chunk
	for {
		from, to := int64(0), int64(0)
		for i := range index {
			from = from*a.chunk[i] + index[i]
			to = to*a.shape[i] + origin[i] + index[i]
		}
		copy(data[to*a.width:], raw[from*a.width:][:row])
		d := last - 1
		for ; d >= 0; d-- {
			if index[d]++; index[d] < inside[d] {
				break
			}
			index[d] = 0
		}
		if d < 0 {
			return
		}
	}
}
