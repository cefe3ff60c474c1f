package onnx

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/netc-lang/netc/compiler/params"
)

// counting is a tensor of n elements 0, 1, 2, … whose reader fails, unless failAt is -1, with the piece that has that
// element.
func counting(name string, n, failAt int) *tensor {
	return &tensor{name: name, shape: []int{n}, open: func() (params.Reader, error) {
		next := 0
		return func(to []float32) error {
			for i := range to {
				if to[i] = float32(next); next == failAt {
					return errors.New(name + " fails")
				}
				next++
			}
			return nil
		}, nil
	}}
}

// TestStream writes tensors of no, one and several pieces, more of them than are read at a time.
func TestStream(t *testing.T) {
	var parts []part
	var want bytes.Buffer
	total := 0
	for i, n := range []int{0, 1, pieceLength - 1, pieceLength, pieceLength + 1, 12*pieceLength + 5, 0, 3, 3, 3,
		20 * pieceLength} {
		values := make([]float32, n)
		for k := range values {
			values[k] = float32(k)
		}
		data, err := Float32.encode(values)
		if err != nil {
			t.Fatal(err)
		}
		head := []byte{byte(i)}
		parts = append(parts, part{bytes: head}, part{tensor: counting("w", n, -1)})
		want.Write(head)
		want.Write(data)
		total += len(data)
	}
	var got bytes.Buffer
	if err := writeParts(&got, parts, func(n int) { total -= n }); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want.Bytes()) {
		t.Error("the file is another")
	}
	if total != 0 {
		t.Errorf("the progress lacks %d bytes", total)
	}
}

// TestStreamFails has the error of the first tensor in the file's order that cannot be read, and that of a full disk.
func TestStreamFails(t *testing.T) {
	parts := []part{
		{tensor: counting("a", 10*pieceLength, -1)}, {tensor: counting("b", 10*pieceLength, 9*pieceLength+1)},
		{tensor: counting("c", 5, 0)},
		{tensor: counting("d", 10*pieceLength, -1)},
	}
	if err := writeParts(io.Discard, parts, nil); err == nil || err.Error() != "b fails" {
		t.Errorf("got %v", err)
	}
	full := errors.New("full")
	if err := writeParts(failing{full}, parts, nil); err != full {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
