//go:build !onnxruntime

package main

import (
	"errors"

	"github.com/netc-lang/netc/export/onnx/verify"
)

// runtimeBuilt reports whether this netc can run ONNX Runtime, which needs cgo.
const runtimeBuilt = false

func runtimeOutputs(string, *verify.Model, verify.Array) ([]verify.Array, error) {
	return nil, errors.New("this netc was built without ONNX Runtime")
}
