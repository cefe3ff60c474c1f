package flax

import (
	"io"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/checkpointtest"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// TestSources reads files from sources that break, and files that are cut.
func TestSources(t *testing.T) {
	read := func(r io.ReaderAt, size int64) ([]stored.Tensor, error) {
		s, err := Read(r, size)
		return s.Tensors, err
	}
	for _, file := range []string{"state.msgpack", "chunked.msgpack"} {
		checkpointtest.Broken(t, []byte(load(t, file)), read)
		checkpointtest.Cut(t, []byte(load(t, file)), read)
	}
}
