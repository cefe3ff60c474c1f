package plan

import "github.com/netc-lang/netc/codegen/kernel"

// buffer is a piece of the arena that holds one or more values, alive from one step up to and including another.
type buffer struct {
	size       int
	first, end int          // numbers of steps; results are read after the last
	space      kernel.Space // until settle, if operands lie in it: see planner.operand
	offset     int          // in the arena, once it has been placed
	known      bool         // first is set
	in         *buffer      // when it lies in the memory of another: that one
}

// current returns the buffer that b lies in.
func (b *buffer) current() *buffer {
	for b.in != nil {
		b = b.in
	}
	return b
}

// reuse finds out when buffers are alive and lets steps overwrite what is not needed any more. It returns the buffers
// that are left to be placed.
func (b *planner) reuse(results []view) []*buffer {
	all := b.lifetimes(results)
	for i, s := range b.steps {
		own := b.result(s).buffer
		for _, o := range operandsOf(s.Kernel) {
			if v, ok := b.viewOf(o.ref); ok && o.inPlace && b.replaces(i, v) {
				v.buffer.current().end = max(v.buffer.current().end, own.end)
				own.in = v.buffer.current()
				break
			}
		}
	}
	var left []*buffer
	for _, buffer := range all {
		if buffer.in == nil {
			left = append(left, buffer)
		}
	}
	return left
}

// lifetimes sets when each buffer is written first and read last, and returns all in the order of the former.
func (b *planner) lifetimes(results []view) []*buffer {
	var all []*buffer
	for i, s := range b.steps {
		for _, o := range operandsOf(s.Kernel) {
			v, ok := b.viewOf(o.ref)
			if !ok {
				continue
			}
			if o.role == out && !v.buffer.known {
				v.buffer.first, v.buffer.known = i, true
				all = append(all, v.buffer)
			}
			v.buffer.end = i
		}
	}
	for _, v := range results {
		v.buffer.end = len(b.steps)
	}
	return all
}

// result returns where a step's result lies: its first operand.
func (b *planner) result(s Step) view {
	v, _ := b.viewOf(operandsOf(s.Kernel)[0].ref)
	return v
}

// replaces reports whether a step's result, a buffer of its own, may lie where an input lies: the whole of a buffer of
// that size, which nobody reads later and the step reads only once.
func (b *planner) replaces(step int, v view) bool {
	result := b.result(b.steps[step])
	own, there := result.buffer, v.buffer.current()
	if there.end != step || v.offset != 0 || v.value != result.value || there.size != own.size || own.first != step ||
		own.in != nil {
		return false
	}
	reads := 0
	for _, o := range operandsOf(b.steps[step].Kernel) {
		if v, ok := b.viewOf(o.ref); ok && o.role == in && v.buffer.current() == there {
			reads++
		}
	}
	return reads == 1
}
