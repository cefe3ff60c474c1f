package plan

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/netc-lang/netc/codegen/kernel"
)

// role is what a step does with an operand.
type role string

const (
	out     role = "out"
	in      role = "in"
	weights role = "weights"
)

// sums is the name of the operand by which a step leaves sums for another.
const sums = "Sums"

// operand is one that a kernel has: a field of type Ref, whose tag package kernel explains.
type operand struct {
	name    string
	role    role
	inPlace bool
	holds   string // what it may hold: types and a form
	ref     *kernel.Ref
}

// form is how the elements of an operand lie, roughly.
type form string

const (
	blocks form = "blocks" // of 16 channels, or of 32 as float16
	planes form = "planes"
	last   form = "channels last"
	pairs  form = "pairs" // weights in blocks whose products a processor adds up in pairs
	fours  form = "fours" // or by fours
	odd    form = "odd"
)

// groups are the forms of weights in blocks of 16 outputs, [ceil(outputs/16)][depth/group][16][group], by their group.
var groups = map[int]form{2: pairs, 4: fours}

// formOf returns the form of a value. What padding counts as where it is quantised says nothing of where elements lie.
func formOf(v kernel.Value) form {
	v.Layout.Zero = 0
	switch t := v.Layout.Type; v.Layout {
	case kernel.Blocked(t, v.Channels, v.Pixels).Layout, kernel.Packed(t, v.Channels, v.Pixels).Layout,
		kernel.HalfBlocks(v.Channels, v.Pixels).Layout:
		return blocks
	case kernel.Planes(t, v.Channels, v.Pixels).Layout:
		return planes
	case kernel.ChannelsLast(t, v.Channels, v.Pixels).Layout:
		return last
	}
	group := v.Layout.Group
	grouped, ok := groups[group]
	if !ok {
		return odd
	}
	whole := kernel.Packed(v.Layout.Type, v.Channels, (v.Pixels+group-1)/group*group).Layout
	whole.Group, whole.PixelPitch = group, group*whole.PixelPitch
	if v.Layout != whole {
		return odd
	}
	return grouped
}

// operandsOf returns the operands that a kernel has, those that are absent left out, in the order of its fields.
func operandsOf(k kernel.Kernel) []operand {
	var all []operand
	v := reflect.ValueOf(k).Elem()
	for i := range v.NumField() {
		ref, ok := v.Field(i).Addr().Interface().(*kernel.Ref)
		if !ok || !ref.Present() {
			continue
		}
		field := v.Type().Field(i)
		what, inPlace := strings.CutSuffix(field.Tag.Get("op"), ",inplace")
		switch role(what) {
		case in, out, weights:
		default:
			panic(fmt.Sprintf("plan: the operand %s of %T has the tag %q", field.Name, k, field.Tag))
		}
		all = append(all, operand{name: field.Name, role: role(what), inPlace: inPlace,
			holds: cmp.Or(field.Tag.Get("holds"), "f32"), ref: ref})
	}
	return all
}

// accepts reports whether the operand may hold what it does, by its tag: "f32,f16", "f32 planes" or, where the kernel's
// settings say axis by axis where elements lie, "f32 any".
func (o *operand) accepts() bool {
	kinds, want, found := strings.Cut(o.holds, " ")
	if !found {
		want = string(blocks)
	}
	l := o.ref.Value.Layout
	return slices.Contains(strings.Split(kinds, ","), l.Type.String()) &&
		(want == "any" || string(formOf(o.ref.Value)) == want) &&
		(o.role != weights || l.Tail == kernel.ZeroTail)
}

// checkOperands panics where a step's kernel cannot read or write what the plan gives it.
func (p *Plan) checkOperands(s *Step) {
	for _, o := range operandsOf(s.Kernel) {
		if !o.accepts() {
			panic(fmt.Sprintf("plan: the operand %s of %s is %s, but must be %s", o.name, s.Name, p.refString(*o.ref),
				o.holds))
		}
	}
}
