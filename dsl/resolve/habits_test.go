package resolve

import (
	"strings"
	"testing"

	"github.com/netc-lang/netc/dsl/std"
	"github.com/netc-lang/netc/dsl/syntax"
)

// TestForeignSetting holds settings of other frameworks to what the layer has.
func TestForeignSetting(t *testing.T) {
	layer := func(names ...string) (params []*syntax.Param) {
		for _, name := range names {
			params = append(params, &syntax.Param{Name: syntax.Name{Text: name}})
		}
		return params
	}
	for _, tt := range []struct {
		name   string
		params []*syntax.Param
		want   string
	}{
		{"kernel_size", layer("out", "kernel"), "here it is called kernel"}, {"kernel_size", layer("out"), ""},
		{"units", layer("out"), "here it is called out"}, {"anything", layer("out", ""), ""},
		{"size", layer("factor"), toASize}, {"output_size", layer("factor"), toASize}, {"size", layer("out"), ""},
		{"in_channels", layer("out"), "leave it out: the tensor that the layer is applied to says it"},
		{"activation", layer("out"), "it is a step of its own: -> ReLU"},
		{"act", layer("out"), "it is a step of its own: -> act"},
		{"norm", layer("out"), "it is a step of its own: -> norm"}, {"", layer("out"), ""},
	} {
		if got := foreignSetting(tt.name, tt.params); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	for word, setting := range foreignSettings {
		if got := foreignSetting(word, layer(setting)); got != "here it is called "+setting {
			t.Errorf("%s: %q", word, got)
		}
	}
}

// TestForeignWords looks words up in whatever case, and with the number of dimensions behind them.
func TestForeignWords(t *testing.T) {
	for word, want := range map[string]string{
		"swish": "here it is called SiLU", "Swish": "here it is called SiLU", "BN2d": "here it is called BatchNorm",
		"DENSE1D": "here it is called Linear", "fc3d": "here it is called Linear", "fc4d": "", "2d": "", "": "",
		"SELU": "the activations are ReLU, ReLU6, LeakyReLU, ELU, PReLU, HardTanh, SiLU, Sigmoid, HardSwish, HardSigmoid, " +
			"Tanh, GELU, Mish and Softplus",
	} {
		if got := foreignName(word); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}

// TestForeignNames holds what is said of other frameworks' words to what there is here: what a word is said to be
// called exists, and the list of activations has all of them.
func TestForeignNames(t *testing.T) {
	primitives, _ := std.Source("std/primitives")
	for word, help := range foreignNames {
		if word != strings.ToLower(word) {
			t.Errorf("%s is not in lower case and never found", word)
		}
		name, ok := strings.CutPrefix(help, "here it is called ")
		if !ok {
			continue
		}
		name, part, imported := strings.Cut(name, ": import ")
		if imported && std.Declares(name) != strings.Trim(part, `"`) || !imported && !strings.Contains(primitives, "\nprimitive "+name+"(") {
			t.Errorf("%s: there is no %s", word, name)
		}
	}
}
