package tensorflow

import (
	"bytes"
	"io"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/checkpointtest"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// TestFlipped reads an index and a file of values in which single bits are changed: their checksums show it.
func TestFlipped(t *testing.T) {
	for _, w := range []*writer{first(), second()} {
		index := table(w.entries, 3)
		tensors := func(states []stored.State, err error) ([]stored.Tensor, error) {
			if err != nil {
				return nil, err
			}
			return states[len(states)-1].Tensors, nil
		}
		byIndex := func(r io.ReaderAt, size int64) ([]stored.Tensor, error) {
			return tensors(Read(r, size, "x.index", func(string) (io.ReaderAt, int64, error) {
				return bytes.NewReader(w.data), int64(len(w.data)), nil
			}))
		}
		byData := func(r io.ReaderAt, size int64) ([]stored.Tensor, error) {
			return tensors(Read(bytes.NewReader(index), int64(len(index)), "x.index", func(string) (io.ReaderAt, int64,
				error) {
				return r, size, nil
			}))
		}
		checkpointtest.Flipped(t, index, byIndex, func(int) bool { return false })
		checkpointtest.Flipped(t, w.data, byData, func(int) bool { return false })
	}
}
