package torch

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
)

// check holds that the methods that are written of the tree compute every node that the outputs depend on once, after
// what it takes.
func (t *tree) check() error {
	done := map[*ir.Node]bool{}
	if err := t.follow(t.root, done); err != nil {
		return err
	}
	for _, n := range t.graph.Nodes {
		if _, isInput := n.Op.(ir.Input); !isInput && t.live[n] && !done[n] {
			return fmt.Errorf("no module computes %s", n.Name)
		}
	}
	return nil
}

// follow does what the forward method of a unit does and notes the nodes that are done.
func (t *tree) follow(u *unit, done map[*ir.Node]bool) error {
	known := map[*ir.Node]bool{}
	for _, in := range u.inputs {
		known[in] = true
	}
	if u.form == sequence && !t.flows(u) {
		return fmt.Errorf("the module of %q does more than run its parts one after the other", u.path)
	}
	for _, step := range t.steps(u) {
		for _, in := range step.inputs {
			if !known[in] && !known[t.value(in)] {
				return fmt.Errorf("the module of %q does not have %s, which %q takes", u.path, in.Name, step.path)
			}
		}
		nodes := []*ir.Node{step.node}
		if step.node == nil && step.form != again {
			if err := t.follow(step, done); err != nil {
				return err
			}
			nodes = nil
		} else if step.node == nil {
			nodes = t.graph.Nodes[step.first : step.last+1]
		}
		for _, n := range nodes {
			if done[n] || t.of[n] != step {
				return fmt.Errorf("the modules compute %s twice", n.Name)
			}
			done[n] = true
		}
		known[step.outputs[0]] = true
	}
	for _, out := range u.outputs {
		if !known[out] {
			return fmt.Errorf("the module of %q does not have %s, which it returns", u.path, out.Name)
		}
	}
	return nil
}
