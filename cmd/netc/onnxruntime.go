package main

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/netc-lang/netc/codegen/execute"
	"github.com/netc-lang/netc/export/onnx"
	"github.com/netc-lang/netc/export/onnx/conform"
	"github.com/netc-lang/netc/export/onnx/remote"
	"github.com/netc-lang/netc/export/onnx/verify"
)

// onnxRuntimeDetails says in --help what the flag --onnxruntime takes.
const onnxRuntimeDetails = `The program of --onnxruntime runs ONNX Runtime for netc. It is built with a C compiler:

    CGO_ENABLED=1 go install github.com/netc-lang/netc/cmd/onnxruntime@latest

It loads the library that the environment variable NETC_ONNXRUNTIME names, /path/to/libonnxruntime.so.`

func onnxRuntimeFlag(c *call, what string) *string {
	return c.flags.String("onnxruntime", "", "the program `P`, built from cmd/onnxruntime, "+what)
}

// startONNXRuntime starts the program that the flag names; there is none without it.
func startONNXRuntime(c *call, program string) (*remote.Program, error) {
	if program == "" {
		return nil, nil
	}
	p, err := remote.Start(program)
	if err != nil {
		return nil, fmt.Errorf("--onnxruntime: %w", err)
	}
	c.open = append(c.open, p)
	return p, nil
}

// runtimeOutputs runs the model in ONNX Runtime. Only outputs of floats have values.
func runtimeOutputs(p *remote.Program, path string, m *verify.Model,
	input *conform.Input) ([]verify.Array, error) {
	model := &remote.Model{Path: path, Threads: 2}
	var feed []remote.Tensor
	for _, t := range input.Tensors {
		model.Inputs = append(model.Inputs, t.Name)
		feed = append(feed, runtimeInput(t.Array))
	}
	for _, v := range m.Graph.Outputs {
		if v.Type == verify.Float16 || v.Type == verify.BFloat16 {
			return nil, verify.Uncovered(
				"the output %s is %s: write the model with --keep-io to compare it with ONNX Runtime", v.Name, v.Type)
		}
		model.Outputs = append(model.Outputs, v.Name)
	}
	a, err := p.Do(remote.Request{Load: model, Feed: feed, Run: true})
	if err != nil {
		return nil, err
	}
	if len(a.Outputs) != len(model.Outputs) {
		return nil, fmt.Errorf("ONNX Runtime has %d outputs, the model %d", len(a.Outputs), len(model.Outputs))
	}
	results := make([]verify.Array, len(a.Outputs))
	for i, t := range a.Outputs {
		if floats, ok := t.Data.([]float32); ok {
			for _, v := range floats {
				results[i].Floats = append(results[i].Floats, float64(v))
			}
		}
	}
	return results, nil
}

// runtimeInput is an image as ONNX Runtime takes it, of pixels or floats.
func runtimeInput(input verify.Array) remote.Tensor {
	var t remote.Tensor
	for _, d := range input.Dims {
		t.Shape = append(t.Shape, int(d))
	}
	if input.Type == verify.Uint8 {
		pixels := make([]uint8, len(input.Ints))
		for i, v := range input.Ints {
			pixels[i] = uint8(min(max(v, 0), math.MaxUint8))
		}
		t.Data = pixels
		return t
	}
	floats := make([]float32, len(input.Floats))
	for i, v := range input.Floats {
		floats[i] = float32(v)
	}
	t.Data = floats
	return t
}

// runtimeBlock loads the network's ONNX file and returns what times it on the images in ONNX Runtime. The program takes
// the times, so what passes between it and netc is not in them.
func (b *buildable) runtimeBlock(p *remote.Program, inputs [][]float32, batch, threads int) (execute.Block, error) {
	m, err := onnx.Build(b.graph, b.values, onnx.Options{})
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	if err := m.Write(&file, nil); err != nil {
		return nil, err
	}
	model := &remote.Model{Bytes: file.Bytes(), Threads: threads}
	var feed []remote.Tensor
	for i, in := range b.graph.Inputs {
		model.Inputs = append(model.Inputs, in.Name)
		feed = append(feed, remote.Tensor{Shape: append([]int{batch}, in.Shape...), Data: inputs[i]})
	}
	for _, n := range b.graph.Outputs {
		model.Outputs = append(model.Outputs, n.Name)
	}
	if _, err := p.Do(remote.Request{Load: model, Feed: feed}); err != nil {
		return nil, err
	}
	return func() ([]time.Duration, error) {
		a, err := p.Do(remote.Request{Time: true})
		if err == nil && len(a.Times) == 0 {
			err = errors.New("ONNX Runtime has taken no times")
		}
		return a.Times, err
	}, nil
}
