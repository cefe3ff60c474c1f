package compiler_test

import (
	"errors"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
)

// TestHabits holds what people write who know other frameworks to the help that they need: it says how it is written
// here.
func TestHabits(t *testing.T) {
	for line, want := range map[string]string{
		"stem Conv(8) -> Swish":     "here it is called SiLU",
		"stem Conv(8) -> HSwish":    "here it is called HardSwish",
		"stem Conv(8) -> Hardswish": `did you mean "HardSwish"?`,
		"stem Conv(8) -> LayerNorm": "write axes: [0] for the channels of an image, axes: [-1] for the features of a token",
		"stem Conv(8) -> GroupNorm": "the normalisations are BatchNorm and LayerNorm",
		"stem Conv(8) -> SELU": "the activations are ReLU, ReLU6, LeakyReLU, ELU, PReLU, HardTanh, SiLU, " +
			"Sigmoid, HardSwish, HardSigmoid, Tanh, GELU, Mish and Softplus",
		"stem Conv(8) -> LeakyRelu(0.1)": `did you mean "LeakyReLU"?`,
		"stem Conv(8) -> Clip(0.0, 6.0)": "here it is called HardTanh",
		"stem Conv(8) -> bn":             "here it is called BatchNorm",
		"stem Conv(8) -> BatchNorm2d":    `did you mean "BatchNorm"?`,
		"last Flatten -> Dense(10)":      "here it is called Linear",
		"last Flatten -> LogSoftmax": "a network gives scores: leave it out; " +
			"the exports add probabilities when asked to",
		"pool AdaptiveAvgPool2d(1)":                "here it is called GlobalAvgPool",
		"stem SEBlock(4)":                          `here it is called SqueezeExcite: import "std/mobile"`,
		"two = cat([image, image])":                "tensors are joined so: [a, b] -> Concat",
		"two = image -> Add(image)":                "tensors are added so: a + b",
		"stem Conv(8, bias: True)":                 "write true",
		"stem Conv(8, bias: None)":                 "there is no empty value: leave the setting out, or write false",
		"stem Conv(8, kernel_size: 3)":             "here it is called kernel",
		"stem Conv(8, strides: 2)":                 "here it is called stride",
		"stem Conv(filters: 8)":                    "here it is called out",
		"stem Conv(8, in_channels: 3)":             "leave it out: the tensor that the layer is applied to says it",
		"stem Conv(8, act: ReLU)":                  "it is a step of its own: -> act",
		"stem Dropout(p: 0.1)":                     "here it is called rate",
		"stem Conv(8, kernel: (1, 7))":             "round brackets hold one value; a list is [a, b]",
		`stem Conv(8, kernel: 3, padding: "SAME")`: `write "same"`,
		"stem Conv(8, kernel: (3, 3))":             "round brackets hold one value; a list is [a, b]",
		"out = Conv(16)(image)":                    "a layer is applied with an arrow: image -> Conv(16)",
		"more Conv(3) + image": "layers and sums stand on lines of their own: after this line, " +
			"sum = more + image",
		"stem = Conv(16)":       `a line without "=" applies a layer: stem Conv(…)`,
		"input: image[3, 8, 8]": "write input NAME[channels, height, width]",
	} {
		got := helpFor("network N {\n    input image[3, 8, 8]\n    " + line + "\n}\n\nfamily N {\n    A:\n}\n")
		if got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
	for line, want := range map[string]string{
		"A = classes: 10": "a variant's settings stand behind a colon: A: NAME = VALUE",
		"A(classes: 10)":  "a variant's settings stand behind a colon: A: NAME = VALUE",
		"A: classes: 10":  `here a setting is given with "=": classes = …`,
		"A":               "a variant without settings is written A:",
	} {
		if got := helpFor("network N(classes: int = 3) {\n    input image[3, 8, 8]\n    a Conv(classes)\n}\n\nfamily " +
			"N {\n    " + line + "\n}\n"); got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
}

// helpFor returns the help of the only mistake of a text.
func helpFor(text string) string {
	program, err := compiler.LoadFile(source.NewFile("main.net", text))
	if err == nil {
		_, err = program.BuildAll()
	}
	var problems diag.List
	if !errors.As(err, &problems) || len(problems) != 1 {
		return "not one mistake"
	}
	return problems[0].Help
}
