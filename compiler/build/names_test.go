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

// TestSame: numbers are equal but for what computing leaves of them, and other values where they are.
func TestSame(t *testing.T) {
	for _, tt := range []struct {
		a, b value
		want bool
	}{
		{1, 1, true}, {1, 2, false}, {1, 1.0, true}, {0.1 + 0.2, 0.3, true}, {0.3, 0.30001, false}, {0, 0.0, true},
		{-1, 1, false}, {"a", "a", true}, {"a", "b", false}, {true, true, true}, {true, false, false}, {"1", 1, false},
		{1, "1", false}, {[]value{1, 2}, []value{1, 2}, true}, {[]value{1, 2}, []value{2, 1}, false},
	} {
		if got := same(tt.a, tt.b); got != tt.want {
			t.Errorf("%v and %v are the same: %t", tt.a, tt.b, got)
		}
	}
}
