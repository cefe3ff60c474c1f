package torch

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// forward writes the forward method of a unit's class. It names no values that may differ between instances: those are
// in the layers. That of a network whose features have a place of their own is two, one to them and one from them.
func (e *emitter) forward(u *unit) string {
	steps := e.tree.steps(u)
	cut := e.features(u, steps)
	if cut == 0 {
		return e.method("forward", "", u, u.inputs, steps, u.outputs)
	}
	features := steps[cut-1].outputs[:1]
	doc := fmt.Sprintf("What the classifier takes: %v of an image.", features[0].Shape)
	if len(u.inputs) > 1 {
		doc = fmt.Sprintf("What the classifier takes: %v.", features[0].Shape)
	}
	names := inputNames(u, u.inputs)
	return e.method("forward_features", doc, u, u.inputs, steps[:cut], features) +
		e.method("forward_head", "What is returned of the features.", u, features, steps[cut:], u.outputs) +
		"\n    def forward(self, " + strings.Join(names, ", ") + "):\n" +
		"        return self.forward_head(self.forward_features(" + strings.Join(names, ", ") + "))\n"
}

// features returns after how many steps of a network there is one value left, of which all that it returns is made, and
// which is the last that still is an image or a sequence; 0 where there is none. What returns other than vectors has no
// classifier for which it would matter.
func (e *emitter) features(u *unit, steps []*unit) int {
	if u.parent != nil {
		return 0
	}
	for _, out := range u.outputs {
		if len(out.Shape) != 1 {
			return 0
		}
	}
	last := e.lastUses(steps)
	for _, out := range u.outputs {
		last[out] = len(steps)
	}
	for cut := len(steps) - 1; cut > 0; cut-- {
		alone := true
		for _, in := range u.inputs {
			alone = alone && last[in] < cut
		}
		for _, step := range steps[:cut-1] {
			alone = alone && last[step.outputs[0]] < cut
		}
		if shape := steps[cut-1].outputs[0].Shape; alone && isExtended(shape) {
			return cut
		}
	}
	return 0
}

// isExtended reports whether a shape is that of an image of several pixels, or of a sequence of several tokens.
func isExtended(s ir.Shape) bool {
	if s.IsImage() {
		return s[1]*s[2] > 1
	}
	return len(s) > 1 && s[0] > 1
}

// inputNames returns what the values that a method takes are called in it.
func inputNames(u *unit, inputs []*ir.Node) []string {
	taken := newNames("self", "torch", "nn", "F")
	names := make([]string, len(inputs))
	for i, in := range inputs {
		name := "x"
		if u.parent == nil && len(inputs) > 1 { // callers know a network's inputs by their names
			name = identifier(in.Name)
		}
		names[i] = taken.add(name)
	}
	return names
}

// method writes a method of a unit's class that takes values, runs steps and returns values.
func (e *emitter) method(name, doc string, u *unit, inputs []*ir.Node, steps []*unit, outputs []*ir.Node) string {
	taken := newNames("self", "torch", "nn", "F")
	vars := map[*ir.Node]string{}
	var b strings.Builder
	b.WriteString("\n    def " + name + "(self")
	for i, name := range inputNames(u, inputs) {
		vars[inputs[i]] = taken.add(name)
		b.WriteString(", " + name)
	}
	b.WriteString("):\n")
	if doc != "" {
		b.WriteString("        \"\"\"" + doc + "\"\"\"\n")
	}
	for _, in := range inputs {
		if _, isInput := in.Op.(ir.Input); isInput && u.parent == nil && e.sizeBound && in.Shape.IsImage() {
			what := "the image"
			if len(inputs) > 1 {
				what = vars[in]
			}
			b.WriteString(sizeCheck(vars[in], what, in.Shape))
		}
	}
	last := e.lastUses(steps)
	for _, out := range outputs {
		last[out] = len(steps)
	}
	for i, s := range steps {
		call := e.call(u, s, vars)
		if i == len(steps)-1 && len(outputs) == 1 && s.outputs[0] == outputs[0] {
			b.WriteString("        return " + call + "\n")
			return b.String()
		}
		// The current value keeps the name x for as long as nothing else needs the one before.
		name := "x"
		if in := s.inputs[0]; e.variable(vars, in) != "x" || last[in] > i {
			name = taken.add(identifier(lineName(s)))
		}
		vars[s.outputs[0]] = name
		b.WriteString("        " + name + " = " + call + "\n")
	}
	results := make([]string, len(outputs))
	for i, out := range outputs {
		results[i] = vars[out]
	}
	b.WriteString("        return " + strings.Join(results, ", ") + "\n")
	return b.String()
}

