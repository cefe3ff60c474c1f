package plan

import (
	"strings"
	"testing"

	"github.com/netc-lang/netc/codegen/kernel"
)

// TestPacking holds that the text tells packings apart, and nothing else.
func TestPacking(t *testing.T) {
	packing := func(change func(p *Plan)) string {
		value := kernel.InArena(0, kernel.F32, 16, 1)
		p := &Plan{Name: "N", Arena: 384, Sections: []kernel.Section{{Elements: 64}, {Elements: 16}}, Steps: []Step{
			{Name: "pool", Kernel: &kernel.Activate{Out: value, In: kernel.InInput(0, 0, kernel.F32, 16, 1)}},
			{Name: "fc", Merged: []string{"act"}, Kernel: &kernel.Linear{
				Out: kernel.InArena(256, kernel.F32, 16, 1), In: value, Weights: kernel.InWeights(0, kernel.F32, 4, 3),
				Bias: kernel.InWeights(256, kernel.F32, 4, 1), InChannels: 3, OutChannels: 4,
			}},
		}}
		change(p)
		return p.Packing()
	}
	linear := func(p *Plan) *kernel.Linear { return p.Steps[1].Kernel.(*kernel.Linear) }
	whole := packing(func(*Plan) {})
	const want = "weights 64 16\n" +
		"fc+act = Linear(Weights: weights[0:48], Bias: vectors[0:16], InChannels: 3, OutChannels: 4)\n"
	if whole != want {
		t.Errorf("the packing is\n%s\nwant\n%s", whole, want)
	}
	for name, change := range map[string]func(p *Plan){
		"weights of 16 bits": func(p *Plan) {
			p.Sections[0].Type = kernel.F16
			linear(p).Weights, linear(p).Bias.Offset = kernel.InWeights(0, kernel.F16, 4, 3), 128
		},
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
		"weights' place": func(p *Plan) { linear(p).Bias.Offset = 128 },
		"a setting":      func(p *Plan) { linear(p).Function.Kind = kernel.Relu },
		"a name":         func(p *Plan) { p.Steps[1].Name = "other" },
		"the length":     func(p *Plan) { p.Sections[1].Elements++ },
	} {
		if got := packing(change); got == whole || !strings.Contains(got, "Linear") {
			t.Errorf("%s leaves the packing as it is", name)
		}
	}
}
