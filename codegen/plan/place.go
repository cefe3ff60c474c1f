package plan

import (
	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/compiler/ir"
)

// place is where the elements of a value of any rank lie: in a view, from a float on, axis by axis. So a value can be a
// part of another, or the same memory with other axes:
//
//	[197, 576] in blocks      [36][197][16]    axes {197·16, 1 in blocks} and 16 floats
//	reshaped to [197, 9, 64]                   axes 16, 4·197·16 and {197·16, 1 in blocks}
//	transposed to [9, 197, 64]                 axes 4·197·16, 16 and {197·16, 1 in blocks}
//	rows 3 to 6 of that                        the same, from 3·4·197·16 on
type place struct {
	view view
	from int // floats
	axes []kernel.Axis
}

// layout is a form in which a value takes a buffer of its own.
type layout int

const (
	// dense: the last axis runs fastest, as in the caller's memory.
	dense layout = iota
	// blocked image: [ceil(C/16)][H·W][16].
	image
	// rows: the last axis in blocks, all others are pixels: [ceil(F/16)][…·T][16]. A vector is one pixel.
	rows
	// stacked: rows, for each index of the axes before the last two by itself: […][ceil(F/16)][T][16].
	stacked
)

// usualLayout is the layout in which a value lies unless there is a reason for another: what most kernels take.
func usualLayout(s ir.Shape) layout {
	if s.IsImage() {
		return image
	}
	return rows
}

// axesOf returns where the elements of a shape lie in a layout, and how many floats they take.
func axesOf(l layout, s ir.Shape) (axes []kernel.Axis, floats int) {
	axes = make([]kernel.Axis, len(s))
	pitch := 1
	even := func(from, to int) { // axes that lie evenly, the last of them the closest
		for i := to - 1; i >= from; i-- {
			axes[i] = kernel.Even(pitch)
			pitch *= s[i]
		}
	}
	last := len(s) - 1
	switch l {
	case dense:
		even(0, len(s))
		return axes, pitch
	case image:
		pitch = Lanes
		even(1, 3)
		axes[0] = kernel.Axis{Block: pitch, Lane: 1}
		return axes, pitch * blocksOf(s[0])
	case rows:
		pitch = Lanes
		even(0, last)
		axes[last] = kernel.Axis{Block: pitch, Lane: 1}
		return axes, pitch * blocksOf(s[last])
	}
	pitch = Lanes
	even(last-1, last)
	axes[last] = kernel.Axis{Block: pitch, Lane: 1}
	pitch *= blocksOf(s[last])
	even(0, last-1)
	return axes, pitch
}

// agree reports whether two layouts of a shape are the same.
func agree(a, b []kernel.Axis, s ir.Shape) bool {
	for i, size := range s {
		if size > 1 && a[i].Lane != b[i].Lane || size > Lanes && a[i].Block != b[i].Block {
			return false
		}
	}
	return true
}

// isEven reports whether elements along an axis lie evenly.
func isEven(a kernel.Axis, size int) bool { return size <= Lanes || a.Block == Lanes*a.Lane }

// freshFloats makes a buffer for so many floats, of which nothing else is known.
func freshFloats(n int) view { return fresh(kernel.Blocked(kernel.F32, n, 1)) }

// floats returns how many floats a view has.
func (v view) floats() int { return v.value.Elements() }

// part returns so many floats of a view, from one on.
func (v view) part(from, count int) view {
	v.offset, v.value = v.offset+from*kernel.F32.Size(), kernel.Blocked(kernel.F32, count, 1)
	return v
}

// placeOf returns where a node's value lies.
func (b *planner) placeOf(n *ir.Node) place {
	if p, ok := b.places[n]; ok {
		return p
	}
	b.widened(n)
	v := b.values[n]
	l := usualLayout(n.Shape)
	if v.buffer == nil {
		l = dense
	}
	axes, _ := axesOf(l, n.Shape)
	return place{view: v, axes: axes}
}

