package golang

import (
	"github.com/netc-lang/netc/codegen/asm/routine"
	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/codegen/plan"
)

// reach is what a network reaches on any processor. A package holds no other routines: of 44 tiles of products with
// AVX-512, a small network needs a dozen.
type reach struct {
	names map[string]bool // of routines of which there is one for each tile or function
	uses  map[kernel.Optional]bool
}

// reached is what networks reach.
func reached(plans ...*plan.Plan) reach {
	all := reach{names: map[string]bool{}, uses: map[kernel.Optional]bool{}}
	for _, p := range plans {
		for _, has := range kernel.Sets() {
			steps := p.Steps
			if has&kernel.FP16 != 0 && p.Half != nil {
				steps = p.Half.Steps
			}
			r := all.on(has)
			var tasks []kernel.Task
			for _, s := range steps {
				tasks = append(tasks, r.Of(s.Kernel, tasks))
			}
		}
	}
	return all
}

// on notes what is reached on a processor.
func (all *reach) on(has kernel.Features) kernel.Reach {
	sets := map[bool]*routine.Set{false: setOf(has), true: routine.Half}
	return kernel.Reach{
		Has:     has,
		Product: func(half bool, blocks, pixels int) { all.names[sets[half].Product(blocks, pixels)] = true },
		Slide: func(half bool, group, size, stride, pixels int) {
			all.names[sets[half].Slide(routine.Window{Group: group, Size: size}, stride, pixels)] = true
		},
		Function: func(half bool, kind kernel.Kind) {
			name := unexported(kernel.ConstantOf(kind))
			set := sets[half && routine.Half.HasFunction(name)]
			if set.HasFunction(name) { // without a routine, it is computed in Go
				all.names[set.Function(name)] = true
			}
		},
		Uses: func(what kernel.Optional) { all.uses[what] = true },
	}
}

// setOf returns the instruction set that computes products and depthwise convolutions where a processor has features.
func setOf(has kernel.Features) *routine.Set {
	switch {
	case has&kernel.AVX512 != 0:
		return routine.AVX512
	case has&kernel.AVX2 != 0:
		return routine.AVX2
	case has&kernel.NEON != 0:
		return routine.NEON
	}
	panic("golang: no routines are known for " + has.String())
}
