package ort

import (
	"fmt"
	"testing"
)

// Tensor is a value that goes into a model or comes out of it. Data is a []float32, []uint8, []int64 or Halves.
type Tensor struct {
	Shape []int
	Data  any
}

// Halves are fp16 numbers as their bits.
type Halves []uint16

// Model is a loaded model with one float input and one float output.
type Model struct{ session *Session }

// Open loads a model in a file to run with the given number of threads. Whoever opens a model closes it.
func Open(path, input, output string, threads int) (*Model, error) {
	s, err := NewSessionFile(path, []string{input}, []string{output}, threads)
	if err != nil {
		return nil, err
	}
	return &Model{s}, nil
}

// Close frees the model.
func (m *Model) Close() error { return m.session.Close() }

// Load loads a model to run with the given number of threads. The test is skipped where ONNX Runtime is missing, and
// fails where CI=true. The model is closed when the test ends.
func Load(t testing.TB, model []byte, input, output string, threads int) *Model {
	t.Helper()
	Require(t)
	return load(t)(NewSession(model, []string{input}, []string{output}, threads))
}

// LoadFile is Load for a model in a file.
func LoadFile(t testing.TB, path, input, output string, threads int) *Model {
	t.Helper()
	Require(t)
	return load(t)(NewSessionFile(path, []string{input}, []string{output}, threads))
}

func load(t testing.TB) func(*Session, error) *Model {
	return func(s *Session, err error) *Model {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return &Model{s}
	}
}

// Run runs the model on a batch. shape is the input's, the batch first; length is the number of values to come out.
func (m *Model) Run(image []float32, shape []int, length int) ([]float32, error) {
	out, err := m.session.Run(nil, Tensor{shape, image})
	if err != nil {
		return nil, err
	}
	values, ok := out[0].Data.([]float32)
	if !ok {
		return nil, fmt.Errorf("the output is no tensor of float32")
	}
	if len(values) != length {
		return nil, fmt.Errorf("%d values came out, not %d", len(values), length)
	}
	return values, nil
}
