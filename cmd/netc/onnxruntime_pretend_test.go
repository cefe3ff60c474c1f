package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/netc-lang/netc/export/onnx/remote"
	"github.com/netc-lang/netc/export/onnx/verify"
)

// pretend is a program that answers as cmd/onnxruntime does, without ONNX Runtime: scripts know it as "pretend". It
// says on standard error what it is asked for, computes models with netc's own reader, and makes the mistake that
// PRETEND names.
func pretend() {
	p := &pretender{mistake: os.Getenv("PRETEND")}
	if err := remote.Serve(os.Stdin, os.Stdout, p.answer); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type pretender struct {
	mistake string
	model   *verify.Model
	named   *remote.Model
	inputs  map[string]verify.Array
}

func (p *pretender) answer(q remote.Request) (a remote.Answer, err error) {
	if m := q.Load; m != nil {
		fmt.Fprintf(os.Stderr, "pretend: %s makes %s, %d threads, path %q\n", strings.Join(m.Inputs, " "),
			strings.Join(m.Outputs, " "), m.Threads, m.Path)
		if p.mistake == "refuses" {
			return a, errors.New("the model is refused")
		}
		p.named = m
		if p.model, err = verify.Decode(m.Bytes); m.Path != "" {
			p.model, err = verify.ReadFile(m.Path)
		}
		if err != nil {
			return a, err
		}
	}
	if q.Feed != nil {
		if len(q.Feed) != len(p.named.Inputs) {
			return a, fmt.Errorf("%d inputs for %d names", len(q.Feed), len(p.named.Inputs))
		}
		p.inputs = map[string]verify.Array{}
		for i, t := range q.Feed {
			v, err := arrayOf(t)
			if err != nil {
				return a, err
			}
			p.inputs[p.named.Inputs[i]] = v
			fmt.Fprintf(os.Stderr, "pretend: %s is %T %v\n", p.named.Inputs[i], t.Data, t.Shape)
		}
	}
	if q.Run {
		if a.Outputs, err = p.run(); err != nil {
			return a, err
		}
	}
	if q.Time && p.mistake != "idle" {
		a.Times = []time.Duration{2 * time.Microsecond, 2 * time.Microsecond}
	}
	return a, nil
}

func (p *pretender) run() ([]remote.Tensor, error) {
	outputs, err := p.model.Evaluate(p.inputs, verify.Evaluation{})
	if err != nil {
		return nil, err
	}
	var all []remote.Tensor
	for _, o := range outputs {
		if o.Floats == nil {
			all = append(all, remote.Tensor{Data: o.Ints})
			continue
		}
		values := make([]float32, len(o.Floats))
		for i, v := range o.Floats {
			values[i] = float32(v)
		}
		if p.mistake == "wrong" {
			values[len(values)-1] += 1
		}
		all = append(all, remote.Tensor{Data: values})
	}
	if p.mistake == "fewer" {
		all = all[1:]
	}
	return all, nil
}

// arrayOf refuses data that does not fit its shape.
func arrayOf(t remote.Tensor) (v verify.Array, err error) {
	count := 1
	for _, d := range t.Shape {
		v.Dims, count = append(v.Dims, int64(d)), count*d
	}
	switch data := t.Data.(type) {
	case []float32:
		v.Type = verify.Float32
		for _, x := range data {
			v.Floats = append(v.Floats, float64(x))
		}
	case []uint8:
		v.Type = verify.Uint8
		for _, x := range data {
			v.Ints = append(v.Ints, int64(x))
		}
	}
	if max(len(v.Floats), len(v.Ints)) != count {
		return v, fmt.Errorf("%d and %d values for the shape %v", len(v.Floats), len(v.Ints), t.Shape)
	}
	return v, nil
}

// TestRuntimeInput: pixels are bytes for ONNX Runtime, whatever the model's reader holds them as.
func TestRuntimeInput(t *testing.T) {
	pixels := runtimeInput(verify.Array{Type: verify.Uint8, Dims: []int64{1, 2, 3},
		Ints: []int64{-1, 0, 1, 128, 255, 256}})
	floats := runtimeInput(verify.Array{Type: verify.Float32, Dims: []int64{2}, Floats: []float64{-0.5, 3}})
	for _, tt := range []struct {
		got  remote.Tensor
		want string
	}{{pixels, "[]uint8 [0 0 1 128 255 255] [1 2 3]"}, {floats, "[]float32 [-0.5 3] [2]"}} {
		if got := fmt.Sprintf("%T %v %v", tt.got.Data, tt.got.Data, tt.got.Shape); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}
