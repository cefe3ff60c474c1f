package flax

import (
	"io"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/checkpointtest"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// TestDamaged reads files that are broken and cut off in every place.
func TestDamaged(t *testing.T) {
	read := func(r io.ReaderAt, size int64) ([]stored.Tensor, error) {
		s, err := Read(r, size)
		return s.Tensors, err
	}
	for _, file := range []string{"variables.msgpack", "chunked.msgpack"} {
		data := []byte(load(t, file))
		checkpointtest.Broken(t, data, read)
		checkpointtest.Cut(t, data, read)
	}
}
