package eval

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// RandomTensors returns a small graph of random operations on tensors of any rank, for comparing implementations:
// shapes that fill blocks of 16 and others, axes in all orders, heads cut and joined as attention does.
func RandomTensors(seed uint64) *ir.Graph {
	r := &randomGraph{Rand: params.Random(seed, "tensors"), b: ir.NewBuilder(fmt.Sprintf("tensors%d", seed)),
		sharing: randomSharing{Rand: params.Random(seed, "tensors' sharing")}}
	sizes := make([]int, 1+r.IntN(4))
	for i, elements := 0, 1; i < len(sizes); i++ {
		sizes[i] = r.size()
		for elements*sizes[i] > mostElements {
			sizes[i] = r.size()
		}
		elements *= sizes[i]
	}
	r.add(ir.Input{Shape: ir.DimsOf(sizes...)})
	for range 3 + r.IntN(12) {
		r.growTensor()
	}
	outputs := []*ir.Node{r.nodes[len(r.nodes)-1]}
	if other := r.some(); r.IntN(3) == 0 && other != outputs[0] {
		outputs = append(outputs, other)
	}
	return r.b.Build(append(outputs, r.sharing.again(r.b, r.nodes)...)...)
}

func (r *randomGraph) size() int { return r.pick(1, 2, 3, 5, 7, 8, 16, 17, 20, 32, 48) }

func (r *randomGraph) growTensor() {
	x := r.some()
	switch r.IntN(16) {
	case 0:
		r.add(ir.Linear{Out: r.size(), Bias: r.IntN(2) == 0}, x)
	case 1:
		r.add(r.activation(), x)
	case 2, 3:
		r.add(ir.Transpose{Order: ir.DimsOf(r.Perm(len(x.Shape))...)}, x)
	case 4, 5:
		r.reshape(x)
	case 6:
		r.joinTensors(x)
	case 7, 8:
		r.multiply(x)
	case 9, 10:
		r.combineTensors(x)
	case 11:
		r.heads(x)
	default:
		r.any(x)
	}
}

// reshape splits an axis, or joins two neighbours.
func (r *randomGraph) reshape(x *ir.Node) *ir.Node {
	axis := r.IntN(len(x.Shape))
	before, n, after := x.Shape[:axis], x.Shape[axis], x.Shape[axis+1:]
	s := append([]int{}, before...)
	if len(after) > 0 && r.IntN(2) == 0 {
		s = append(append(s, n*after[0]), after[1:]...)
	} else if d := r.pick(1, 2, 3, 4, 16); n%d == 0 && len(x.Shape) < ir.MaxRank {
		s = append(append(s, n/d, d), after...)
	} else {
		return x
	}
	return r.add(ir.Reshape{Shape: ir.DimsOf(s...)}, x)
}

func (r *randomGraph) joinTensors(x *ir.Node) {
	axis := r.IntN(len(x.Shape))
	y := r.like(func(m *ir.Node) bool {
		if len(m.Shape) != len(x.Shape) {
			return false
		}
		for i := range m.Shape {
			if i != axis && m.Shape[i] != x.Shape[i] {
				return false
			}
		}
		return true
	})
	if r.IntN(2) == 0 {
		s := append([]int{}, x.Shape...)
		s[axis] = r.size()
		y = r.add(ir.Learned{Shape: ir.DimsOf(s...)}, x)
		if !y.Shape.Equal(s) { // too large
			return
		}
	}
	r.add(ir.Concat{Axis: axis}, x, y, x)
}

// multiply adds a product of matrices: with a value that fits, or with itself, transposed.
func (r *randomGraph) multiply(x *ir.Node) {
	if len(x.Shape) < 2 {
		return
	}
	if y := r.like(func(m *ir.Node) bool { return len(m.Shape) == len(x.Shape) && m != x }); y != nil &&
		r.IntN(2) == 0 {
		r.add(ir.MatMul{}, x, y) // if they fit
	}
	r.add(ir.MatMul{Transpose: true}, x, x)
}

// combineTensors computes element by element, with a value of the same shape or a learned one that is repeated.
func (r *randomGraph) combineTensors(x *ir.Node) {
	y := r.like(func(m *ir.Node) bool { return m.Shape.Equal(x.Shape) })
	if r.IntN(2) == 0 {
		s := append([]int{}, x.Shape...)
		for i := range s {
			if r.IntN(2) == 0 {
				s[i] = 1
			}
		}
		y = r.add(ir.Learned{Shape: ir.DimsOf(s...)}, x)
	}
	switch r.IntN(4) {
	case 0:
		r.add(ir.Add{}, x, y)
	case 1:
		r.add(ir.Sub{}, y, x)
	case 2:
		r.add(ir.Mul{}, x, y)
	case 3: // nothing is divided by next to nothing
		squares := r.add(ir.Mul{}, y, y)
		r.add(ir.Div{}, x, r.add(ir.Affine{Factor: 1, Offset: 1}, squares))
	}
}

// heads cuts the features of a sequence into heads, computes with each and joins them again.
func (r *randomGraph) heads(x *ir.Node) {
	if len(x.Shape) != 2 {
		return
	}
	heads, features := r.pick(1, 2, 3), r.pick(4, 16, 32)
	wide := r.add(ir.Linear{Out: 2 * heads * features, Bias: true}, x)
	if len(wide.Shape) != 2 || wide.Shape[1] != 2*heads*features {
		return
	}
	tokens := x.Shape[0]
	cut := r.add(ir.Reshape{Shape: ir.DimsOf(tokens, 2, heads, features)}, wide)
	moved := r.add(ir.Transpose{Order: ir.DimsOf(1, 2, 0, 3)}, cut)
	part := func(i int) *ir.Node {
		one := r.add(ir.Slice{From: i, To: i + 1}, moved)
		return r.add(ir.Reshape{Shape: ir.DimsOf(heads, tokens, features)}, one)
	}
	scores := r.add(ir.MatMul{Transpose: true}, r.add(ir.Affine{Factor: 0.25}, part(0)), part(1))
	mixed := r.add(ir.MatMul{}, r.add(ir.Softmax{Axis: 2}, scores), part(1))
	joined := r.add(ir.Transpose{Order: ir.DimsOf(1, 0, 2)}, mixed)
	if len(joined.Shape) == 3 {
		r.add(ir.Reshape{Shape: ir.DimsOf(tokens, heads*features)}, joined)
	}
}
