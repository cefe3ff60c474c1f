// Command onnxruntime runs ONNX models in ONNX Runtime for netc, which starts it: see netc verify --help and
// netc bench --help. It is a program of its own because it needs cgo, the library and a module that binds it, and netc
// none of them. Package remote says how the two talk, package ort where the library is looked for.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/netc-lang/netc/codegen/execute"
	"github.com/netc-lang/netc/export/onnx/ort"
	"github.com/netc-lang/netc/export/onnx/remote"
)

func main() {
	if len(os.Args) > 1 {
		fmt.Fprintln(os.Stderr, "onnxruntime is started by netc: netc verify --onnxruntime onnxruntime MODEL.onnx")
		os.Exit(2)
	}
	var r runner
	if err := remote.Serve(os.Stdin, os.Stdout, r.handle); err != nil {
		fmt.Fprintf(os.Stderr, "onnxruntime: %v\n", err)
		os.Exit(1)
	}
}

// runner is the model that was loaded last and what it runs on.
type runner struct {
	session *ort.Session
	inputs  []ort.Tensor
}

// handle does what a request asks for.
func (r *runner) handle(q remote.Request) (a remote.Answer, err error) {
	if q.Load != nil {
		if err := r.load(q.Load); err != nil {
			return a, err
		}
	}
	if q.Feed != nil {
		r.inputs = nil
		for _, t := range q.Feed {
			r.inputs = append(r.inputs, ort.Tensor(t))
		}
	}
	if r.session == nil && (q.Run || q.Time) {
		return a, errors.New("no model is loaded")
	}
	if q.Run {
		outputs, err := r.session.Run(nil, r.inputs...)
		if err != nil {
			return a, err
		}
		for _, t := range outputs {
			a.Outputs = append(a.Outputs, remote.Tensor(t))
		}
	}
	if q.Time {
		a.Times, err = execute.Repeat(func() error {
			_, err := r.session.Run(nil, r.inputs...)
			return err
		})()
	}
	return a, err
}

func (r *runner) load(m *remote.Model) (err error) {
	if r.session != nil {
		r.session.Close()
	}
	if m.Path != "" {
		r.session, err = ort.NewSessionFile(m.Path, m.Inputs, m.Outputs, m.Threads)
	} else {
		r.session, err = ort.NewSession(m.Bytes, m.Inputs, m.Outputs, m.Threads)
	}
	return err
}
