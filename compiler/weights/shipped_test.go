package weights_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/weights"
	"github.com/netc-lang/netc/dsl/source"
)

// TestShippedNames binds the names that other projects give their tensors: see testdata/make_names.py. Implementations
// list their tensors in one order, which the mappings know nothing of: each parameter must get the name at its own
// place.
func TestShippedNames(t *testing.T) {
	tests := []struct{ list, file, variant, mapping string }{
		{"timm_efficientnet_b0", "efficientnet", "B0", "timm-efficientnet"},
		{"timm_tf_efficientnet_b4", "efficientnet_tf", "B4", "timm-efficientnet"},
		{"timm_efficientnet_lite0", "efficientnet_lite", "Lite0", "timm-efficientnet"},
		{"timm_efficientnet_es", "efficientnet_edge", "S", "timm-efficientnet"},
		{"timm_tf_efficientnetv2_s", "efficientnetv2", "S", "timm-efficientnet"},
		{"timm_mobilenetv2_100", "mobilenetv2", "100", "timm-efficientnet"},
		{"timm_mnasnet_100", "mnasnet", "100", "timm-efficientnet"},
		{"timm_mobilenetv3_large_100", "mobilenetv3", "large_100", "timm-efficientnet"},
		{"timm_mobilenetv3_small_100", "mobilenetv3", "small_100", "timm-efficientnet"},
		{"timm_mixnet_s", "mixnet", "S", "timm-efficientnet"},
		{"timm_mobilenetv4_conv_small", "mobilenetv4", "conv_small", "timm-mobilenetv4"},
		{"timm_mobilenetv4_conv_medium", "mobilenetv4", "conv_medium", "timm-mobilenetv4"},
		{"timm_mobilenetv4_hybrid_medium", "mobilenetv4", "hybrid_medium", "timm-mobilenetv4"},
		{"timm_regnety_004", "regnety", "400mf", "timm-regnet"},
		{"timm_regnetx_004", "regnetx", "400mf", "timm-regnet"},
		{"timm_ghostnet_100", "ghostnet", "100", "timm-ghostnet"},
		{"timm_ghostnetv2_100", "ghostnetv2", "100", "timm-ghostnet"},
		{"torchvision_lraspp_mobilenet_v3_large", "lraspp", "large_100", "torchvision-lraspp"},
		{"timm_tinynet_a", "tinynet", "A", "timm-efficientnet"},
		{"lukemelas_efficientnet-b0", "efficientnet_tf", "B0", "lukemelas-efficientnet"},
		{"lukemelas_efficientnet-b4", "efficientnet_tf", "B4", "lukemelas-efficientnet"},
		{"keras_efficientnetb0", "efficientnet_tf", "B0", "keras-efficientnet"},
		{"keras_efficientnetv2-b0", "efficientnetv2", "B0", "keras-efficientnet"},
		{"keras_mobilenetv2", "mobilenetv2", "100", "keras-mobilenetv2"},
		{"keras_mobilenetv3large", "mobilenetv3", "large_100", "keras-mobilenetv3"},
		{"keras2_mobilenetv3small", "mobilenetv3", "small_100", "keras2-mobilenetv3"},
		{"keras_resnet50", "resnet", "keras50", "keras-resnet"},
		{"keras_resnet101", "resnet", "keras101", "keras-resnet"},
		{"keras_resnet152", "resnet", "keras152", "keras-resnet"},
		{"keras2_resnet50", "resnet", "keras50", "keras2-resnet"},
		{"keras_resnet50v2", "resnetv2", "50", "keras-resnetv2"},
		{"keras_resnet101v2", "resnetv2", "101", "keras-resnetv2"},
		{"keras_resnet152v2", "resnetv2", "152", "keras-resnetv2"},
		{"keras_nasnetmobile", "nasnet", "mobile", "keras-nasnet"},
		{"keras_nasnetlarge", "nasnet", "large", "keras-nasnet"},
		{"keras_yamnet", "yamnet", "base", "keras-yamnet"},
		{"transformers_efficientnet-b0", "efficientnet_tf", "B0", "transformers-efficientnet"},
		{"transformers_efficientnet-b4", "efficientnet_tf", "B4", "transformers-efficientnet"},
	}
	for _, tt := range tests {
		t.Run(tt.list, func(t *testing.T) {
			g := network(t, tt.file, tt.variant)
			params := g.Params()
			tensors := named(t, namesIn(t, tt.list), params)
			b, err := weights.Bind(inOne(tensors), g, weights.Options{Mappings: mapping.Shipped()})
			if err != nil {
				t.Fatal(err)
			}
			if b.Mapping.Name != tt.mapping {
				t.Errorf("bound by %s, want %s", b.Mapping, tt.mapping)
			}
			inOrder(t, b, tensors)
			suggested(t, g, tensors)
		})
	}
}