// elsewhere reports whether a value does not lie as the kernels of images and vectors expect it.
func (b *planner) elsewhere(n *ir.Node) bool {
	_, placed := b.places[n]
	return placed || b.values[n].buffer == nil && len(n.Shape) != 1 && !n.Shape.IsImage()
}

// isIn reports whether a value lies in a layout as if it had a buffer of its own.
func (p *place) isIn(l layout, s ir.Shape) bool {
	if l == image && !s.IsImage() || l == stacked && len(s) < 3 {
		return false
	}
	axes, _ := axesOf(l, s)
	return agree(p.axes, axes, s)
}

// holds reports whether so many floats follow in the buffer: a vector that is a part of another may end with it, within
// a block.
func (p *place) holds(floats int) bool {
	return p.view.buffer != nil && p.view.offset+(p.from+floats)*kernel.F32.Size() <= p.view.buffer.size
}

// in returns a view of a value of shape s, which lies at p, in a layout that a kernel takes. If it lies so already,
// that is part of the buffer it is in. Otherwise a step for the node n copies it to a buffer of its own.
func (b *planner) in(n *ir.Node, p place, s ir.Shape, l layout) view {
	axes, floats := axesOf(l, s)
	if p.isIn(l, s) && p.holds(floats) {
		return p.view.part(p.from, floats)
	}
	copied := freshFloats(floats)
	b.rearrange(n, place{view: copied, axes: axes}, p, s)
	return copied
}

// rearrange adds the step that copies a value from one place to another.
func (b *planner) rearrange(n *ir.Node, to, from place, s ir.Shape) {
	k := &kernel.Rearrange{
		Out: b.operand(to.view), In: b.operand(from.view), OutFirst: to.from, InFrom: from.from,
	}
	set(&k.Shape, s)
	setAxes(&k.OutAxes, to.axes, s)
	setAxes(&k.InAxes, from.axes, s)
	b.step(n, k)
	b.steps[len(b.steps)-1].FLOPs = int64(s.Elements())
}

// set fills up a shape with ones in front.
func set(to *[ir.MaxRank]int, s ir.Shape) {
	for i := range to {
		to[i] = 1
	}
	copy(to[len(to)-len(s):], s)
}

// setAxes does likewise. Axes of one element have no pitch, which makes tables shorter.
func setAxes(to *[ir.MaxRank]kernel.Axis, axes []kernel.Axis, s ir.Shape) {
	first := len(to) - len(axes)
	for i, a := range axes {
		if s[i] == 1 {
			a = kernel.Axis{}
		}
		to[first+i] = a
	}
}

// as returns a node's value in a layout. A copy is made once.
func (b *planner) as(n *ir.Node, l layout) view {
	if !b.elsewhere(n) && l == usualLayout(n.Shape) {
		return b.value(n)
	}
	p := b.placeOf(n)
	if _, floats := axesOf(l, n.Shape); p.isIn(l, n.Shape) && p.holds(floats) {
		return b.in(n, p, n.Shape, l)
	}
	if b.copies[copyKey{n, l}].buffer == nil {
		b.copies[copyKey{n, l}] = b.in(n, p, n.Shape, l)
	}
	return b.copies[copyKey{n, l}]
}

// copyKey is a value and a layout.
type copyKey struct {
	node   *ir.Node
	layout layout
}

// compact returns a node's value in the layout that it has, if that is one of a buffer of its own; else in the
// usual one.
func (b *planner) compact(n *ir.Node) (view, layout) {
	if !b.elsewhere(n) {
		return b.value(n), usualLayout(n.Shape)
	}
	p := b.placeOf(n)
	for _, l := range []layout{usualLayout(n.Shape), rows, stacked} {
		if p.isIn(l, n.Shape) {
			return b.as(n, l), l
		}
	}
	return b.as(n, usualLayout(n.Shape)), usualLayout(n.Shape)
}

