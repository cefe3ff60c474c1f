package weights_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/weights"
	"github.com/netc-lang/netc/dsl/source"
)

// TestDoubtArithmetic binds checkpoints of other projects to networks of the right names and of right and wrong
// arithmetic. Names are those of a list in testdata/names, or those that a mapping gives.
func TestDoubtArithmetic(t *testing.T) {
	const tensorflow = "--set epsilon=0.001 --set padding=same"
	either := []string{"names do not tell", "tf_…", tensorflow, "--as NAME", "--expect"}
	tests := []struct {
		names, file, variant string
		settings             build.Override
		want                 []string // none: there is no doubt
	}{
		// timm has two networks of these names.
		{"timm_efficientnet_b0", "efficientnet", "B0", nil, append(either, "padding symmetric (as here)")},
		{"timm_efficientnet_b0", "efficientnet", "B0", build.Override{"resolution": 384},
			append(either, "padding symmetric (as here)")},
		{"timm_efficientnet_b0", "efficientnet", "B0", build.Override{"epsilon": 1e-3}, either},
		{"timm_efficientnet_b0", "efficientnet", "B0", build.Override{"epsilon": 1e-5, "padding": "symmetric"}, nil},
		{"timm_efficientnet_b0", "efficientnet", "B0", build.Override{"epsilon": 1e-3, "padding": "same"}, nil},
		{"timm_efficientnet_b0", "efficientnet", "B0", build.Override{"epsilon": 1e-3, "padding": "symmetric"}, either},
		{"timm_tf_efficientnet_b4", "efficientnet", "B4", nil, either},
		{"timm_tf_efficientnet_b4", "efficientnet_tf", "B4", nil, append(either, "padding same (as here)")},
		{"timm_tf_efficientnetv2_s", "efficientnetv2", "S", nil, either},
		{"timm_tf_efficientnetv2_s", "efficientnetv2", "S", build.Override{"padding": "same"},
			append(either, "padding same (as here)")},
		{"timm_efficientnet_lite0", "efficientnet_lite", "Lite0", nil, either},
		{"timm_efficientnet_es", "efficientnet_edge", "S", nil, either},
		{"timm_mobilenetv3_large_100", "mobilenetv3", "large_100", nil, either},
		{"timm_mobilenetv3_small_100", "mobilenetv3", "small_100", nil, either},
		{"timm_mixnet_s", "mixnet", "S", nil, either},

		// It has one network of these.
		{"timm_mobilenetv2_100", "mobilenetv2", "100", nil, nil},
		{"timm_mobilenetv2_100", "mobilenetv2", "100", build.Override{"padding": "same"},
			[]string{"padding same here: give --set padding=symmetric"}},
		{"timm_mnasnet_100", "mnasnet", "100", nil, nil},
		{"timm_mobilenetv4_conv_small", "mobilenetv4", "conv_small", nil, nil},

		// transformers pads as TensorFlow does.
		{"transformers_efficientnet-b0", "efficientnet", "B0", nil, []string{"give " + tensorflow}},
		{"transformers_efficientnet-b0", "efficientnet", "B0", build.Override{"epsilon": 1e-3},
			[]string{"give --set padding=same"}},
		{"transformers_efficientnet-b0", "efficientnet_tf", "B0", nil, nil},

		// torchvision's arithmetic is known.
		{"torchvision-efficientnet", "efficientnet", "B0", nil, nil},
		{"torchvision-efficientnet", "efficientnet", "B0", build.Override{"classes": 10}, nil},
		{"torchvision-efficientnet", "efficientnet", "B5", nil,
			[]string{"EfficientNet-B5 was trained with epsilon 0.001", "give --set epsilon=0.001"}},
		{"torchvision-efficientnet", "efficientnet", "B5", build.Override{"resolution": 384, "classes": 10},
			[]string{"give --set epsilon=0.001"}},
		{"torchvision-efficientnet", "efficientnet", "B5", build.Override{"epsilon": 1e-3}, nil},
		{"torchvision-efficientnet", "efficientnet_tf", "B5", nil, []string{"give --set padding=symmetric"}},
		{"torchvision-efficientnet", "efficientnet_tf", "B0", nil,
			[]string{"give --set epsilon=1e-05 --set padding=symmetric"}},
		{"torchvision-efficientnet", "efficientnetv2", "S", nil, nil},
		{"torchvision-efficientnet", "efficientnetv2", "L", build.Override{"padding": "same"},
			[]string{"give --set padding=symmetric"}},
		{"torchvision-mobilenetv2", "mobilenetv2", "100", nil, nil},
		{"torchvision-mobilenetv3", "mobilenetv3", "large_100", nil, []string{"give --set epsilon=0.001"}},
		{"torchvision-mnasnet", "mnasnet", "100", build.Override{"width": 1.3}, nil},
		{"torchvision-regnet", "regnety", "400mf", nil, nil},
		{"resnet", "resnet", "50", nil, nil},
		{"keras_resnet50", "resnet", "keras50", nil, nil},
		{"keras2_resnet50", "resnet", "keras50", nil, nil},
		{"keras_resnet50", "resnet", "50", build.Override{"bias": true}, []string{"give --set epsilon=1.001e-05"}},
		{"keras2_resnet50", "resnet", "50", build.Override{"bias": true}, []string{"give --set epsilon=1.001e-05"}},
	}
	for _, tt := range tests {
		program, err := compiler.Load("../../examples/" + tt.file + "/" + tt.file + ".net")
		if err != nil {
			t.Fatal(err)
		}
		n, err := program.Build(tt.variant, tt.settings)
		if err != nil {
			t.Fatal(err)
		}
		b, err := weights.Bind(checkpointNamed(t, tt.names, n.Graph), n.Graph,
			weights.Options{Mappings: mapping.Shipped()})
		if err != nil {
			t.Fatalf("%s: %v", tt.names, err)
		}
		var given []string
		for name := range tt.settings {
			given = append(given, name)
		}
		got := b.DoubtArithmetic(weights.Chosen{Family: n.Family, Variant: n.Listed, Graph: n.Graph, Settings: given})
		if (got == "") != (tt.want == nil) ||
			slices.ContainsFunc(tt.want, func(w string) bool { return !strings.Contains(got, w) }) {
			t.Errorf("%s in %s %s with %v: got %q, want %q", tt.names, tt.file, tt.variant, tt.settings, got, tt.want)
		}
	}
}

