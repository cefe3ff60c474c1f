package names

import (
	"slices"
	"strings"
	"testing"
)

// TestWithoutCollection: a collection's name is taken away where it is a part of its own and something follows.
func TestWithoutCollection(t *testing.T) {
	for name, want := range map[string]string{"params/a": "a", "params.a": "a", "batch_stats/a": "a",
		"params/a/b": "a/b",
		"params":     "params", "params/": "params/", "params.": "params.", "paramsa": "paramsa",
		"params_a/b": "params_a/b",
		"a/params/b": "a/params/b", ".a": ".a", "/a": "/a", "a": "a", "": "", "batch_stats": "batch_stats"} {
		if got := withoutCollection(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// TestRead has one layer and one batch norm as every framework names them.
func TestRead(t *testing.T) {
	tests := []struct{ framework, names, want string }{
		{"PyTorch", "a.conv.weight a.conv.bias a.bn.weight a.bn.bias a.bn.running_mean a.bn.running_var",
			"a.conv.weight a.conv.bias a.bn.weight! a.bn.bias! a.bn.running_mean! a.bn.running_var!"},
		{"Keras", "block_1/conv/kernel:0 block_1/conv/bias:0 bn/gamma:0 bn/beta:0 bn/moving_mean:0 " +
			"bn/moving_variance:0 dw/depthwise_kernel:0",
			"block_1.conv.weight block_1.conv.bias bn.weight! bn.bias! bn.running_mean! bn.running_var! dw.weight"},
		{"Keras without scale", "bn/beta:0 bn/moving_mean:0 bn/moving_variance:0",
			"bn.bias! bn.running_mean! bn.running_var!"},
		{"Keras' separable convolution", "s/depthwise_kernel s/pointwise_kernel s/bias", "s.depthwise.weight " +
			"s.pointwise.weight s.bias"},
		{"Flax", "params/stem/kernel params/bn/scale params/bn/bias batch_stats/bn/mean batch_stats/bn/var",
			"stem.weight bn.weight! bn.bias! bn.running_mean! bn.running_var!"},
		{"Flax, one layer", "params/stem/kernel", "stem.weight"},
		{"Haiku", "net/~/conv/w net/~/conv/b net/~/bn/scale net/~/bn/offset net/~/bn/~/mean_ema/average " +
			"net/~/bn/~/var_ema/average net/~/bn/~/var_ema/hidden",
			"net.~.conv.weight net.~.conv.bias net.~.bn.weight! net.~.bn.bias! net.~.bn.running_mean! " +
				"net.~.bn.running_var! -"},
		{"tf-slim", "M/Conv/weights M/Conv/biases M/Conv/BatchNorm/gamma M/Conv/BatchNorm/beta " +
			"M/Conv/BatchNorm/moving_mean M/Conv/BatchNorm/moving_variance M/d/depthwise_weights",
			"M.Conv.weight M.Conv.bias M.Conv.BatchNorm.weight! M.Conv.BatchNorm.bias! " +
				"M.Conv.BatchNorm.running_mean! M.Conv.BatchNorm.running_var! M.d.weight"},
		{"MXNet", "arg:conv0_weight arg:bn0_gamma arg:bn0_beta aux:bn0_moving_mean aux:bn0_moving_var arg:fc1_bias",
			"conv0.weight bn0.weight! bn0.bias! bn0.running_mean! bn0.running_var! fc1.bias"},
		{"Gluon", "resnetv10_conv0_weight resnetv10_batchnorm0_gamma resnetv10_batchnorm0_beta " +
			"resnetv10_batchnorm0_running_mean resnetv10_batchnorm0_running_var",
			"resnetv10_conv0.weight resnetv10_batchnorm0.weight! resnetv10_batchnorm0.bias! " +
				"resnetv10_batchnorm0.running_mean! resnetv10_batchnorm0.running_var!"},
		{"Paddle", "conv._conv.weight conv._batch_norm.weight conv._batch_norm.bias conv._batch_norm._mean " +
			"conv._batch_norm._variance",
			"conv._conv.weight conv._batch_norm.weight! conv._batch_norm.bias! conv._batch_norm.running_mean! " +
				"conv._batch_norm.running_var!"},
		{"TensorFlow.js", "Conv/Conv2D_weights Conv/Conv2D_bn_offset C/depthwise_weights C/depthwise_bn_offset",
			"Conv.Conv2D.weight Conv.Conv2D.bias C.depthwise.weight C.depthwise.bias"},
		{"ONNX", "onnx::Conv_650 onnx::Conv_651 weight", "- - -"},
		{"a layer called params", "params/a/kernel other/b/kernel", "params.a.weight other.b.weight"},
		{"one name for two", "a/b/weight a.b.weight", "- -"},
	}
	for _, tt := range tests {
		var got []string
		for _, p := range Read(strings.Fields(tt.names)) {
			text := p.Key()
			if p.Norm {
				text += "!"
			}
			if p.Field == "" {
				text = "-"
			}
			got = append(got, text)
		}
		if want := strings.Fields(tt.want); !slices.Equal(got, want) {
			t.Errorf("%s: got\n%q, want\n%q", tt.framework, got, want)
		}
	}
}

func TestSlotOf(t *testing.T) {
	for name, want := range map[string]string{"a/kernel/Momentum": "a/kernel", "a/kernel/RMSProp_1:0": "a/kernel",
		"a/Adam": "a", "Adam": "", "a/Adamant": ""} {
		if got, _ := SlotOf(name); got != want {
			t.Errorf("%s is the slot of %q, want %q", name, got, want)
		}
	}
}

// TestSplit cuts names into the layer's and the word for what is in it, which may be all that there is of one of them.
func TestSplit(t *testing.T) {
	for name, want := range map[string][2]string{
		"a/kernel": {"a", "kernel"}, "a/kernel:0": {"a", "kernel"}, "/kernel": {"", "kernel"}, "kernel": {"kernel", ""},
		"a.b.weight": {"a.b", "weight"}, ".weight": {"", "weight"}, "a/b/other": {"a/b", ""},
		"arg:a_gamma": {"a", "gamma"}, "_gamma": {"_gamma", ""},
		"/other": {"", ""}, "other": {"other", ""}, "": {"", ""},
	} {
		if layer, last := split(name); layer != want[0] || last != want[1] {
			t.Errorf("%q is %q and %q, want %q", name, layer, last, want)
		}
	}
}
