package torch

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// forward writes the forward method of a unit's class. It names no values that may differ between instances: those are
// in the layers.
func (e *emitter) forward(u *unit) string {
	taken := newNames("self", "torch", "nn", "F")
	vars := map[*ir.Node]string{}
	var b strings.Builder
	b.WriteString("\n    def forward(self")
	for _, in := range u.inputs {
		name := "x"
		if u.parent == nil && len(u.inputs) > 1 { // callers know a network's inputs by their names
			name = identifier(in.Name)
		}
		vars[in] = taken.add(name)
		b.WriteString(", " + vars[in])
	}
	b.WriteString("):\n")
	for _, in := range u.inputs {
		if u.parent == nil && e.sizeBound && in.Shape.IsImage() {
			what := "the image"
			if len(u.inputs) > 1 {
				what = vars[in]
			}
			b.WriteString(sizeCheck(vars[in], what, in.Shape))
		}
	}
	steps := e.tree.steps(u)
	last := lastUses(steps)
	for _, out := range u.outputs {
		last[out] = len(steps)
	}
	for i, s := range steps {
		call := e.call(u, s, vars)
		if i == len(steps)-1 && len(u.outputs) == 1 && s.outputs[0] == u.outputs[0] {
			b.WriteString("        return " + call + "\n")
			return b.String()
		}
		// The current value keeps the name x for as long as nothing else needs the one before.
		name := "x"
		if in := s.inputs[0]; vars[in] != "x" || last[in] > i {
			name = taken.add(identifier(s.name))
		}
		vars[s.outputs[0]] = name
		b.WriteString("        " + name + " = " + call + "\n")
	}
	results := make([]string, len(u.outputs))
	for i, out := range u.outputs {
		results[i] = vars[out]
	}
	b.WriteString("        return " + strings.Join(results, ", ") + "\n")
	return b.String()
}

// sizeCheck writes the statements that refuse images of another size, and say what they are of. torch._assert is what
// tracing and torch.fx follow; torchvision uses it for the same.
func sizeCheck(name, what string, image ir.Shape) string {
	const line = "        torch._assert(%s.shape[%d] == %d, \"%s must be %d pixels %s: " +
		"what is computed here depends on it\")\n"
	return fmt.Sprintf(line, name, 2, image[1], what, image[1], "high") +
		fmt.Sprintf(line, name, 3, image[2], what, image[2], "wide")
}

// lastUses returns, for every value, the last step that reads it.
func lastUses(steps []*unit) map[*ir.Node]int {
	last := map[*ir.Node]int{}
	for i, s := range steps {
		for _, in := range s.inputs {
			last[in] = i
		}
	}
	return last
}

// call writes the expression that computes a step within the unit u.
func (e *emitter) call(u, step *unit, vars map[*ir.Node]string) string {
	args := make([]string, len(step.inputs))
	for i, in := range step.inputs {
		args[i] = vars[in]
	}
	if step.node != nil {
		switch op := step.node.Op.(type) {
		case ir.Add:
			return args[0] + " + " + args[1]
		case ir.Sub:
			return args[0] + " - " + args[1]
		case ir.Mul:
			return args[0] + " * " + args[1]
		case ir.Div:
			return args[0] + " / " + args[1]
		case ir.MatMul:
			if op.Transpose {
				args[1] += ".transpose(-2, -1)"
			}
			return "torch.matmul(" + args[0] + ", " + args[1] + ")"
		case ir.Concat:
			return fmt.Sprintf("torch.cat([%s], dim=%d)", strings.Join(args, ", "), op.Axis+1)
		}
	}
	return "self" + access(u, step) + "(" + strings.Join(args, ", ") + ")"
}

// access writes how the class of the unit u reaches a module within it.
func access(u, inner *unit) string {
	outer := ""
	if inner.parent != u {
		outer = access(u, inner.parent)
	}
	switch {
	case inner.parent.form == holder:
		return outer + "[" + quote(inner.name) + "]"
	case inner.parent.form == classed && isAttribute(inner.name):
		return outer + "." + inner.name
	}
	return outer + "._modules[" + quote(inner.name) + "]"
}

// assign writes the left side of the statement that gives a module its child.
func assign(name string) string {
	if isAttribute(name) {
		return "self." + name + " = "
	}
	return "self._modules[" + quote(name) + "] = "
}
