package build

import (
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// Observed is what building one variant shows of a network's body. Over all variants it makes warnings.
type Observed struct {
	Strides map[source.Span]StrideUse // of strides above 1 that a stage is given, by their place
	Widths  map[source.Span]int       // of channels that are not fixed and no multiple of EvenWidth

	// Reached are the places, lines and operations, of which something reaches the output. Dead are operations that
	// nothing uses: of each, its places from the network's line inwards.
	Reached map[source.Span]bool
	Dead    [][]source.Span

	Given []Given // what the variant gives

	Scaled  map[source.Span]Scaled // names of the network's settings, ints, that are scaled as channels
	Padding map[source.Span]ir.Op  // operations whose padding nobody gives, where that is not plain

	Parts map[source.Span]bool // of stages of the network: whether they are built

	Free map[*syntax.Free]int   // what is free and read: which item of its list the baseline has
	Own  map[*syntax.Free]value // what an override leaves free, where the baseline has none of its list's items

	// Settings are the names of the scaling's and the network's parameters and dimensions, and Effective those of them
	// that the network depends on.
	Settings, Effective map[string]bool

	Changes []Change // what the scaling changes, in the order of the network's body
}

func newObserved() *Observed {
	return &Observed{Strides: map[source.Span]StrideUse{}, Widths: map[source.Span]int{},
		Reached: map[source.Span]bool{}, Free: map[*syntax.Free]int{}, Own: map[*syntax.Free]value{},
		Scaled: map[source.Span]Scaled{}, Padding: map[source.Span]ir.Op{}, Parts: map[source.Span]bool{}}
}

// EvenWidth is what the channels of a layer should be a multiple of: what processors compute at once.
const EvenWidth = 8

// StrideUse says what became of a stride.
type StrideUse int

const (
	NeverBuilt StrideUse = iota // its stage is repeated no times, or its condition is false
	NoEffect                    // the image has one pixel and stays as it is
	Applied
)

// observeWidth takes note of the channels that a layer of the network gets.
func (b *builder) observeWidth(at syntax.Expr, v value) {
	if n, ok := v.(int); ok && n%EvenWidth != 0 {
		b.observed.Widths[at.Place()] = n
	}
}

// Scaled is a figure before and after a scaling.
type Scaled struct{ Before, After int }

// Change is a figure of the baseline that the scaling changes.
type Change struct {
	Line  string // the network's line that has the figure
	What  string // "channels" or "repeats"
	Place source.Span
	Scaled
}

// observeChange takes note of a figure before and after the scaling, once for every place.
func (b *builder) observeChange(what string, place source.Span, before, after int) {
	c := Change{What: what, Place: place, Scaled: Scaled{before, after}}
	for l := b.line; l != nil; l = l.outer {
		c.Line = l.place.Text()
	}
	if before != after && !slices.Contains(b.observed.Changes, c) {
		b.observed.Changes = append(b.observed.Changes, c)
	}
}

// observeScaled takes note of an int of the network's settings, such as classes, that the scaling changes: one that is
// meant to scale has the type channels.
func (b *builder) observeScaled(at syntax.Expr, before, after value) {
	name, ok := at.(*syntax.Ref)
	if !ok || before == after {
		return
	}
	for _, p := range b.network.Params {
		if p.Name.Text == name.Name.Text && p.Type.Name.Text == "int" {
			b.observed.Scaled[at.Place()] = Scaled{before.(int), after.(int)}
		}
	}
}

// observePadding takes note of an operation whose padding nobody gives where people who know other frameworks expect
// several: windows of an even size have no middle, and windows that are more than 2 apart are padded by some to keep
// what lies at the border, by others not.
func (b *builder) observePadding(block *syntax.Block, e *syntax.Call, grafted map[string]value, result value) {
	for i, p := range block.Params {
		if p.Name.Text == "padding" && (paramGiven(e, p, i) || grafted["padding"] != nil) {
			return
		}
	}
	made, ok := result.(tensor)
	if !ok {
		return
	}
	w, _ := ir.WindowOf(made.node.Op)
	if w.Pad.Top > 0 && (w.Kernel.Height%2 == 0 || w.Stride.Height > 2) ||
		w.Pad.Left > 0 && (w.Kernel.Width%2 == 0 || w.Stride.Width > 2) {
		b.observed.Padding[e.Span] = made.node.Op
	}
}

// paramGiven reports whether a call gives a parameter, by name or by its position.
func paramGiven(e *syntax.Call, p *syntax.Param, position int) bool {
	for i, a := range e.Args {
		if a.Name != nil && a.Name.Text == p.Name.Text || a.Name == nil && i == position {
			return true
		}
	}
	return false
}

// observePart takes note of whether a part of a stage of the network is built.
func (b *builder) observePart(p *syntax.Part, s *scope, built bool) {
	if s.rules != nil {
		b.observed.Parts[p.Span] = b.observed.Parts[p.Span] || built
	}
}

// observeStrides takes note of what a part of a stage makes of the strides that it is given. It is called before and
// after the part is built, if it is.
func (b *builder) observeStrides(p *syntax.Part, s *scope, use StrideUse) {
	if s.rules == nil {
		return // within a block
	}
	for _, step := range p.Steps {
		l, ok := b.named(step.Name.Text, s).(*layer)
		if !ok {
			continue
		}
		for j, a := range step.Args {
			param := paramFor(l.block, a, j)
			if isStride(a.Value) && param != nil && param.Type.Name.Text == "stride" {
				b.observed.Strides[a.Span] = max(use, b.observed.Strides[a.Span])
			}
		}
	}
}

// isStride reports whether an expression is a stride above 1, written as a number or a list.
func isStride(e syntax.Expr) bool {
	switch e := e.(type) {
	case *syntax.Int:
		return e.Value > 1
	case *syntax.List:
		return slices.ContainsFunc(e.Items, isStride)
	}
	return false
}

// strideUse compares an image before and after a part. Where no operation has a stride above 1, the setting is not for
// making images smaller: it tells the first repeat from the others.
func strideUse(before, after value, strided bool) StrideUse {
	if !strided {
		return Applied
	}
	x, ok := before.(tensor)
	y, same := after.(tensor)
	if !ok || !same || !x.node.Shape.IsImage() || !y.node.Shape.IsImage() || !sameSize(x.node.Shape, y.node.Shape) {
		return Applied
	}
	return NoEffect
}

// sameSize reports whether two images have one height and one width. Strides make them smaller, or, of transposed
// convolutions, larger.
func sameSize(a, b ir.Shape) bool { return a[1] == b[1] && a[2] == b[2] }
