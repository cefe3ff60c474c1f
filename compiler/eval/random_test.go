package eval

import (
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
)

// TestRandomGraphsHaveEveryOperation: what random graphs are compared for is compared for every operation.
func TestRandomGraphsHaveEveryOperation(t *testing.T) {
	count := map[string]int{}
	for seed := range uint64(300) {
		for _, g := range []*ir.Graph{RandomGraph(seed, seed%2 == 1), RandomTensors(seed)} {
			for _, n := range g.Nodes {
				count[ir.InfoOf(n.Op).Name]++
			}
		}
	}
	for _, info := range ir.Ops() {
		if count[info.Name] < 5 {
			t.Errorf("%d nodes of 600 random graphs are %s: settings by chance hardly ever fit it; "+
				"make it in random.go or random_tensor.go", count[info.Name], info.Name)
		}
	}
	t.Log(count)
}

// TestRandomGraphsHaveAttention: some of them compute with heads as attention does, a product of scores and values.
func TestRandomGraphsHaveAttention(t *testing.T) {
	found := 0
	for seed := range uint64(300) {
		for _, n := range RandomTensors(seed).Nodes {
			if _, ok := n.Op.(ir.MatMul); !ok {
				continue
			}
			scores := n.Inputs[0]
			if _, ok := scores.Op.(ir.Softmax); !ok {
				continue
			}
			if product, ok := scores.Inputs[0].Op.(ir.MatMul); ok && product.Transpose && len(n.Shape) == 3 {
				found++
			}
		}
	}
	if found < 10 {
		t.Errorf("%d of 300 random graphs have attention", found)
	}
}