// TestDoubtUnsaid: a mapping of somebody's own that says nothing of arithmetic is asked to.
func TestDoubtUnsaid(t *testing.T) {
	n := network(t, "mobilenetv2", "100")
	for text, want := range map[string]string{
		"stem = first\nstage{s} = s{s}\nhead = head\nlogits = logits":                                   "does not say what its networks compute with",
		"epsilon 1e-5 padding symmetric\nstem = first\nstage{s} = s{s}\nhead = head\nlogits = logits":   "",
		"epsilon 1e-5 activation SiLU\nstem = first\nstage{s} = s{s}\nhead = head\nlogits = logits":     "it has activations [ReLU6] here",
		"padding same for MobileNetV2-100\nstem = first\nstage{s} = s{s}\nhead = head\nlogits = logits": "it has padding symmetric here",
		"epsilon 1e-3 for MobileNetV2-050\nstem = first\nstage{s} = s{s}\nhead = head\nlogits = logits": "does not say",
	} {
		m, err := mapping.Parse(source.NewFile("mine.map", text))
		if err != nil {
			t.Fatal(err)
		}
		b, err := weights.Bind(mappedBy(m, n), n, weights.Options{Mapping: m})
		if err != nil {
			t.Fatal(err)
		}
		got := b.DoubtArithmetic(weights.Chosen{Family: "MobileNetV2", Variant: "100", Graph: n})
		if !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	b, err := weights.Bind(mappedBy(mapping.Identity(), n), n, weights.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.DoubtArithmetic(weights.Chosen{Family: "MobileNetV2", Variant: "100", Graph: n}); got != "" {
		t.Errorf("the network's own names: got %q", got)
	}
}

// checkpointNamed has the parameters of a graph under the names of a list, or of a mapping that comes with netc.
func checkpointNamed(t *testing.T, names string, g *ir.Graph) *stored.Checkpoint {
	t.Helper()
	for _, m := range mapping.Shipped() {
		if m.Name == names {
			return mappedBy(m, g)
		}
	}
	text, err := os.ReadFile("testdata/names/" + names + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	return &stored.Checkpoint{States: []stored.State{{Tensors: named(t, strings.Fields(string(text)), g.Params())}}}
}

func mappedBy(m *mapping.Mapping, g *ir.Graph) *stored.Checkpoint {
	var ours []string
	for _, p := range g.Params() {
		ours = append(ours, p.Name)
	}
	theirs := m.Names(ours)
	var tensors []stored.Tensor
	for _, p := range g.Params() {
		tensor := stored.Tensor{Name: theirs[p.Name], Type: stored.F32}
		for _, d := range p.Shape {
			tensor.Shape = append(tensor.Shape, int64(d))
		}
		tensors = append(tensors, tensor)
	}
	return &stored.Checkpoint{States: []stored.State{{Tensors: tensors}}}
}
