package verify

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

// maxFile is the largest model that is read: protobuf messages must stay below 2 GiB.
const maxFile = 1<<31 - 1

// ReadFile reads a model, and its external data from the folder in which it lies.
func ReadFile(path string) (*Model, error) {
	data, err := readRegular(path, maxFile)
	if err != nil {
		return nil, err
	}
	m, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := m.loadExternal(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

func readRegular(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%s has %d bytes, more than the limit of %d", path, info.Size(), limit)
	}
	return os.ReadFile(path)
}

// loadExternal reads the tensors whose data lie in other files. Such a file must lie in the model's folder or below it, and
// must have all that is asked of it.
func (m *Model) loadExternal(folder string) error {
	for i := range m.Graph.Initializers {
		t := &m.Graph.Initializers[i]
		if !t.outside {
			continue
		}
		if err := t.load(folder); err != nil {
			return fmt.Errorf("initializer %s: external data: %w", t.Name, err)
		}
	}
	return nil
}

func (t *Tensor) load(folder string) error {
	location := t.external["location"]
	if !filepath.IsLocal(filepath.FromSlash(location)) {
		return fmt.Errorf("the file %q is not in the model's folder", location)
	}
	size, err := t.size()
	if err != nil {
		return err
	}
	offset, err := number(t.external, "offset", 0)
	if err != nil {
		return err
	}
	length, err := number(t.external, "length", size)
	if err != nil {
		return err
	}
	if length != size {
		return fmt.Errorf("%d bytes are given, the shape %v needs %d", length, t.Dims, size)
	}
	path := filepath.Join(folder, filepath.FromSlash(location))
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", location)
	}
	if offset > info.Size() || length > info.Size()-offset {
		return fmt.Errorf("bytes %d to %d are asked for, but %s has %d: it is truncated", offset, offset+length, location, info.Size())
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	t.Raw = make([]byte, length)
	_, err = io.ReadFull(io.NewSectionReader(f, offset, length), t.Raw)
	return err
}

func number(entries map[string]string, key string, missing int64) (int64, error) {
	text, ok := entries[key]
	if !ok {
		return missing, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > 1<<50 {
		return 0, fmt.Errorf("the %s %q is no sensible number", key, text)
	}
	return n, nil
}

// maxElements is how many elements a tensor may have.
const maxElements = 1<<31 - 1

// elements returns the number of elements of a shape.
func elements(dims []int64) (int64, error) {
	n := int64(1)
	for _, d := range dims {
		if d < 0 || d > maxElements {
			return 0, fmt.Errorf("the shape %v is impossible", dims)
		}
		if n *= d; n > maxElements { // both factors have 31 bits
			return 0, fmt.Errorf("a tensor of shape %v has too many elements", dims)
		}
	}
	return n, nil
}

// size returns the bytes that the tensor's data must have.
func (t *Tensor) size() (int64, error) {
	info, ok := elementTypes[t.Type]
	if !ok {
		return 0, fmt.Errorf("element type %d is not read", int64(t.Type))
	}
	n, err := elements(t.Dims)
	return n * info.bytes, err
}
