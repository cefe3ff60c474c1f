package keras

import (
	"bytes"
	"io"
	"strings"
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

// TestChecksum: weights whose checksum in the archive is another are not read.
func TestChecksum(t *testing.T) {
	data := []byte(load(t, "model.keras"))
	data[bytes.Index(data, []byte("\x89HDF"))+200] ^= 1
	a, err := stored.OpenZip(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if s, err := ReadArchive(a); err == nil || !strings.Contains(err.Error(), "its checksum is") {
		t.Errorf("got %v, %v", s, err)
	}
}
