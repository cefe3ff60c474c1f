package onnx

import (
	"math"
	"strings"
	"testing"
)

func TestBeyondRange(t *testing.T) {
	for kind, values := range map[ElementType][2]float32{Float16: {65519, 65520},
		BFloat16: {3.3895e38, math.MaxFloat32}} {
		if _, err := kind.encode([]float32{values[0]}); err != nil {
			t.Errorf("%g in %s: %v", values[0], kind, err)
		}
		if _, err := kind.encode([]float32{values[0], values[1]}); err == nil ||
			!strings.Contains(err.Error(), "beyond") {
			t.Errorf("%g in %s: the error is %v", values[1], kind, err)
		}
	}
}
