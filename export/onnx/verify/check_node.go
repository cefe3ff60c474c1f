package verify

import "fmt"

// node checks a node: that its operator is known in the model's opset, then the number of its inputs and outputs, its
// attributes and, if these are right, what it makes of what it is given.
func (c *checker) node(n *Node, index int) {
	where := fmt.Sprintf("node %d, %s %s", index, n.Operator, n.Name)
	op, known := c.table[n.Operator]
	switch opset := c.model.Opset; {
	case !isDefaultDomain(n.Domain) || !known:
		c.uncovered("%s: the operator is none that netc writes", where)
	case op.exists > opset:
		c.problem("%s: the operator came with opset %d, the model has %d", where, op.exists, opset)
	case op.since > opset:
		c.uncovered("%s: before opset %d the operator meant something else", where, op.since)
	case c.counts(n, op, where) && c.attributes(n, op, where):
		c.infer(n, op, where)
		return
	}
	for _, out := range n.Outputs { // so that one mistake is one problem
		if out != "" {
			c.define(out, typed{}, "the value")
		}
	}
}

// counts reports whether the inputs and outputs are as many as the operator has.
func (c *checker) counts(n *Node, op operator, where string) bool {
	opset := c.model.Opset
	err := op.inputs.at(opset).check(n.Inputs)
	if err != nil {
		c.problem("%s: inputs: with opset %d, %v", where, opset, err)
	}
	err2 := op.outputs.at(opset).check(n.Outputs)
	if err2 != nil {
		c.problem("%s: outputs: with opset %d, %v", where, opset, err2)
	}
	return err == nil && err2 == nil
}

// attributes reports whether the attributes are right.
func (c *checker) attributes(n *Node, op operator, where string) bool {
	seen := map[string]bool{}
	right := true
	for _, a := range n.Attributes {
		known, ok := op.attributes[a.Name]
		switch opset := c.model.Opset; {
		case !ok:
			c.problem("%s: the operator has no attribute %s", where, a.Name)
		case known.from > opset:
			c.problem("%s: the attribute %s came with opset %d, the model has %d", where, a.Name, known.from, opset)
		case known.until > 0 && known.until <= opset:
			c.problem("%s: the attribute %s ended with opset %d, the model has %d", where, a.Name, known.until, opset)
		case known.kind != a.Kind:
			c.problem("%s: the attribute %s has another type", where, a.Name)
		case seen[a.Name]:
			c.problem("%s: the attribute %s occurs twice", where, a.Name)
		default:
			seen[a.Name] = true
			continue
		}
		right = false
	}
	return right
}

// infer works out the types and shapes of a node's outputs.
func (c *checker) infer(n *Node, op operator, where string) {
	use := &call{node: n, opset: c.model.Opset}
	complete := true
	for i, name := range n.Inputs {
		t, ok := c.types[name]
		switch {
		case name == "": // left out
		case !ok:
			c.problem("%s: its input %s is not defined before it", where, name)
			complete = false
		case t.kind == 0:
			complete = false
		case t.kind == BFloat16 && c.model.Opset < op.bfloat16:
			c.problem("%s: it takes bf16 from opset %d, the model has %d", where, op.bfloat16, c.model.Opset)
		case !t.kind.isFloat() && op.integers == 0 && (i == 0 || op.onlyFloats):
			c.problem("%s: it cannot compute with %s", where, t.kind)
			complete = false
		case !t.kind.isFloat() && op.integers > c.model.Opset && i == 0:
			c.problem("%s: it takes %s from opset %d, the model has %d", where, t.kind, op.integers, c.model.Opset)
			complete = false
		case !t.kind.isFloat() && op.onlyFloats:
			c.uncovered("%s: it is not computed with %s here", where, t.kind)
			complete = false
		}
		use.in = append(use.in, t)
	}
	results := make([]typed, len(n.Outputs))
	if complete {
		inferred, err := op.infer(use)
		for _, t := range inferred {
			n, tooLarge := elements(t.dims)
			if err == nil && tooLarge != nil {
				err = tooLarge
			}
			c.Work += float64(n)
		}
		if err != nil {
			c.sort(where, err)
		} else {
			copy(results, inferred)
			c.known(op, use, results)
			if op.cost != nil {
				c.Work += op.cost(use, inferred)
			}
		}
	}
	for i, out := range n.Outputs {
		if out != "" {
			c.define(out, results[i], "the value")
		}
	}
}

// known computes a vector of integers that follows from known ones, such as a shape that the next operation takes.
func (c *checker) known(op operator, use *call, results []typed) {
	if len(results) != 1 || results[0].kind != Int64 || results[0].value != nil || len(results[0].dims) > 1 {
		return
	}
	o := &operation{call: use, out: results}
	for _, t := range use.in {
		if t.kind != 0 && t.value == nil {
			return
		}
		v := Array{}
		if t.value != nil {
			v = *t.value
			v.Type, v.Dims = t.kind, t.dims
		}
		o.values = append(o.values, v)
	}
	values, err := op.run(o)
	if err != nil || len(values) != 1 {
		return // it shows when the model runs
	}
	values[0].Type, values[0].Dims = results[0].kind, results[0].dims
	results[0].value = &values[0]
}
