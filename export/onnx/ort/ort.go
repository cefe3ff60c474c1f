//go:build cgo

package ort

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	onnxruntime "github.com/yalue/onnxruntime_go"
)

const available = true

// start loads the library once per process.
var start = sync.OnceValue(func() error {
	onnxruntime.SetSharedLibraryPath(Library())
	return onnxruntime.InitializeEnvironment(onnxruntime.WithLogLevelError())
})

// Session is a loaded model.
type Session struct {
	session *onnxruntime.DynamicAdvancedSession
	outputs int
}

// NewSession loads a model to run with the given number of threads.
func NewSession(model []byte, inputs, outputs []string, threads int) (*Session, error) {
	return open(len(outputs), threads, func(o *onnxruntime.SessionOptions) (*onnxruntime.DynamicAdvancedSession,
		error) {
		return onnxruntime.NewDynamicAdvancedSessionWithONNXData(model, inputs, outputs, o)
	})
}

// NewSessionFile is NewSession for a model in a file, which may have external data.
func NewSessionFile(path string, inputs, outputs []string, threads int) (*Session, error) {
	return open(len(outputs), threads, func(o *onnxruntime.SessionOptions) (*onnxruntime.DynamicAdvancedSession,
		error) {
		return onnxruntime.NewDynamicAdvancedSession(path, inputs, outputs, o)
	})
}

func open(outputs, threads int,
	create func(*onnxruntime.SessionOptions) (*onnxruntime.DynamicAdvancedSession, error)) (*Session, error) {

	if Library() == "" {
		return nil, errors.New(Install)
	}
	if err := start(); err != nil {
		return nil, fmt.Errorf("ONNX Runtime does not start: %w", err)
	}
	options, err := sessionOptions(threads)
	if err != nil {
		return nil, err
	}
	defer options.Destroy()
	session, err := create(options)
	if err != nil {
		return nil, fmt.Errorf("ONNX Runtime does not load the model: %w", err)
	}
	return &Session{session, outputs}, nil
}

// Close frees the model.
func (s *Session) Close() error { return s.session.Destroy() }

// Run runs the model. room may be nil; else it has a tensor for each output, of which those with Halves are filled: the
// library makes room for every other type itself.
func (s *Session) Run(room []Tensor, inputs ...Tensor) ([]Tensor, error) {
	var in []onnxruntime.Value
	for _, t := range inputs {
		v, err := toValue(t)
		if err != nil {
			return nil, err
		}
		defer v.Destroy()
		in = append(in, v)
	}
	out := make([]onnxruntime.Value, s.outputs)
	for i, t := range room {
		if _, ok := t.Data.(Halves); ok {
			v, err := toValue(t)
			if err != nil {
				return nil, err
			}
			out[i] = v
		}
	}
	if err := s.session.Run(in, out); err != nil {
		return nil, err
	}
	var results []Tensor
	for _, v := range out {
		defer v.Destroy()
		t, err := fromValue(v)
		if err != nil {
			return nil, err
		}
		results = append(results, t)
	}
	return results, nil
}

func toValue(t Tensor) (onnxruntime.Value, error) {
	dims := make([]int64, len(t.Shape))
	for i, d := range t.Shape {
		dims[i] = int64(d)
	}
	shape := onnxruntime.NewShape(dims...)
	switch data := t.Data.(type) {
	case []float32:
		return onnxruntime.NewTensor(shape, data)
	case []uint8:
		return onnxruntime.NewTensor(shape, data)
	case Halves:
		raw := make([]byte, 0, 2*len(data))
		for _, h := range data {
			raw = binary.LittleEndian.AppendUint16(raw, h)
		}
		return onnxruntime.NewCustomDataTensor(shape, raw, onnxruntime.TensorElementDataTypeFloat16)
	}
	return nil, fmt.Errorf("ort: no input of type %T", t.Data)
}

func fromValue(v onnxruntime.Value) (Tensor, error) {
	var t Tensor
	for _, d := range v.GetShape() {
		t.Shape = append(t.Shape, int(d))
	}
	switch v := v.(type) {
	case *onnxruntime.Tensor[float32]:
		t.Data = slices.Clone(v.GetData())
	case *onnxruntime.Tensor[int64]:
		t.Data = slices.Clone(v.GetData())
	case *onnxruntime.CustomDataTensor:
		if v.DataType() != onnxruntime.TensorElementDataTypeFloat16 {
			return t, fmt.Errorf("ort: an output of element type %v", v.DataType())
		}
		raw := v.GetData()
		halves := make(Halves, len(raw)/2)
		for i := range halves {
			halves[i] = binary.LittleEndian.Uint16(raw[2*i:])
		}
		t.Data = halves
	default:
		return t, fmt.Errorf("ort: an output of type %T", v)
	}
	return t, nil
}

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
