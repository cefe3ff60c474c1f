// Package checkpointtest is what the tests of all readers of checkpoints share: sources that break, and files that are
// damaged, in every place.
//
// A reader's promise is the same for all formats. What it returns without an error is what the file holds, and an error
// of the source is told as such, not as a damaged file.
package checkpointtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// Reader reads the tensors of a source.
type Reader func(r io.ReaderAt, size int64) ([]stored.Tensor, error)

// ErrBroken is the error of a source that breaks.
var ErrBroken = errors.New("the disk is broken")

// broken reads its bytes up to one from which on it fails.
type broken struct {
	data []byte
	at   int64
}

func (b broken) ReadAt(p []byte, from int64) (int, error) {
	if from+int64(len(p)) <= b.at {
		return bytes.NewReader(b.data).ReadAt(p, from)
	}
	if from >= b.at {
		return 0, ErrBroken
	}
	n, _ := bytes.NewReader(b.data[:b.at]).ReadAt(p, from)
	return n, ErrBroken
}

// Broken reads a file from sources that fail from their k-th byte on, for every k: the reader passes the source's error
// on, or did not need the byte.
func Broken(t *testing.T, data []byte, read Reader) {
	t.Helper()
	want, err := values(bytes.NewReader(data), int64(len(data)), read)
	if err != nil {
		t.Fatal(err)
	}
	for at := range data {
		got, err := values(broken{data, int64(at)}, int64(len(data)), read)
		if err != nil && !errors.Is(err, ErrBroken) {
			t.Errorf("broken at byte %d: got %v, want the source's error", at, err)
		}
		if err == nil && !same(got, want) {
			t.Errorf("broken at byte %d: got other values, and no error", at)
		}
		if t.Failed() {
			return
		}
	}
}

// Cut reads every beginning of a file: all but the whole are refused, or the rest was not needed.
func Cut(t *testing.T, data []byte, read Reader) {
	t.Helper()
	want, err := values(bytes.NewReader(data), int64(len(data)), read)
	if err != nil {
		t.Fatal(err)
	}
	for n := range data {
		got, err := values(bytes.NewReader(data[:n]), int64(n), read)
		if err == nil && !same(got, want) {
			t.Fatalf("the first %d of %d bytes give other values, and no error", n, len(data))
		}
	}
}

// Flipped reads a file with one bit of each byte flipped. Formats with checksums refuse it, or it changed nothing that
// is read; accept says which bytes no checksum covers.
func Flipped(t *testing.T, data []byte, read Reader, accept func(at int) bool) {
	t.Helper()
	want, err := values(bytes.NewReader(data), int64(len(data)), read)
	if err != nil {
		t.Fatal(err)
	}
	for at := range data {
		damaged := bytes.Clone(data)
		damaged[at] ^= 1 << (at % 8)
		got, err := values(bytes.NewReader(damaged), int64(len(data)), read)
		if err == nil && !same(got, want) && !accept(at) {
			t.Errorf("byte %d changed from %02x to %02x gives other values, and no error", at, data[at], damaged[at])
		}
	}
}

// tensor is a tensor that was read.
type tensor struct {
	name   string
	shape  string
	values []float32
}

// values reads all tensors that can be read.
func values(r io.ReaderAt, size int64, read Reader) ([]tensor, error) {
	found, err := read(r, size)
	if err != nil {
		return nil, err
	}
	var all []tensor
	for i := range found {
		if !found[i].Type.Readable() {
			continue
		}
		v, err := found[i].Values()
		if err != nil {
			return nil, err
		}
		all = append(all, tensor{found[i].Name, fmt.Sprint(found[i].Shape), v})
	}
	return all, nil
}

func same(a, b []tensor) bool {
	return slices.EqualFunc(a, b, func(x, y tensor) bool {
		return x.name == y.name && x.shape == y.shape && slices.Equal(x.values, y.values)
	})
}