// TestKerasNormalization passes over what Keras' EfficientNet takes off its images, and over nothing else.
func TestKerasNormalization(t *testing.T) {
	g := network(t, "efficientnet_tf", "B0")
	tensors := named(t, namesIn(t, "keras_efficientnetb0"), g.Params())
	for _, name := range []string{"normalization/mean:0", "normalization/variance:0"} {
		tensors = append(tensors, stored.Tensor{Name: name, Type: stored.F32, Shape: []int64{3}})
	}
	b, err := weights.Bind(inOne(tensors), g, weights.Options{Mappings: mapping.Shipped()})
	if err != nil || b.Mapping.Name != "keras-efficientnet" ||
		!slices.Equal(b.Passed, []string{"normalization/mean:0", "normalization/variance:0"}) {
		t.Errorf("got %v, %v", b, err)
	}
	tensors = append(tensors, stored.Tensor{Name: "block1b_bn/gamma:0", Type: stored.F32, Shape: []int64{16}})
	if _, err := weights.Bind(inOne(tensors), g, weights.Options{Mappings: mapping.Shipped()}); err == nil ||
		!strings.Contains(err.Error(), `surplus: "block1b_bn/gamma:0"`) {
		t.Errorf("got %v", err)
	}
}

// namesIn returns the names in a list of testdata.
func namesIn(t *testing.T, list string) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/names/" + list + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	names := strings.Fields(string(text))
	slices.SortStableFunc(names, shortcutLast) // as the blocks of std/residual have it
	return names
}

func inOne(tensors []stored.Tensor) *stored.Checkpoint {
	return &stored.Checkpoint{States: []stored.State{{Tensors: tensors}}}
}

// suggested binds by the mapping that netc proposes, which must have fewer rules than the network has layers.
func suggested(t *testing.T, g *ir.Graph, tensors []stored.Tensor) {
	t.Helper()
	c := &stored.Checkpoint{States: []stored.State{{Tensors: tensors}}}
	text, err := weights.Suggest(c, g, weights.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := mapping.Parse(source.NewFile("suggested.map", text))
	if err != nil {
		t.Fatal(err)
	}
	b, err := weights.Bind(c, g, weights.Options{Mapping: m})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	inOrder(t, b, tensors)
	layers := 0
	for _, n := range g.Nodes {
		if len(n.Params) > 0 {
			layers++
		}
	}
	rules := strings.Count(text, " = ")
	t.Logf("%d rules for %d layers", rules, layers)
	if rules > layers*7/10 {
		t.Errorf("the proposal has %d rules for %d layers:\n%s", rules, layers, text)
	}
}

// inOrder holds the tensors' order against the parameters'.
func inOrder(t *testing.T, b *weights.Binding, tensors []stored.Tensor) {
	t.Helper()
	for i, bound := range b.Bound {
		if want := atPlace(tensors, i); bound.Tensor.Name != want {
			t.Errorf("%s: %s is %s, want %s", b.Mapping, bound.Param.Name, bound.Tensor.Name, want)
		}
	}
}

func network(t *testing.T, file, variant string) *ir.Graph {
	t.Helper()
	program, err := compiler.Load(fmt.Sprintf("../../examples/%s/%s.net", file, file))
	if err != nil {
		t.Fatal(err)
	}
	n, err := program.Build(variant, nil)
	if err != nil {
		t.Fatal(err)
	}
	return n.Graph
}

// named gives the names, in order, the shapes of the parameters. A head that is a convolution there has two dimensions
// more than the linear layer here.
func named(t *testing.T, names []string, params []*ir.Param) []stored.Tensor {
	t.Helper()
	var tensors []stored.Tensor
	at := 0
	for _, name := range names {
		tensor := stored.Tensor{Name: name, Type: stored.F32}
		if strings.HasSuffix(name, ".num_batches_tracked") {
			tensor.Type = "I64"
		} else if at++; at <= len(params) {
			for _, d := range params[at-1].Shape {
				tensor.Shape = append(tensor.Shape, int64(d))
			}
			if name == "conv_head.weight" && len(tensor.Shape) == 2 {
				tensor.Shape = append(tensor.Shape, 1, 1)
			}
			if strings.HasSuffix(name, "layer_scale.gamma") {
				tensor.Shape = tensor.Shape[:1]
			}
			if strings.Contains(name, "kernel") {
				tensor.Shape = channelsLast(tensor.Shape, name)
			}
		}
		tensors = append(tensors, tensor)
	}
	if at != len(params) {
		t.Fatalf("%d names for %d parameters", at, len(params))
	}
	return tensors
}

// channelsLast returns the shape of a kernel as Keras has it: HWIO, HWIM or IO. MobileNetV3's head is of convolutions.
func channelsLast(s []int64, name string) []int64 {
	switch {
	case strings.Contains(name, "depthwise"):
		return []int64{s[2], s[3], s[0], s[1]}
	case len(s) == 4:
		return []int64{s[2], s[3], s[1], s[0]}
	case strings.HasPrefix(name, "conv_2/") || strings.HasPrefix(name, "Conv_2/") ||
		strings.HasPrefix(strings.ToLower(name), "logits/"):
		return []int64{1, 1, s[1], s[0]}
	}
	return []int64{s[1], s[0]}
}

// atPlace returns the name of the i-th tensor, counters left out.
func atPlace(tensors []stored.Tensor, i int) string {
	for _, tensor := range tensors {
		if tensor.Type == stored.F32 {
			if i == 0 {
				return tensor.Name
			}
			i--
		}
	}
	return ""
}
