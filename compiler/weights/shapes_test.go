package weights_test

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/weights"
)

// TestShippedShapes binds tensors of the names and shapes that other projects have for networks with attention, layer
// norm and learned tensors, which they keep in another order than the parameters here and with ones in their shapes:
// [1, 197, 768] is a position [197, 768]. Those of torchvision are from its state_dicts; timm has the same names for
// DenseNet and Inception-v3.
func TestShippedShapes(t *testing.T) {
	for _, tt := range []struct{ list, file, variant, mapping string }{
		{"torchvision_convnext_tiny", "convnext", "tiny", "torchvision-convnext"},
		{"timm_convnext_tiny", "convnext", "tiny", "timm-convnext"},
		{"torchvision_vit_b_16", "vit", "base", "torchvision-vit"},
		{"timm_vit_tiny_patch16_224", "vit", "tiny", "timm-vit"},
		{"timm_deit_tiny_distilled_patch16_224", "vit", "deit_tiny", "timm-vit"},
		{"torchvision_densenet121", "densenet", "121", "densenet"},
		{"torchvision_inception_v3", "inception", "v3", "inception"},
	} {
		t.Run(tt.list, func(t *testing.T) {
			tensors := shapesIn(t, tt.list)
			b, err := weights.Bind(inOne(tensors), network(t, tt.file, tt.variant),
				weights.Options{Mappings: mapping.Shipped()})
			if err != nil {
				t.Fatal(err)
			}
			if b.Mapping.Name != tt.mapping {
				t.Errorf("bound by %s, want %s", b.Mapping.Name, tt.mapping)
			}
			for i := range tensors { // a token is no position
				tensors[i].Shape = append([]int64{2}, tensors[i].Shape...)
				if _, err := weights.Bind(inOne(tensors), network(t, tt.file, tt.variant),
					weights.Options{Mappings: mapping.Shipped()}); err == nil {
					t.Errorf("%s was taken in the shape %v", tensors[i].Name, tensors[i].Shape)
				}
				tensors[i].Shape = tensors[i].Shape[1:]
				if i > 8 {
					break // a block's kinds of tensors have been seen
				}
			}
		})
	}
}

// TestDottedDenseNet has the names of the files that torchvision publishes: norm.1 for norm1.
func TestDottedDenseNet(t *testing.T) {
	tensors := shapesIn(t, "torchvision_densenet121")
	dotted := regexp.MustCompile(`(denselayer\d+\.(?:norm|conv))(\d)`)
	for i := range tensors {
		tensors[i].Name = dotted.ReplaceAllString(tensors[i].Name, "$1.$2")
	}
	b, err := weights.Bind(inOne(tensors), network(t, "densenet", "121"), weights.Options{Mappings: mapping.Shipped()})
	if err != nil {
		t.Fatal(err)
	}
	if b.Mapping.Name != "torchvision-densenet" {
		t.Errorf("bound by %s", b.Mapping.Name)
	}
}

// shapesIn returns the tensors of a list of names and shapes.
func shapesIn(t *testing.T, list string) []stored.Tensor {
	t.Helper()
	text, err := os.ReadFile("testdata/shapes/" + list + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	var tensors []stored.Tensor
	for line := range strings.Lines(string(text)) {
		name, sizes, _ := strings.Cut(strings.TrimSpace(line), " ")
		tensor := stored.Tensor{Name: name, Type: stored.F32}
		for _, word := range strings.Split(sizes, ",") {
			d, err := strconv.ParseInt(word, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			tensor.Shape = append(tensor.Shape, d)
		}
		tensors = append(tensors, tensor)
	}
	return tensors
}
