package verify

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"unicode/utf8"
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
	switch {
	case err != nil && utf8.Valid(data) && !bytes.Contains(data, []byte{0}):
		return nil, fmt.Errorf("%s is text, and no ONNX model", path)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	open := func(location string) (External, error) { return openWithin(root, location) }
	if err := m.LoadExternal(open); err != nil {
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

// External is a file of external data.
type External struct {
	io.ReaderAt
	io.Closer
	Size int64
}

// openWithin opens a file in the model's folder or below it. No part of its path may lead out of there, through links
// either.
func openWithin(root *os.Root, location string) (External, error) {
	if !filepath.IsLocal(filepath.FromSlash(location)) {
		return External{}, fmt.Errorf("the file %q is not in the model's folder", location)
	}
	location = filepath.FromSlash(location)
	// Before it is opened: opening a pipe would wait for its writer.
	info, err := root.Stat(location)
	if wrong := (*fs.PathError)(nil); errors.As(err, &wrong) { // such as "path escapes from parent", for a link
		return External{}, fmt.Errorf("%s: %w", location, wrong.Err)
	} else if err != nil {
		return External{}, err
	}
	if !info.Mode().IsRegular() {
		return External{}, fmt.Errorf("%s is not a regular file", location)
	}
	f, err := root.Open(location)
	if err != nil {
		return External{}, err
	}
	return External{f, f, info.Size()}, nil
}

// LoadExternal reads the tensors whose data lie in other files, which open opens. A file must have all that is asked
// of it.
func (m *Model) LoadExternal(open func(location string) (External, error)) error {
	l := &loader{open: open, files: map[string]External{}, loaded: map[extent][]byte{}, left: map[string]int64{}}
	defer l.close()
	for i := range m.Graph.Initializers {
		t := &m.Graph.Initializers[i]
		if !t.outside {
			continue
		}
		if err := l.load(t); err != nil {
			return fmt.Errorf("initializer %s: external data: %w", t.Name, err)
		}
	}
	return nil
}

// loader reads external data. Tensors that name the same bytes share them; apart from that, no more is read of a file
// than it has, or a small model could ask for the same large file a thousand times.
type loader struct {
	open   func(location string) (External, error)
	files  map[string]External
	left   map[string]int64 // of each file's size
	loaded map[extent][]byte
}

// extent is a part of a file.
type extent struct {
	location       string
	offset, length int64
}

func (l *loader) close() {
	for _, f := range l.files {
		f.Close()
	}
}

func (l *loader) file(location string) (External, error) {
	f, ok := l.files[location]
	if ok {
		return f, nil
	}
	f, err := l.open(location)
	if err != nil {
		return f, err
	}
	l.files[location], l.left[location] = f, f.Size
	return f, nil
}

func (l *loader) load(t *Tensor) error {
	size, err := t.size()
	if IsUncovered(err) { // Check says so
		return nil
	}
	if err != nil {
		return err
	}
	x := extent{location: t.external["location"]}
	if x.offset, err = number(t.external, "offset", 0); err != nil {
		return err
	}
	if x.length, err = number(t.external, "length", size); err != nil {
		return err
	}
	if x.length != size {
		return fmt.Errorf("%d bytes are given, the shape %v needs %d", x.length, t.Dims, size)
	}
	f, err := l.file(x.location)
	if err != nil {
		return err
	}
	if x.offset > f.Size || x.length > f.Size-x.offset {
		return fmt.Errorf("bytes %d to %d are asked for, but %s has %d: it is truncated", x.offset, x.offset+x.length,
			x.location, f.Size)
	}
	if raw, ok := l.loaded[x]; ok {
		t.Raw = raw
		return nil
	}
	if l.left[x.location] -= x.length; l.left[x.location] < 0 {
		return errors.New("tensors overlap in " + x.location)
	}
	t.Raw = make([]byte, x.length)
	if _, err := io.ReadFull(io.NewSectionReader(f, x.offset, x.length), t.Raw); err != nil {
		return err
	}
	l.loaded[x] = t.Raw
	return nil
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
