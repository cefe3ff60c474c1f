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

// TestNormalises: black and white pixels must become numbers that the type holds, and that differ in it.
func TestNormalises(t *testing.T) {
	for _, tt := range []struct {
		mean, std float64
		kind      ElementType
		want      bool
	}{
		{0.5, 0.25, Float16, true}, {0, 1. / 65000, Float16, true}, {0, 1. / 66000, Float16, false},
		{1, 1. / 65000, Float16, true}, {1, 1. / 66000, Float16, false}, {0.5, 1. / 130000, Float16, true},
		{0.5, 1. / 132000, Float16, false}, {0, 1. / 66000, BFloat16, true}, {0, 1. / 66000, Float32, true},
		{0, 0, Float32, false}, {0, -1, Float32, false}, {0, math.NaN(), Float32, false},
		{math.NaN(), 1, Float32, false},
		{0, 16000, Float16, true}, {0, 17000, Float16, false}, {3000, 0.5, Float16, true},
		{-3000, 0.04, Float16, false},
	} {
		if got := normalises(tt.mean, tt.std, tt.kind); got != tt.want {
			t.Errorf("mean %g, deviation %g, %s: %t", tt.mean, tt.std, tt.kind, got)
		}
	}
}
