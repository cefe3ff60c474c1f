//go:build onnxruntime

package main

import (
	"math"

	"github.com/netc-lang/netc/export/onnx/ort"
	"github.com/netc-lang/netc/export/onnx/verify"
)

// runtimeBuilt reports whether this netc can run ONNX Runtime, which needs cgo.
const runtimeBuilt = true

// runtimeOutputs runs the model in ONNX Runtime.
func runtimeOutputs(path string, m *verify.Model, input verify.Array) ([]verify.Array, error) {
	var outputs []string
	for _, v := range m.Graph.Outputs {
		if v.Type == verify.Float16 || v.Type == verify.BFloat16 {
			return nil, verify.Uncovered(
				"the output %s is %s: write the model with --keep-io to compare it with ONNX Runtime", v.Name, v.Type)
		}
		outputs = append(outputs, v.Name)
	}
	s, err := ort.NewSessionFile(path, []string{m.Graph.Free()[0].Name}, outputs, 2)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	pixels := make([]float32, len(input.Floats))
	for i, v := range input.Floats {
		pixels[i] = float32(v)
	}
	in := ort.Tensor{Data: pixels}
	for _, d := range input.Dims {
		in.Shape = append(in.Shape, int(d))
	}
	if input.Type == verify.Uint8 {
		bytes := make([]uint8, len(input.Ints))
		for i, v := range input.Ints {
			bytes[i] = uint8(min(max(v, 0), math.MaxUint8))
		}
		in.Data = bytes
	}
	out, err := s.Run(nil, in)
	if err != nil {
		return nil, err
	}
	results := make([]verify.Array, len(out))
	for i, t := range out {
		if floats, ok := t.Data.([]float32); ok {
			for _, v := range floats {
				results[i].Floats = append(results[i].Floats, float64(v))
			}
		}
	}
	return results, nil
}
