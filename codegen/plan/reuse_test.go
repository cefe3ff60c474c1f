package plan

import (
	"testing"

	"github.com/netc-lang/netc/codegen/kernel"
)

// TestReplaces: a result lies where an input lies if all that is asked of the two holds, and never if one part does
// not.
func TestReplaces(t *testing.T) {
	value := kernel.Value{Layout: kernel.Layout{Type: kernel.F32}}
	for _, tt := range []struct {
		name   string
		want   bool
		change func(b *planner, in *view, out *view)
	}{
		{"all holds", true, func(*planner, *view, *view) {}},
		{"it is read later", false, func(_ *planner, in, _ *view) { in.buffer.end = 2 }},
		{"it is read earlier only", false, func(_ *planner, in, _ *view) { in.buffer.end = 0 }},
		{"it is part of a buffer", false, func(_ *planner, in, _ *view) { in.offset = kernel.Alignment }},
		{"it is of another layout", false, func(_ *planner, in, _ *view) { in.value.Layout.Type = kernel.F16 }},
		{"its buffer is larger", false, func(_ *planner, in, _ *view) { in.buffer.size *= 2 }},
		{"the result's is there before", false, func(_ *planner, _, out *view) { out.buffer.first = 0 }},
		{"the result lies elsewhere", false, func(_ *planner, _, out *view) { out.buffer.in = &buffer{size: 64} }},
		{"it lies in another buffer, of that size", true, func(_ *planner, in, _ *view) {
			in.buffer = &buffer{size: 1, end: 7, in: &buffer{size: 64, end: 1}}
		}},
		{"it is read twice", false, func(b *planner, in, _ *view) { b.buffers[2] = in.buffer }},
	} {
		in := view{buffer: &buffer{size: 64, end: 1}, value: value}
		out := view{buffer: &buffer{size: 64, first: 1, end: 2, known: true}, value: value}
		other := view{buffer: &buffer{size: 64, end: 5}, value: value}
		b := &planner{buffers: []*buffer{out.buffer, in.buffer, other.buffer}}
		tt.change(b, &in, &out)
		b.buffers[0], b.buffers[1] = out.buffer, in.buffer
		ref := func(number int, v view) kernel.Ref {
			return kernel.Ref{Space: bufferSpace + kernel.Space(number), Offset: v.offset, Value: v.value}
		}
		b.steps = []Step{{}, {Kernel: &kernel.Add{Out: ref(0, out), A: ref(1, in), B: ref(2, other)}}}
		if got := b.replaces(1, in); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}