// lineName returns what the result of a step is called: of arithmetic that a line ends with, as the line is.
func lineName(s *unit) string {
	for s.form == inline && s.parent.form == inline && s.parent.last == s.last {
		s = s.parent
	}
	return s.name
}

// checkpointing writes the method of a network's class that has blocks computed again, or "" where it has none: its
// blocks are instances of classes among its parts, or among those that its parts just run one after the other.
func (e *emitter) checkpointing(u *unit) string {
	var blocks []string
	for _, step := range e.tree.steps(u) {
		switch {
		case step.form == classed:
			blocks = append(blocks, "self"+access(u, step))
		case step.form == sequence &&
			slices.ContainsFunc(step.children, func(c *unit) bool { return c.form == classed }):
			blocks = append(blocks, "*self"+access(u, step))
		}
	}
	if len(blocks) == 0 {
		return ""
	}
	e.use(checkpointHelper)
	list := "\n            " + strings.Join(blocks, ",\n            ") + ",\n        "
	if short := strings.Join(blocks, ", "); len(short) < 80 {
		list = short
	}
	return "\n" + strings.Replace(checkpointingText, "BLOCKS", list, 1)
}

const checkpointingText = `    def set_grad_checkpointing(self, enable=True):
        """Whether training forgets what blocks compute and does it again for the gradients: less memory, more time.

        The running statistics of batch norm then see every batch twice.
        """
        for block in [BLOCKS]:
            block.__dict__.pop("forward", None)
            if enable:
                block.forward = partial(checkpoint, block.forward, use_reentrant=False)
`

// sizeCheck writes the statements that refuse images of another size, and say what they are of. torch._assert is what
// tracing and torch.fx follow; torchvision uses it for the same.
func sizeCheck(name, what string, image ir.Shape) string {
	const line = "        torch._assert(%s.shape[%d] == %d, \"%s must be %d pixels %s: " +
		"what is computed here depends on it\")\n"
	return fmt.Sprintf(line, name, 2, image[1], what, image[1], "high") +
		fmt.Sprintf(line, name, 3, image[2], what, image[2], "wide")
}

// lastUses returns, for every value, the last step that reads it.
func (e *emitter) lastUses(steps []*unit) map[*ir.Node]int {
	last := map[*ir.Node]int{}
	for i, s := range steps {
		for _, in := range s.inputs {
			last[in], last[e.tree.value(in)] = i, i
		}
	}
	return last
}

// variable returns what a value is called: an argument of its own, or what it stands in for.
func (e *emitter) variable(vars map[*ir.Node]string, n *ir.Node) string {
	if name, ok := vars[n]; ok {
		return name
	}
	return vars[e.tree.value(n)]
}

// call writes the expression that computes a step within the unit u.
func (e *emitter) call(u, step *unit, vars map[*ir.Node]string) string {
	args := make([]string, len(step.inputs))
	for i, in := range step.inputs {
		args[i] = e.variable(vars, in)
	}
	if step.form == again {
		step = step.target
	}
	if step.node != nil {
		if written := operators.Of(step.node.Op).expression; written != nil {
			return written(step.node, args)
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
