package plan

// needs says of each step which outputs need it: those whose place it writes, and those that need a step which reads
// what it writes. Where it is all of them, 0 says so, and no inference has to look. It stands before reuse, while every
// buffer still holds one value.
func (b *planner) needs(results []view) {
	if len(results) == 1 {
		return
	}
	needs := map[*buffer]uint64{}
	for i, v := range results {
		needs[v.buffer] |= 1 << i
	}
	all := uint64(1)<<len(results) - 1
	for i := len(b.steps) - 1; i >= 0; i-- {
		s := &b.steps[i]
		operands := operandsOf(s.Kernel)
		for _, o := range operands {
			if v, ok := b.viewOf(o.ref); ok && o.role == out {
				s.For |= needs[v.buffer]
			}
		}
		// it reaches no output: lowering leaves no such node, and who plans another graph gets all of it
		if s.For == 0 {
			s.For = all
		}
		for _, o := range operands {
			if v, ok := b.viewOf(o.ref); ok && o.role == in {
				needs[v.buffer] |= s.For
			}
		}
		if s.For == all {
			s.For = 0
		}
	}
}
