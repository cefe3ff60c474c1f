package golang

import (
	"github.com/netc-lang/netc/codegen/asm/routine"
	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/codegen/plan"
)

// reach is what a network reaches on any processor. A package holds no other routines: of 44 tiles of products with
// AVX-512, a small network needs a dozen.
type reach struct {
	names  map[string]bool // of routines of which there is one for each tile or function
	matrix bool            // the matrix unit
	half   bool            // arithmetic of float16
}

func reached(p *plan.Plan) reach {
	all := reach{names: map[string]bool{}}
	names := all.names
	for _, has := range kernel.Sets() {
		set := setOf(has)
		function := func(f kernel.Kind) { // without a routine, it is computed in Go
			if name := unexported(f.Constant()); set.HasFunction(name) {
				names[set.Function(name)] = true
			}
		}
		r := kernel.Reach{
			Has:     has,
			Product: func(blocks, pixels int) { names[set.Product(blocks, pixels)] = true },
			Slide: func(group, size, stride, pixels int) {
				names[set.Slide(routine.Window{Group: group, Size: size}, stride, pixels)] = true
			},
			Matrix:      func() { all.matrix = true },
			HalfProduct: func(pixels int) { names[routine.Half.Product(1, pixels)] = true },
			HalfSlide: func(size, stride, pixels int) {
				names[routine.Half.Slide(routine.Window{Group: 1, Size: size}, stride, pixels)] = true
			},
			Function: function,
			HalfFunction: func(f kernel.Kind) {
				if name := unexported(f.Constant()); routine.Half.HasFunction(name) {
					names[routine.Half.Function(name)] = true
				} else {
					function(f)
				}
			},
			Half: func() { all.half = true },
		}
		steps := p.Steps
		if has&kernel.FP16 != 0 && p.Half != nil {
			steps = p.Half.Steps
		}
		var tasks []kernel.Task
		for _, s := range steps {
			tasks = append(tasks, r.Of(s.Kernel, tasks))
		}
	}
	return all
}

// setOf returns the instruction set that computes products and depthwise convolutions where a processor has features.
func setOf(has kernel.Features) *routine.Set {
	switch {
	case has&kernel.AVX512 != 0:
		return routine.AVX512
	case has&kernel.AVX2 != 0:
		return routine.AVX2
	}
	return routine.NEON
}
