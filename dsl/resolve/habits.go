package resolve

import (
	"strings"

	"github.com/netc-lang/netc/dsl/std"
	"github.com/netc-lang/netc/dsl/syntax"
)

// Words that people bring from other frameworks, and what they are here. A word is only looked up once nothing declares
// it.

// here says what a layer of another framework is called.
func here(name string) string { return "here it is called " + name }

const (
	noNorm  = "the normalisations are BatchNorm and LayerNorm"
	noEmpty = "there is no empty value: leave the setting out, or write false"
	scores  = "a network gives scores: leave it out; the exports add probabilities when asked to"
)

const toASize = "Upsample makes an image larger by whole factors, [x, like] -> Resize as large as another"

var noActivation = "the activations are " + listed(std.Activations())

// listed writes words as a sentence has them: "a, b and c".
func listed(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// foreignNames are layers, functions and values by their names in lower case, without the number of dimensions.
var foreignNames = map[string]string{
	"swish": here("SiLU"), "hswish": here("HardSwish"), "hardswish": here("HardSwish"), "hsigmoid": here("HardSigmoid"),
	"dense": here("Linear"), "fc": here("Linear"), "fullyconnected": here("Linear"), "convolution": here("Conv"),
	"bn": here("BatchNorm"), "batchnormalization": here("BatchNorm"), "dwconv": here("DepthwiseConv"),
	"adaptiveavgpool": here("GlobalAvgPool"), "globalaveragepool": here("GlobalAvgPool"), "gap": here("GlobalAvgPool"),
	"globalmaxpooling": here("GlobalMaxPool"), "adaptivemaxpool": here("GlobalMaxPool"), "gmp": here("GlobalMaxPool"),
	"zeropadding": here("Pad"), "zeropad": here("Pad"), "constantpad": here("Pad"), "cropping": here("Pad"),
	"upsampling": here("Upsample"), "interpolate": toASize,
	"pixelshuffle": here("DepthToSpace"), "deconv": here("ConvTranspose"), "deconvolution": here("ConvTranspose"),
	"convtransposed": here("ConvTranspose"), "transposedconv": here("ConvTranspose"), "upconv": here("ConvTranspose"),
	"stochasticdepth": here("DropPath"), "dropconnect": here("DropPath"), "spatialdropout": here("Dropout2d"),
	"globalaveragepooling": here("GlobalAvgPool"), "averagepool": here("AvgPool"), "averagepooling": here("AvgPool"),
	"maxpooling": here("MaxPool"), "se": here("SqueezeExcite") + `: import "std/mobile"`,
	"seblock":          here("SqueezeExcite") + `: import "std/mobile"`,
	"selayer":          here("SqueezeExcite") + `: import "std/mobile"`,
	"invertedresidual": here("MBConv") + `: import "std/mobile"`,
	"separableconv":    here("DepthwiseSeparable") + `: import "std/mobile"`,
	"concatenate":      "tensors are joined so: [a, b] -> Concat", "cat": "tensors are joined so: [a, b] -> Concat",
	"add": "tensors are added so: a + b", "multiply": "tensors are multiplied so: a * b",
	"layernormalization": here("LayerNorm"), "permute": here("Transpose"), "view": here("Reshape"),
	"bmm": here("MatMul"), "parameter": here("Learned"), "classtoken": here("Learned"),
	"multiheadattention": here("Attention") + `: import "std/attention"`,
	"groupnorm":          noNorm, "instancenorm": noNorm,
	"selu": noActivation, "celu": noActivation, "softsign": noActivation, "clip": here("HardTanh"),
	"clamp": here("HardTanh"), "leaky": here("LeakyReLU"), "lrelu": here("LeakyReLU"),
	"logsoftmax": scores,
	"true":       "write true", "false": "write false", "none": noEmpty, "null": noEmpty, "nil": noEmpty,
}

// foreignSettings are settings by their names in other frameworks.
var foreignSettings = map[string]string{
	"kernel_size": "kernel", "pool_size": "kernel", "ksize": "kernel", "k": "kernel", "strides": "stride",
	"s":       "stride",
	"filters": "out", "out_channels": "out", "units": "out", "out_features": "out", "num_outputs": "out", "cout": "out",
	"group": "groups", "dilation_rate": "dilation", "dilations": "dilation", "use_bias": "bias", "pad": "padding",
	"pads": "padding",
	"eps":  "epsilon", "p": "rate", "drop_rate": "rate", "dropout": "rate", "drop_prob": "rate",
	"drop_path_rate": "drop_path", "drop_connect_rate": "drop_path", "count_include_pad": "count_padding",
}

// inputSettings give in other frameworks what is known here of the tensor that a layer is applied to.
var inputSettings = []string{"in_channels", "in_features", "num_features", "input_shape", "cin"}

// foreignName returns the help for a name that nothing declares, or "".
func foreignName(name string) string {
	name = strings.ToLower(name)
	for _, dimensions := range []string{"", "1d", "2d", "3d"} {
		if word, ok := strings.CutSuffix(name, dimensions); ok && foreignNames[word] != "" {
			return foreignNames[word]
		}
	}
	return ""
}

// foreignSetting returns the help for a setting that a layer with the given ones does not have, or "".
func foreignSetting(name string, params []*syntax.Param) string {
	has := func(name string) bool {
		for _, p := range params {
			if p.Name.Text == name {
				return true
			}
		}
		return false
	}
	if setting := foreignSettings[name]; setting != "" && has(setting) {
		return "here it is called " + setting
	}
	for _, s := range inputSettings {
		if s == name {
			return "leave it out: the tensor that the layer is applied to says it"
		}
	}
	if (name == "size" || name == "output_size") && has("factor") {
		return toASize
	}
	if name == "activation" || name == "act" || name == "norm" {
		if name == "activation" {
			name = "ReLU"
		}
		return "it is a step of its own: -> " + name
	}
	return ""
}
