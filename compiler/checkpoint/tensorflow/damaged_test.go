package tensorflow

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/checkpointtest"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// TestDamaged reads an index, and a file of values, that are broken and cut off in every place.
func TestDamaged(t *testing.T) {
	index, err := os.ReadFile("testdata/model.ckpt-7.index")
	if err != nil {
		t.Fatal(err)
	}
	values, err := os.ReadFile("testdata/model.ckpt-7.data-00000-of-00001")
	if err != nil {
		t.Fatal(err)
	}
	all := func(states []stored.State, err error) (tensors []stored.Tensor, _ error) {
		for _, s := range states {
			tensors = append(tensors, s.Tensors...)
		}
		return tensors, err
	}
	ofValues := func(r io.ReaderAt, size int64) OpenFile {
		return func(name string) (io.ReaderAt, int64, error) {
			if !strings.Contains(name, ".data-") {
				return nil, 0, errors.New("there is no such file")
			}
			return r, size, nil
		}
	}
	readIndex := func(r io.ReaderAt, size int64) ([]stored.Tensor, error) {
		return all(Read(r, size, "model.ckpt-7.index", ofValues(bytes.NewReader(values), int64(len(values)))))
	}
	readValues := func(r io.ReaderAt, size int64) ([]stored.Tensor, error) {
		return all(Read(bytes.NewReader(index), int64(len(index)), "model.ckpt-7.index", ofValues(r, size)))
	}
	checkpointtest.Broken(t, index, readIndex)
	checkpointtest.Cut(t, index, readIndex)
	checkpointtest.Broken(t, values, readValues)
	checkpointtest.Cut(t, values, readValues)
}

// TestLyingLength: a text that says to be of more bytes than there are, up to what wraps around, is cut off.
func TestLyingLength(t *testing.T) {
	for _, length := range []uint64{1, 5, 1 << 32, math.MaxUint64, math.MaxUint64 - 3, math.MaxUint64 - 13} {
		for behind := range 6 {
			data := append(binary.AppendUvarint(nil, length), make([]byte, behind)...)
			x := &stored.Tensor{Open: stored.Section(bytes.NewReader(data), 0, int64(len(data)))}
			if text, err := readString(x, 0); err == nil || !errors.Is(err, errTruncated) && behind < 4 {
				t.Errorf("%d bytes of %d: %q, %v", behind, length, text, err)
			}
		}
	}
}
