package build

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// Observed is what building one variant shows of a network's body. Over all variants it makes warnings.
type Observed struct {
	Strides map[source.Span]StrideUse // of strides above 1 that a stage is given, by their place
	Widths  map[source.Span]int       // of channels that are not fixed and no multiple of EvenWidth

	// Reached are the places, lines and operations, of which something reaches the output. Dead are operations that nothing uses:
	// of each, its places from the network's line inwards.
	Reached map[source.Span]bool
	Dead    [][]source.Span

	Given []Given // what the variant gives
}

func newObserved() *Observed {
	return &Observed{Strides: map[source.Span]StrideUse{}, Widths: map[source.Span]int{}, Reached: map[source.Span]bool{}}
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

// observeStrides takes note of what a part of a stage makes of the strides that it is given. It is called before and after the
// part is built, if it is.
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
			stride, ok := a.Value.(*syntax.Int)
			if param := paramFor(l.block, a, j); ok && stride.Value > 1 && param != nil && param.Type.Name.Text == "stride" {
				b.observed.Strides[a.Span] = max(use, b.observed.Strides[a.Span])
			}
		}
	}
}

// strideUse compares an image before and after a part.
func strideUse(before, after value) StrideUse {
	x, ok := before.(tensor)
	y, same := after.(tensor)
	if !ok || !same || !x.node.Shape.IsImage() || !y.node.Shape.IsImage() || smaller(y.node.Shape, x.node.Shape) {
		return Applied
	}
	return NoEffect
}

func smaller(a, b ir.Shape) bool { return a[1] < b[1] || a[2] < b[2] }
