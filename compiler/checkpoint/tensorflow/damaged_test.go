package tensorflow

import (
	"bytes"
	"errors"
	"io"
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
