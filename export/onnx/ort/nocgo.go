//go:build !cgo

package ort

import "errors"

const available = false

var errNoCgo = errors.New("ONNX Runtime is called through cgo: build with CGO_ENABLED=1 and a C compiler")

// Session cannot be opened without cgo.
type Session struct{}

// NewSession always fails.
func NewSession(model []byte, inputs, outputs []string, threads int) (*Session, error) {
	return nil, errNoCgo
}

// NewSessionFile always fails.
func NewSessionFile(path string, inputs, outputs []string, threads int) (*Session, error) {
	return nil, errNoCgo
}

// Close does nothing.
func (*Session) Close() error { return nil }

// Run always fails.
func (*Session) Run(room []Tensor, inputs ...Tensor) ([]Tensor, error) { return nil, errNoCgo }
