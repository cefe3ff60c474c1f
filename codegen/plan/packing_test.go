package plan

import (
	"strings"
	"testing"

	"github.com/netc-lang/netc/codegen/kernel"
)

// TestPacking holds that the text tells packings apart, and nothing else.
func TestPacking(t *testing.T) {
	packing := func(change func(p *Plan)) string {
		p := &Plan{Name: "N", Arena: 96, Weights: make([]float32, 64), Steps: []Step{
			{Name: "pool", Kernel: &kernel.Activate{Out: kernel.InArena(0, 16), In: kernel.InInput(0, 0, 16)}},
			{Name: "fc", Merged: []string{"act"}, Kernel: &kernel.Linear{
				Out: kernel.InArena(64, 16), In: kernel.InArena(0, 16), Weights: kernel.InWeights(0, 48),
				Bias: kernel.InWeights(48, 16), InChannels: 3, OutChannels: 4,
			}},
		}}
		change(p)
		return p.Packing()
	}
	linear := func(p *Plan) *kernel.Linear { return p.Steps[1].Kernel.(*kernel.Linear) }
	whole := packing(func(*Plan) {})
	const want = "weights 64\n" +
		"fc+act = Linear(Weights: weights[0:48], Bias: weights[48:64], InChannels: 3, OutChannels: 4)\n"
	if whole != want {
		t.Errorf("the packing is\n%s\nwant\n%s", whole, want)
	}
	for name, change := range map[string]func(p *Plan){
		"the arena":        func(p *Plan) { p.Arena, p.LowerBound = 128, 96 },
		"a value's place":  func(p *Plan) { linear(p).Out.Offset = 32 },
		"a step without":   func(p *Plan) { p.Steps = p.Steps[1:] },
		"the network name": func(p *Plan) { p.Name = "M" },
	} {
		if packing(change) != whole {
			t.Errorf("%s changes the packing", name)
		}
	}
	for name, change := range map[string]func(p *Plan){
		"weights' place": func(p *Plan) { linear(p).Bias.Offset = 32 },
		"a setting":      func(p *Plan) { linear(p).Function = kernel.Relu },
		"a name":         func(p *Plan) { p.Steps[1].Name = "other" },
		"the length":     func(p *Plan) { p.Weights = append(p.Weights, 0) },
	} {
		if got := packing(change); got == whole || !strings.Contains(got, "Linear") {
			t.Errorf("%s leaves the packing as it is", name)
		}
	}
}
