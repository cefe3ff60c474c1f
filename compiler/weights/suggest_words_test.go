package weights_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/weights"
	"github.com/netc-lang/netc/dsl/source"
)

// TestSuggestFrameworks proposes mappings for ResNet as other frameworks name it, in files that list their tensors by
// name.
func TestSuggestFrameworks(t *testing.T) {
	tests := []struct {
		framework string
		rules     string   // the names of layers
		words     []string // of weight, bias, and batch norm's scale, shift, mean, variance; % is the layer
	}{
		{"Flax",
			"number block = stage{s}.{b}\nstem.conv = conv_init\nstem.norm = bn_init\nlogits = Dense_0\nstage{s}.{b} " +
				"= ResNetBlock_{block}:\n" +
				" conv{n}.conv = Conv_{n-1}\n conv{n}.norm = BatchNorm_{n-1}\n shortcut.conv = conv_proj\n " +
				"shortcut.norm = norm_proj",
			[]string{"params/%/kernel", "params/%/bias", "params/%/scale", "params/%/bias", "batch_stats/%/mean",
				"batch_stats/%/var"}},
		{"Haiku",
			"stem.conv = r/~/initial_conv\nstem.norm = r/~/initial_batchnorm\nlogits = r/~/logits\nstage{s}.{b} = " +
				"r/~/block_group_{s-1}/~/block_{b}/~:\n" +
				" conv{n}.conv = conv_{n-1}\n conv{n}.norm = batchnorm_{n-1}\n shortcut.conv = shortcut_conv\n " +
				"shortcut.norm = shortcut_batchnorm",
			[]string{"%/w", "%/b", "%/scale", "%/offset", "%/~/mean_ema/average", "%/~/var_ema/average"}},
		{"tf-slim",
			"stem.conv = r/conv1\nstem.norm = r/conv1/BatchNorm\nlogits = r/logits\nstage{s}.{b} = " +
				"r/block{s}/unit_{b+1}/bottleneck_v1:\n" +
				" conv{n}.conv = conv{n}\n conv{n}.norm = conv{n}/BatchNorm\n shortcut.conv = shortcut\n " +
				"shortcut.norm = shortcut/BatchNorm",
			[]string{"%/weights", "%/biases", "%/gamma", "%/beta", "%/moving_mean", "%/moving_variance"}},
		{"MXNet",
			"stem.conv = conv0\nstem.norm = bn0\nlogits = fc1\nstage{s}.{b}.conv{n}.conv = " +
				"stage{s}_unit{b+1}_conv{n}\nstage{s}.{b}.conv{n}.norm = stage{s}_unit{b+1}_bn{n}\n" +
				"stage{s}.{b}.shortcut.conv = stage{s}_unit{b+1}_sc\nstage{s}.{b}.shortcut.norm = " +
				"stage{s}_unit{b+1}_sc_bn",
			[]string{"arg:%_weight", "arg:%_bias", "arg:%_gamma", "arg:%_beta", "aux:%_moving_mean",
				"aux:%_moving_var"}},
		{"Paddle",
			"number block = stage{s}.{b}\nstem.conv = stem.0.conv\nstem.norm = stem.0.bn\nlogits = fc\nstage{s}.{b} " +
				"= blocks.{block}:\n" +
				" conv{n}.conv = conv{n-1}.conv\n conv{n}.norm = conv{n-1}.bn\n shortcut.conv = short.conv\n " +
				"shortcut.norm = short.bn",
			[]string{"%.weight", "%.bias", "%.weight", "%.bias", "%._mean", "%._variance"}},
	}
	for _, tt := range tests {
		for _, variant := range []string{"18", "50"} {
			t.Run(tt.framework+"/"+variant, func(t *testing.T) {
				g := network(t, "resnet", variant)
				m, err := mapping.Parse(source.NewFile("rules", tt.rules))
				if err != nil {
					t.Fatal(err)
				}
				var params []string
				for _, p := range g.Params() {
					params = append(params, p.Name)
				}
				layers, truth := m.Names(params), map[string]string{}
				for _, p := range g.Params() {
					layer := strings.TrimSuffix(layers[p.Name], "."+p.Role.Field())
					truth[p.Name] = strings.Replace(tt.words[p.Role], "%", layer, 1)
				}
				tensors := tensorsCalled(g, truth)
				slices.SortFunc(tensors, func(a, b stored.Tensor) int { return strings.Compare(a.Name, b.Name) })
				if open := proposed(t, g, tensors, truth); open != 0 {
					t.Errorf("%d layers are left open", open)
				}
			})
		}
	}
}

// TestSuggestOpen proposes nothing for branches that nothing tells apart, and says which they are and what could be
// theirs.
func TestSuggestOpen(t *testing.T) {
	g, err := ir.Parse(`graph "n"
image = Input(Shape: {3, 4, 4}) : [3, 4, 4]
left = Conv(Out: 3, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}) image : [3, 4, 4]
right = Conv(Out: 3, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}) image : [3, 4, 4]
sum = Add() left right : [3, 4, 4]
last = Conv(Out: 5, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) sum : [5, 4, 4]
output last
`)
	if err != nil {
		t.Fatal(err)
	}
	tensors := tensorsCalled(g, map[string]string{"left.weight": "m.2.weight", "right.weight": "m.1.weight",
		"last.weight": "m.3.weight"})
	slices.SortFunc(tensors, func(a, b stored.Tensor) int { return strings.Compare(a.Name, b.Name) })
	text, err := weights.Suggest(inOne(tensors), g, weights.Options{})
	var open *weights.OpenError
	if !errors.As(err, &open) {
		t.Fatalf("got %v\n%s", err, text)
	}
	if !slices.Equal(open.Layers, []string{"left", "right"}) || !slices.Equal(open.Candidates, []string{`"1"`, `"2"`}) {
		t.Errorf("open are %q, of %q", open.Layers, open.Candidates)
	}
	for _, line := range []string{"last = 3", "# Open: ", "# left = 1", "# left = 2", "# right = 1", "# right = 2"} {
		if !strings.Contains("\n"+text, "\n"+line) {
			t.Errorf("there is no line %s in\n%s", line, text)
		}
	}
}
