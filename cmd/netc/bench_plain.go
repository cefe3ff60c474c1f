//go:build !onnxruntime

package main

import (
	"errors"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

func runtimeInference(*ir.Graph, params.Values, []float32, int, int) (infer func() error, done func(), err error) {
	return nil, nil, errors.New("this netc has no ONNX Runtime")
}
