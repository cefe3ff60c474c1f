package hdf5

import (
	"io"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/checkpointtest"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// TestSources reads a file from sources that break, and from files that are cut.
func TestSources(t *testing.T) {
	data := load(t, "latest.h5")
	if !testing.Short() {
		data = load(t, "many.h5")
	}
	read := func(r io.ReaderAt, size int64) (tensors []stored.Tensor, err error) {
		root, err := Read(r, size)
		if err != nil {
			return nil, err
		}
		each(root, "", func(path string, d *stored.Tensor) {
			named := *d
			named.Name = path
			tensors = append(tensors, named)
		})
		return tensors, nil
	}
	checkpointtest.Broken(t, data, read)
	checkpointtest.Cut(t, data, read)
}
