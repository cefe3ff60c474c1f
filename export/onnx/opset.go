package onnx

import "fmt"

// The opsets that can be chosen. Older ones write some operators in other forms; newer ones are not known to ONNX
// Runtime 1.30.
const (
	MinOpset     = 13
	MaxOpset     = 26
	DefaultOpset = 17 // of ONNX 1.12: every runtime of the last years reads it
)

// Opsets from which an operator, or a type for it, can be used. See https://onnx.ai/onnx/operators.
const (
	opsetHardSwish = 14
	opsetLayerNorm = 17
	opsetMish      = 18
	opsetGelu      = 20
	opsetBFloat16  = 22 // of convolutions and pooling
	opsetTopKBF16  = 24
)

// irVersions has the version of the file format that came with each opset, from the table of releases in
// https://github.com/onnx/onnx/blob/main/docs/Versioning.md.
var irVersions = map[int]int64{13: 7, 14: 7, 15: 8, 16: 8, 17: 8, 18: 8, 19: 9, 20: 9, 21: 10, 22: 10, 23: 11, 24: 12,
	25: 13, 26: 13}

// chooseOpset checks the chosen opset against what the options need, or chooses one if there was no choice.
func chooseOpset(o Options) (int, error) {
	need, why := MinOpset, ""
	if o.Type == BFloat16 {
		need, why = opsetBFloat16, "bf16 convolutions"
		if o.TopK > 0 && !o.KeepIO {
			need, why = opsetTopKBF16, "TopK of bf16 values (or fp32 outputs)"
		}
	}
	switch {
	case o.Opset == 0:
		return max(DefaultOpset, need), nil
	case o.Opset < MinOpset || o.Opset > MaxOpset:
		return 0, fmt.Errorf("opset %d cannot be written: %d to %d can", o.Opset, MinOpset, MaxOpset)
	case o.Opset < need:
		return 0, fmt.Errorf("opset %d is too old: %s came with opset %d", o.Opset, why, need)
	}
	return o.Opset, nil
}
