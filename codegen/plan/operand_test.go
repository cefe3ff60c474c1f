package plan

import (
	"testing"

	"github.com/netc-lang/netc/codegen/kernel"
)

// grouped returns weights in blocks of 16 outputs, [ceil(outputs/16)][ceil(depth/group)][16][group].
func grouped(t kernel.ElementType, outputs, depth, group int) kernel.Value {
	return kernel.Value{Channels: outputs, Pixels: depth, Layout: kernel.Layout{
		Type: t, Tail: kernel.ZeroTail, Lanes: 16, Group: group, PixelPitch: 16 * group,
		BlockPixels: (depth + group - 1) / group * group,
	}}
}

// quantised is a value whose padding counts as something else than 0.
func quantised(v kernel.Value) kernel.Value {
	v.Layout.Zero = 128
	return v
}

// TestForms: the form of a value follows from its layout, whatever its type, and an operand accepts what its tag says.
func TestForms(t *testing.T) {
	wide := grouped(kernel.I8, 20, 7, 4)
	wide.Layout.BlockPixels += 4
	for _, c := range []struct {
		value kernel.Value
		role  role
		holds string
		want  form
	}{
		{kernel.Blocked(kernel.F32, 20, 7), in, "f32", blocks},
		{kernel.Blocked(kernel.U8, 20, 7), in, "u8,f32", blocks},
		{quantised(kernel.Blocked(kernel.U8, 20, 7)), in, "u8,f32", blocks},
		{quantised(grouped(kernel.I8, 20, 7, 4)), weights, "i8 fours", fours},
		{kernel.HalfBlocks(40, 7), in, "f32,f16", blocks},
		{kernel.Packed(kernel.F16, 20, 7), weights, "f32,f16", blocks},
		{kernel.Planes(kernel.F32, 20, 7), in, "f32 planes", planes},
		{kernel.ChannelsLast(kernel.U8, 20, 7), in, "u8 channels last", last},
		{grouped(kernel.BF16, 20, 7, 2), weights, "bf16 pairs", pairs},
		{grouped(kernel.I8, 20, 7, 4), weights, "i8 fours", fours},
		{grouped(kernel.I8, 20, 7, 8), weights, "i8 any", odd},
		{wide, weights, "i8 any", odd},
	} {
		if got := formOf(c.value); got != c.want {
			t.Errorf("%+v has the form %q, want %q", c.value, got, c.want)
		}
		accepts := func(holds string) bool {
			return (&operand{role: c.role, holds: holds, ref: &kernel.Ref{Value: c.value}}).accepts()
		}
		if !accepts(c.holds) {
			t.Errorf("an operand that holds %q refuses %+v", c.holds, c.value)
		}
		for _, other := range []string{"i32", "f32 fours", "i8 pairs", "bf16 fours", "f16 planes"} {
			if accepts(other) {
				t.Errorf("an operand that holds %q accepts %+v", other, c.value)
			}
		}
	}
}

// TestPackedTypes: weights are packed as the types that kernels read, and a type that nothing packs yet is no other in
// silence.
func TestPackedTypes(t *testing.T) {
	packs := func(kind kernel.ElementType) (done bool) {
		defer func() { done = recover() == nil }()
		p := &packer{kind: kind}
		p.rows([]float32{1}, 1, 1)
		return
	}
	for kind := kernel.F32; kind <= kernel.I32; kind++ {
		if got, want := packs(kind), kind == kernel.F32 || kind == kernel.F16; got != want {
			t.Errorf("weights of type %s are packed: %t, want %t", kind, got, want)
		}
	}
}
