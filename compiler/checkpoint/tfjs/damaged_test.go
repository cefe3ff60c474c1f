package tfjs

import (
	"io"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/checkpointtest"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// TestDamaged reads a shard that is broken and cut off in every place.
func TestDamaged(t *testing.T) {
	text := manifest(`"1.bin"`,
		`{"name": "conv/kernel", "shape": [2], "dtype": "float32"}`,
		`{"name": "conv/bytes", "shape": [3, 1], "dtype": "float32", "quantization": {"dtype": "uint8", "scale": 0.1, "min": -12.7}}`)
	read := func(r io.ReaderAt, size int64) ([]stored.Tensor, error) {
		tensors, _, err := Read([]byte(text), func(string) (io.ReaderAt, int64, error) { return r, size, nil })
		return tensors, err
	}
	shard := []byte("\x00\x00\x80?\x00\x00\x00@\x00\x01\xff")
	checkpointtest.Broken(t, shard, read)
	checkpointtest.Cut(t, shard, read)
}
