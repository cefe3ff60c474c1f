package plan

// needs says of each step which outputs need it: those whose place it writes, and those that need a step which reads
// what it writes. Where it is all of them, 0 says so, and no inference has to look. It stands before reuse, while every
// byte of a buffer still belongs to one value.
func (b *planner) needs(results []view) {
	if len(results) == 1 {
		return
	}
	needed := needed{}
	for i, v := range results {
		needed.add(v, 1<<i)
	}
	all := uint64(1)<<len(results) - 1
	for i := len(b.steps) - 1; i >= 0; i-- {
		s := &b.steps[i]
		operands := operandsOf(s.Kernel)
		for _, o := range operands {
			if v, ok := b.viewOf(o.ref); ok && o.role == out {
				s.For |= needed.of(v)
			}
		}
		// No output needs it. Lowering leaves no such node; in a graph that comes from elsewhere it is computed always.
		if s.For == 0 {
			s.For = all
		}
		for _, o := range operands {
			if v, ok := b.viewOf(o.ref); ok && o.role == in {
				needed.add(v, s.For)
			}
		}
		if s.For == all {
			s.For = 0
		}
	}
}

// needed says which outputs need which parts of buffers: values that are concatenated are parts of one.
type needed map[*buffer][]neededPart

// neededPart is a range of bytes of a buffer, and the outputs that need it, a bit for each.
type neededPart struct {
	from, end int
	outputs   uint64
}

// add notes that outputs need a view.
func (n needed) add(v view, outputs uint64) {
	n[v.buffer] = append(n[v.buffer], neededPart{v.offset, v.offset + v.value.Bytes(), outputs})
}

// of returns which outputs need any of a view.
func (n needed) of(v view) (outputs uint64) {
	for _, p := range n[v.buffer] {
		if p.from < v.offset+v.value.Bytes() && v.offset < p.end {
			outputs |= p.outputs
		}
	}
	return outputs
}
