package build

import "testing"

// TestStepName holds the names of steps to those that checkpoints have: the last word of a layer's name, unless that is
// an acronym.
func TestStepName(t *testing.T) {
	for layer, want := range map[string]string{
		"Conv": "conv", "DepthwiseConv": "conv", "BatchNorm": "norm", "GlobalAvgPool": "pool", "MaxPool": "pool",
		"Linear": "linear",
		"ReLU":   "relu", "ReLU6": "relu6", "SiLU": "silu", "GELU": "gelu", "HardSwish": "swish",
		"HardSigmoid": "sigmoid",
		"MBConv":      "mbconv", "FusedMBConv": "fusedmbconv", "SqueezeExcite": "excite", "norm": "norm", "act": "act",
		"block_type": "block_type",
		"A":          "a", "AB": "ab", "Ab": "ab", "AbCd": "cd",
	} {
		if got := stepName(layer); got != want {
			t.Errorf("%s: got %s, want %s", layer, got, want)
		}
	}
}
