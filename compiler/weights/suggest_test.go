package weights_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/weights"
	"github.com/netc-lang/netc/dsl/source"
)

// tensorsCalled gives the network's parameters the names of another project.
func tensorsCalled(g *ir.Graph, names map[string]string) (all []stored.Tensor) {
	for _, p := range g.Params() {
		t := stored.Tensor{Name: names[p.Name], Type: stored.F32}
		for _, d := range p.Shape {
			t.Shape = append(t.Shape, int64(d))
		}
		all = append(all, t)
	}
	return all
}

// proposed suggests a mapping and holds what it says against the truth. It returns how many layers it leaves open.
func proposed(t *testing.T, g *ir.Graph, tensors []stored.Tensor, truth map[string]string) (open int) {
	t.Helper()
	text, err := weights.Suggest(inOne(tensors), g, weights.Options{})
	var incomplete *weights.OpenError
	switch {
	case errors.As(err, &incomplete):
		open = len(incomplete.Layers)
	case err != nil:
		t.Fatal(err)
	}
	m, err := mapping.Parse(source.NewFile("proposed.map", text))
	if err != nil {
		t.Fatal(err)
	}
	var params []string
	for _, p := range g.Params() {
		params = append(params, p.Name)
	}
	dotted := func(name string) string { return strings.ReplaceAll(name, "/", ".") }
	named := m.Names(params)
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if dotted(named[name]) != dotted(truth[name]) {
			t.Errorf("%s is proposed as %s, but is %s", name, named[name], truth[name])
		}
	}
	if open == 0 && len(named) != len(params) {
		t.Errorf("%d of %d parameters are named", len(named), len(params))
	}
	return open
}

// TestSuggestSorted proposes mappings for files that list their tensors by name, as safetensors files do: never a wrong one.
func TestSuggestSorted(t *testing.T) {
	tests := []struct {
		file, variant, mapping string
		open                   int // layers that nothing tells apart
	}{
		{"efficientnet", "B0", "timm-efficientnet", 0},
		{"efficientnet", "B0", "torchvision-efficientnet", 0},
		{"efficientnet_tf", "B0", "transformers-efficientnet", 0},
		{"efficientnetv2", "S", "timm-efficientnet", 0},
		{"efficientnetv2", "S", "torchvision-efficientnet", 0},
		{"mobilenetv2", "100", "timm-efficientnet", 0},
		{"mobilenetv2", "100", "torchvision-mobilenetv2", 0},
		{"mobilenetv3", "large_100", "timm-efficientnet", 0},
		{"mobilenetv3", "large_100", "torchvision-mobilenetv3", 0},
		{"mobilenetv3", "small_100", "torchvision-mobilenetv3", 0},
		{"mobilenetv4", "conv_medium", "timm-mobilenetv4", 0},
		{"mixnet", "S", "timm-efficientnet", 0},
		{"mnasnet", "100", "torchvision-mnasnet", 0},
		{"regnety", "400MF", "torchvision-regnet", 0},
		{"regnetx", "400MF", "torchvision-regnet", 0},
		{"resnet", "18", "resnet", 0},
		{"resnet", "50", "resnet", 0},
	}
	for _, tt := range tests {
		t.Run(tt.mapping+"/"+tt.file+"-"+tt.variant, func(t *testing.T) {
			g := network(t, tt.file, tt.variant)
			var params []string
			for _, p := range g.Params() {
				params = append(params, p.Name)
			}
			all := mapping.Shipped()
			at := slices.IndexFunc(all, func(m *mapping.Mapping) bool { return m.Name == tt.mapping })
			truth := all[at].Names(params)
			tensors := tensorsCalled(g, truth)
			slices.SortFunc(tensors, func(a, b stored.Tensor) int { return strings.Compare(a.Name, b.Name) })
			if open := proposed(t, g, tensors, truth); open != tt.open {
				t.Errorf("%d layers are left open, want %d", open, tt.open)
			}
		})
	}
}
