//go:build onnxruntime

package main

import (
	"bytes"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/export/onnx"
	"github.com/netc-lang/netc/export/onnx/ort"
)

// runtimeInference returns what runs images on the network's ONNX file in ONNX Runtime.
func runtimeInference(g *ir.Graph, values params.Values, images []float32, batch, threads int) (infer func() error,
	done func(), err error) {
	m, err := onnx.Build(g, values, onnx.Options{})
	if err != nil {
		return nil, nil, err
	}
	var file bytes.Buffer
	if err := m.Write(&file, nil); err != nil {
		return nil, nil, err
	}
	var outputs []string
	for _, n := range g.Outputs {
		outputs = append(outputs, n.Name)
	}
	s, err := ort.NewSession(file.Bytes(), []string{g.Input().Name}, outputs, threads)
	if err != nil {
		return nil, nil, err
	}
	in := ort.Tensor{Shape: append([]int{batch}, g.Input().Shape...), Data: images}
	return func() error {
		_, err := s.Run(nil, in)
		return err
	}, func() { s.Close() }, nil
}
