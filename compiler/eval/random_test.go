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
