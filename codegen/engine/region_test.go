package engine

import (
	"bytes"
	"context"
	"runtime/trace"
	"testing"
)

// TestRegion: each call is a region of the network's name in a trace that is being written, whatever its batch.
func TestRegion(t *testing.T) {
	if trace.IsEnabled() {
		t.Skip("a trace is being written already")
	}
	n := constant(3)
	n.Name = "NetworkOfTheTrace"
	e, err := Read(n, bytes.NewReader(fileOf(n, 1)), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for _, images := range []int{1, 3} {
		var written bytes.Buffer
		if err := trace.Start(&written); err != nil {
			t.Skip(err)
		}
		err := e.InferBatch(context.Background(), images, list(make([]float32, images)),
			list(make([]float32, 64*images)))
		trace.Stop()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(written.Bytes(), []byte(n.Name)) {
			t.Errorf("a trace of %d images has no region %s", images, n.Name)
		}
	}
}
