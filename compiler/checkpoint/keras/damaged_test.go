package keras

import (
	"io"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/checkpointtest"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// TestDamaged reads files and archives that are broken and cut off in every place.
func TestDamaged(t *testing.T) {
	plain := func(r io.ReaderAt, size int64) ([]stored.Tensor, error) {
		s, err := Read(r, size, nil)
		return s.Tensors, err
	}
	archive := func(r io.ReaderAt, size int64) ([]stored.Tensor, error) {
		a, err := stored.OpenZip(r, size)
		if err != nil || !IsArchive(a) {
			return nil, err
		}
		s, err := ReadArchive(a)
		return s.Tensors, err
	}
	t.Run("plain", func(t *testing.T) {
		data := load(t, "keras3.weights.h5")
		checkpointtest.Broken(t, data, plain)
		checkpointtest.Cut(t, data, plain)
	})
	t.Run("archive", func(t *testing.T) {
		data := load(t, "model.keras")
		checkpointtest.Broken(t, data, archive)
		checkpointtest.Cut(t, data, archive)
	})
}
