package compiler

import (
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
)

// beyondRow is one network as timm or torchvision has it, with the multiply-accumulates of convolutions, linear layers
// and products of two tensors apart. Which of the first two a 1×1 convolution is, projects choose.
type beyondRow struct {
	Reference   string
	Resolution  int
	Params      int64
	Convolution int64 `json:"macs_convolution"`
	Linear      int64 `json:"macs_linear"`
	Product     int64 `json:"macs_product"`
}

// beyond are the networks of the table that are examples: the file and the variant.
var beyond = map[string][2]string{
	"timm/convnext_tiny":                   {"convnext", "tiny"},
	"timm/convnext_small":                  {"convnext", "small"},
	"timm/vit_tiny_patch16_224":            {"vit", "tiny"},
	"timm/vit_small_patch16_224":           {"vit", "small"},
	"timm/vit_base_patch16_224":            {"vit", "base"},
	"timm/deit_tiny_distilled_patch16_224": {"vit", "deit_tiny"},
	"torchvision/convnext_tiny":            {"convnext", "tiny"},
}

// TestBeyond holds networks with attention and layer norm to the reference implementations' figures, which are exact.
func TestBeyond(t *testing.T) {
	var rows []beyondRow
	readJSON(t, "../testdata/reference/beyond.json", &rows)
	found := 0
	for _, row := range rows {
		example, ok := beyond[row.Reference]
		if !ok {
			continue
		}
		found++
		t.Run(row.Reference, func(t *testing.T) {
			n, err := loadExample(t, example[0]).Build(example[1], nil)
			if err != nil {
				t.Fatal(err)
			}
			var product int64
			for _, node := range n.Graph.Nodes {
				if _, ok := node.Op.(ir.MatMul); ok {
					product += node.MACs()
				}
			}
			if n.Resolution != row.Resolution || n.Graph.ParamCount() != row.Params {
				t.Errorf("got resolution %d and %d params, want %d and %d", n.Resolution, n.Graph.ParamCount(),
					row.Resolution, row.Params)
			}
			if macs := n.Graph.MACs() - product; product != row.Product || macs != row.Convolution+row.Linear {
				t.Errorf("got %d MACs in products and %d in layers, want %d and %d", product, macs, row.Product,
					row.Convolution+row.Linear)
			}
		})
	}
	if found != len(beyond) {
		t.Errorf("the table has %d of the networks, want %d", found, len(beyond))
	}
}
