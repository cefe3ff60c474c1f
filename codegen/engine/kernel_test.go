package engine

import "github.com/netc-lang/netc/codegen/kernel"

// doing is a kernel for tests: its items are computed by a function.
type doing struct {
	items, scratch int
	do             func(w *kernel.Worker, m kernel.Memory, first, last int)
}

func (d *doing) Describe() string                                  { return "mix" }
func (d *doing) Bind(*kernel.Machine, []kernel.Task) kernel.Task   { return d }
func (d *doing) Items() int                                        { return d.items }
func (d *doing) Scratch() int                                      { return d.scratch }
func (d *doing) Run(w *kernel.Worker, m kernel.Memory, i, end int) { d.do(w, m, i, end) }
