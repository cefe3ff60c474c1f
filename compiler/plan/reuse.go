package plan

// buffer is a piece of the arena that holds one or more values, alive from one step up to and including another.
type buffer struct {
	size       int
	first, end int // numbers of steps; results are read after the last
	offset     int
	known      bool    // first is set
	in         *buffer // when it lies in the memory of another: that one
}

// current returns the buffer that b lies in.
func (b *buffer) current() *buffer {
	for b.in != nil {
		b = b.in
	}
	return b
}

// reuse finds out when buffers are alive and lets steps overwrite what is not needed any more. It returns the buffers that
// are left to be placed.
func reuse(steps []*draft, results []view) []*buffer {
	all := lifetimes(steps, results)
	for i, s := range steps {
		for _, v := range s.replaceable {
			if replaces(s, i, v) {
				own := s.out.buffer
				v.buffer.current().end = max(v.buffer.current().end, own.end)
				own.in = v.buffer.current()
				break
			}
		}
	}
	var left []*buffer
	for _, b := range all {
		if b.in == nil {
			left = append(left, b)
		}
	}
	return left
}

// lifetimes sets when each buffer is written first and read last, and returns all in the order of the former.
func lifetimes(steps []*draft, results []view) []*buffer {
	var all []*buffer
	written := func(v view, step int) {
		if b := v.buffer; !b.known {
			b.first, b.end, b.known = step, step, true
			all = append(all, b)
		}
	}
	for i, s := range steps {
		written(s.out, i)
		s.out.buffer.end = i
		if s.sums != nil {
			written(*s.sums, i)
		}
		for _, v := range s.reads() {
			if v.buffer != nil {
				v.buffer.end = i
			}
		}
	}
	for _, v := range results {
		v.buffer.end = len(steps)
	}
	return all
}

// replaces reports whether the step's result, a buffer of its own, may lie where an input lies: the whole of a buffer of
// that size, which nobody reads later and the step reads only once.
func replaces(s *draft, step int, v view) bool {
	own := s.out.buffer
	if v.buffer == nil {
		return false
	}
	b := v.buffer.current()
	if b.end != step || v.offset != 0 || v.length != s.out.length || b.size != own.size || own.first != step || own.in != nil {
		return false
	}
	reads := 0
	for _, other := range s.reads() {
		if other.buffer != nil && other.buffer.current() == b {
			reads++
		}
	}
	return reads == 1
}
