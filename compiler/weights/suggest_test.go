package weights_test

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/names"
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
	var all []string
	for _, name := range params {
		all = append(all, truth[name])
	}
	places := names.Read(all)
	named := m.Names(params)
	for i, name := range params {
		theirs, ok := named[name]
		// a prefix that all share is lost
		same := theirs == truth[name] || strings.HasSuffix("."+places[i].Key(), "."+names.Dotted(theirs))
		if ok && !same {
			t.Errorf("%s is proposed as %s, but is %s", name, named[name], truth[name])
		}
	}
	if open == 0 && len(named) != len(params) {
		t.Errorf("%d of %d parameters are named", len(named), len(params))
	}
	return open
}

// TestSuggestSorted proposes mappings for files that list their tensors by name, as safetensors files do: never a wrong
// one.
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

// TestSuggestOrders proposes mappings for the names of several projects in orders that are not the network's: sorted by
// name, with the shortcut of every block last as timm's RegNet has it, and with batch norms behind everything else.
func TestSuggestOrders(t *testing.T) {
	tests := []struct {
		list, file, variant string
		open                int
	}{
		{"timm_regnety_004", "regnety", "400mf", 0},
		{"timm_regnetx_004", "regnetx", "400mf", 0},
		{"timm_ghostnet_100", "ghostnet", "100", 0},
		{"timm_tinynet_a", "tinynet", "A", 0},
		{"lukemelas_efficientnet-b0", "efficientnet_tf", "B0", 0},
		{"keras_efficientnetb0", "efficientnet_tf", "B0", 0},
		{"keras_efficientnetv2-b0", "efficientnetv2", "B0", 0},
		{"keras_mobilenetv2", "mobilenetv2", "100", 0},
		{"keras_mobilenetv3large", "mobilenetv3", "large_100", 0},
		{"keras2_mobilenetv3small", "mobilenetv3", "small_100", 0},
	}
	isNorm := regexp.MustCompile(`gamma|beta|moving|\b_?bn|norm`)
	orders := map[string]func(a, b stored.Tensor) int{
		"sorted":         func(a, b stored.Tensor) int { return strings.Compare(a.Name, b.Name) },
		"shortcuts last": func(a, b stored.Tensor) int { return shortcutLast(a.Name, b.Name) },
		"norms last": func(a, b stored.Tensor) int {
			return cmp.Compare(len(isNorm.FindString(a.Name)), len(isNorm.FindString(b.Name)))
		},
	}
	for _, tt := range tests {
		for order, compare := range orders {
			t.Run(tt.list+"/"+order, func(t *testing.T) {
				g := network(t, tt.file, tt.variant)
				names := namesIn(t, tt.list)
				tensors := slices.DeleteFunc(named(t, names, g.Params()),
					func(t stored.Tensor) bool { return t.Type != stored.F32 })
				truth := map[string]string{}
				for i, p := range g.Params() {
					truth[p.Name] = tensors[i].Name
				}
				slices.SortStableFunc(tensors, compare)
				if open := proposed(t, g, tensors, truth); open != tt.open {
					t.Errorf("%d layers are left open, want %d", open, tt.open)
				}
			})
		}
	}
}

// shortcutLast orders names of one block so that its downsample is the last.
func shortcutLast(a, b string) int {
	blockA, _, lastA := strings.Cut(a, ".downsample")
	blockB, _, lastB := strings.Cut(b, ".downsample")
	switch {
	case lastA && !lastB && strings.HasPrefix(b, blockA+"."):
		return 1
	case lastB && !lastA && strings.HasPrefix(a, blockB+"."):
		return -1
	}
	return 0
}

// TestSuggestOther refuses files of larger and smaller networks, whose layers include the network's or are among them.
func TestSuggestOther(t *testing.T) {
	tests := []struct{ file, variant, ofFile, ofVariant string }{
		{"efficientnet", "B0", "efficientnet", "B1"},
		{"efficientnet", "B1", "efficientnet", "B0"},
		{"resnet", "50", "resnet", "101"},
		{"efficientnet_lite", "Lite0", "efficientnet", "B0"},
		{"regnetx", "400mf", "regnety", "400mf"},
	}
	for _, tt := range tests {
		g := network(t, tt.file, tt.variant)
		other := network(t, tt.ofFile, tt.ofVariant)
		called := map[string]string{}
		for _, p := range other.Params() {
			called[p.Name] = "x." + p.Name
		}
		text, err := weights.Suggest(inOne(tensorsCalled(other, called)), g, weights.Options{})
		if err == nil || text != "" || !strings.Contains(err.Error(), "surplus: ") &&
			!strings.Contains(err.Error(), "missing: ") {
			t.Errorf("%s-%s onto %s-%s: got %v\n%s", tt.ofFile, tt.ofVariant, tt.file, tt.variant, err, text)
		}
	}
}

// TestSuggestCause says of a pruned network why its layers are not the network's.
func TestSuggestCause(t *testing.T) {
	g := network(t, "resnet", "18")
	called := map[string]string{}
	for _, p := range g.Params() {
		called[p.Name] = "x." + p.Name
	}
	tensors := tensorsCalled(g, called)
	mask := tensors[0]
	tensors[0].Name, mask.Name = mask.Name+"_orig", mask.Name+"_mask"
	if _, err := weights.Suggest(inOne(append(tensors, mask)), g, weights.Options{}); err == nil ||
		!strings.Contains(err.Error(), "the network is pruned") {
		t.Errorf("got %v", err)
	}
}

// TestSuggestReinit passes over the head of other classes in place of the layer that is initialised, and over nothing
// else.
func TestSuggestReinit(t *testing.T) {
	g := network(t, "resnet", "18")
	called := map[string]string{}
	for _, p := range g.Params() {
		called[p.Name] = "x." + p.Name
	}
	tensors := tensorsCalled(g, called)
	for i := len(tensors) - 2; i < len(tensors); i++ {
		tensors[i].Shape[0] = 10
	}
	o := weights.Options{Reinit: []string{"logits"}}
	text, err := weights.Suggest(inOne(tensors), g, o)
	if err != nil || !strings.Contains(text, "ignore logits.weight\nignore logits.bias\n") {
		t.Errorf("got %v\n%s", err, text)
	}
	if _, err := weights.Suggest(inOne(tensors), g, weights.Options{}); err == nil ||
		!strings.Contains(err.Error(), "surplus: \"logits\"") {
		t.Errorf("without --reinit: %v", err)
	}
	more := stored.Tensor{Name: "x.neck.weight", Type: stored.F32, Shape: []int64{7, 7}}
	if _, err := weights.Suggest(inOne(append(tensors, more)), g, o); err == nil ||
		!strings.Contains(err.Error(), "neck") {
		t.Errorf("with more: %v", err)
	}
}
