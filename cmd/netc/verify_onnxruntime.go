//go:build onnxruntime

package main

import (
	"fmt"
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
			return nil, fmt.Errorf("the output %s is %s: write the model with --keep-io to compare it with ONNX Runtime", v.Name, v.Type)
		}
		outputs = append(outputs, v.Name)
	}
	s, err := ort.NewSessionFile(path, []string{m.Graph.Inputs[0].Name}, outputs, 2)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	in := ort.Tensor{Data: input.Floats}
	for _, d := range input.Dims {
		in.Shape = append(in.Shape, int(d))
	}
	if input.Type == verify.Uint8 {
		pixels := make([]uint8, len(input.Ints))
		for i, v := range input.Ints {
			pixels[i] = uint8(min(max(v, 0), math.MaxUint8))
		}
		in.Data = pixels
	}
	out, err := s.Run(nil, in)
	if err != nil {
		return nil, err
	}
	results := make([]verify.Array, len(out))
	for i, t := range out {
		if floats, ok := t.Data.([]float32); ok {
			results[i].Floats = floats
		}
	}
	return results, nil
}
