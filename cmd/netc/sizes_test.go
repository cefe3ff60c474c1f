package main

import (
	"testing"

	"github.com/netc-lang/netc/codegen/execute"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/export/onnx/ort"
)

// TestSizesConform compares the cheapest variant of every example that classifies with ONNX Runtime on images of an odd
// height and an even width, and with -large of other sizes, too: rows and columns that a stride leaves over, or that
// padding makes up for, differ there.
// Logits of netc's own process are those of generated Go: TestFamiliesConform holds them together.
func TestSizesConform(t *testing.T) {
	if testing.Short() {
		t.Skip("not with -short")
	}
	ort.Require(t)
	sizes := [][2]int{{97, 122}}
	if *large {
		sizes = append(sizes, [2]int{97, 97}, [2]int{112, 112}, [2]int{160, 131})
	}
	for _, size := range sizes {
		networks := compilertest.SizedExamples(t, size[0], size[1])
		if len(networks) < 20 {
			t.Errorf("%d networks only take %v pixels", len(networks), size)
		}
		for _, n := range networks {
			t.Run(n.Graph.Name, func(t *testing.T) {
				image := eval.Noise(n.Graph, 5, 1)[0]
				set := eval.Calibrated(n.Graph, 5, image)
				got, err := execute.Graph(n.Graph, set, image)
				if err != nil {
					t.Fatal(err)
				}
				compare(t, got[0], runtimeLogits(t, n.Graph, set, image))
			})
		}
	}
}