// outputIn makes the buffer in which a step leaves a node's value, in a layout.
func (b *planner) outputIn(n *ir.Node, l layout) kernel.Ref {
	if l == usualLayout(n.Shape) {
		return b.output(n)
	}
	axes, floats := axesOf(l, n.Shape)
	v := freshFloats(floats)
	b.places[n] = place{view: v, axes: axes}
	return b.operand(v)
}

// reshaped returns where the elements of a value lie as those of another shape, in the same order; false where they
// would have to be copied for it. Both shapes are gone through in groups of axes with the same number of elements. The
// axes of a group are joined to one, which is then cut:
//
//	[197, 576] to [197, 9, 64]        groups 197 | 197 and 576 | 9·64
//	[9, 197, 64] to [9, 12608]        groups 9 | 9 and 197·64 | 12608
func reshaped(axes []kernel.Axis, from, to ir.Shape) ([]kernel.Axis, bool) {
	var made []kernel.Axis
	i, k := 0, 0
	for i < len(from) || k < len(to) {
		first, start := i, k
		have, want := 1, 1
		if i < len(from) {
			have = from[i]
			i++
		}
		if k < len(to) {
			want = to[k]
			k++
		}
		for have != want { // both shapes have as many elements, so neither comes to its end before
			if have < want {
				have *= from[i]
				i++
			} else {
				want *= to[k]
				k++
			}
		}
		joined, size, ok := join(axes[first:i], from[first:i])
		if !ok {
			return nil, false
		}
		parts, ok := cut(joined, size, to[start:k])
		if !ok {
			return nil, false
		}
		made = append(made, parts...)
	}
	return made, true
}

// join makes one axis of several, the last of which runs fastest, and returns how many elements it has. It reports
// false where one axis cannot say where they lie. From the last axis on, each one before is taken in if its elements
// lie where the axis so far would go on:
//
//	so far                          the axis before goes on where its elements lie
//	n elements, p floats apart      n·p floats apart                        even again
//	whole blocks, b floats apart    (n/16)·b floats apart                   blocks, b apart
//	one block of 16 elements        any distance d apart                    blocks, d apart
func join(axes []kernel.Axis, sizes ir.Shape) (joined kernel.Axis, size int, ok bool) {
	size = 1
	for i := len(sizes) - 1; i >= 0; i-- {
		outer, n := axes[i], sizes[i]
		switch {
		case n == 1:
			continue
		case size == 1:
			joined, size = outer, n
			continue
		case !isEven(outer, n): // its own elements are in blocks: only the last axis may be
			return joined, size, false
		case isEven(joined, size) && outer.Lane == size*joined.Lane:
			joined = kernel.Even(joined.Lane)
		case size%Lanes == 0 && outer.Lane == size/Lanes*joined.Block:
		case size == Lanes && joined.Lane == 1:
			joined.Block = outer.Lane
		default:
			return joined, size, false
		}
		size *= n
	}
	return joined, size, true
}

// cut makes several axes of one, the last of which runs fastest: the opposite of join. It reports false where an axis
// would begin within a block. An index of an axis is as many elements further as the axes behind it have together:
//
//	even, p floats apart            that many times p
//	blocks, b floats apart          the axis itself, of the last one; b for each 16 elements, of those before
func cut(whole kernel.Axis, size int, sizes ir.Shape) ([]kernel.Axis, bool) {
	parts := make([]kernel.Axis, len(sizes))
	behind := 1 // elements of the axes behind
	even := isEven(whole, size)
	for i := len(sizes) - 1; i >= 0; i-- {
		switch {
		case sizes[i] == 1:
		case even:
			parts[i] = kernel.Even(behind * whole.Lane)
		case behind == 1:
			parts[i] = whole
		case behind%Lanes == 0:
			parts[i] = kernel.Even(behind / Lanes * whole.Block)
		default:
			return nil, false
		}
		behind *= sizes[i]
	}
	return parts, true
}
