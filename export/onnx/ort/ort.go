//go:build cgo

package ort

import (
	"fmt"
	"sync"
	"testing"

	onnxruntime "github.com/yalue/onnxruntime_go"
)

const available = true

// start loads the library once per process.
var start = sync.OnceValue(func() error {
	onnxruntime.SetSharedLibraryPath(Library())
	return onnxruntime.InitializeEnvironment(onnxruntime.WithLogLevelError())
})

// Model is a loaded model with one float input and one float output.
type Model struct {
	session *onnxruntime.DynamicAdvancedSession
}

// Open loads a model in a file to run with the given number of threads. Whoever opens a model closes it.
func Open(path, input, output string, threads int) (*Model, error) {
	return open(threads, func(o *onnxruntime.SessionOptions) (*onnxruntime.DynamicAdvancedSession, error) {
		return onnxruntime.NewDynamicAdvancedSession(path, []string{input}, []string{output}, o)
	})
}

// Load loads a model to run with the given number of threads. The test is skipped where ONNX Runtime is missing, and fails
// where CI=true. The model is closed when the test ends.
func Load(t testing.TB, model []byte, input, output string, threads int) *Model {
	t.Helper()
	Require(t)
	return keep(t)(open(threads, func(o *onnxruntime.SessionOptions) (*onnxruntime.DynamicAdvancedSession, error) {
		return onnxruntime.NewDynamicAdvancedSessionWithONNXData(model, []string{input}, []string{output}, o)
	}))
}

// LoadFile is Load for a model in a file.
func LoadFile(t testing.TB, path, input, output string, threads int) *Model {
	t.Helper()
	Require(t)
	return keep(t)(Open(path, input, output, threads))
}

// keep fails the test on an error and otherwise closes the model when the test ends.
func keep(t testing.TB) func(*Model, error) *Model {
	return func(m *Model, err error) *Model {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(m.Close)
		return m
	}
}

func open(threads int, session func(*onnxruntime.SessionOptions) (*onnxruntime.DynamicAdvancedSession, error)) (*Model, error) {
	if err := start(); err != nil {
		return nil, fmt.Errorf("ONNX Runtime does not start: %w", err)
	}
	options, err := sessionOptions(threads)
	if err != nil {
		return nil, err
	}
	defer options.Destroy()
	s, err := session(options)
	if err != nil {
		return nil, fmt.Errorf("ONNX Runtime does not load the model: %w", err)
	}
	return &Model{s}, nil
}

// Close frees the model.
func (m *Model) Close() { m.session.Destroy() }

func sessionOptions(threads int) (*onnxruntime.SessionOptions, error) {
	o, err := onnxruntime.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	for _, set := range []func() error{
		func() error { return o.SetIntraOpNumThreads(threads) },
		func() error { return o.SetInterOpNumThreads(1) },
		func() error { return o.SetExecutionMode(onnxruntime.ExecutionModeSequential) },
		func() error { return o.SetGraphOptimizationLevel(onnxruntime.GraphOptimizationLevelEnableAll) },
	} {
		if err := set(); err != nil {
			o.Destroy()
			return nil, err
		}
	}
	return o, nil
}

// Run runs the model on a batch. shape is the input's, the batch first; length is the number of values to come out.
func (m *Model) Run(image []float32, shape []int, length int) ([]float32, error) {
	dims := make([]int64, len(shape))
	for i, d := range shape {
		dims[i] = int64(d)
	}
	in, err := onnxruntime.NewTensor(onnxruntime.NewShape(dims...), image)
	if err != nil {
		return nil, err
	}
	defer in.Destroy()
	outputs := []onnxruntime.Value{nil}
	if err := m.session.Run([]onnxruntime.Value{in}, outputs); err != nil {
		return nil, err
	}
	defer outputs[0].Destroy()
	out, ok := outputs[0].(*onnxruntime.Tensor[float32])
	if !ok {
		return nil, fmt.Errorf("the output is no tensor of float32")
	}
	if got := len(out.GetData()); got != length {
		return nil, fmt.Errorf("%d values came out, not %d", got, length)
	}
	return append([]float32(nil), out.GetData()...), nil
}
