// Package arithmetic knows what a network computes beyond the names and the shapes of its parameters: the epsilon of
// its batch norms, how its convolutions pad, which activation functions it applies. Two networks that differ in
// nothing else take the same checkpoint, and one of them gives wrong results.
//
// A statement (Arithmetic) says what a project's networks have. Differs holds a graph against it, Apply makes the
// graph that has it.
package arithmetic

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// Padding is a rule by which a convolution pads its image, as the language calls it.
type Padding string

// The rules. They agree on what has no stride, and on odd images: of a 3×3 convolution of stride 2,
//
//	            image of 4          image of 5
//	symmetric   0 1 2 3 4 0 → 2     0 1 2 3 4 5 0 → 3     one row before, one after
//	same          1 2 3 4 0 → 2     0 1 2 3 4 5 0 → 3     TensorFlow: what is needed, the odd row after
const (
	Symmetric Padding = "symmetric"
	Same      Padding = "same"
)

// Paddings lists the rules.
func Paddings() []Padding { return []Padding{Symmetric, Same} }

// Arithmetic is what is known of a network's arithmetic. A zero field says nothing.
type Arithmetic struct {
	Epsilon    float64     // of every norm
	Padding    Padding     // of every convolution
	Activation ir.Function // one that the network applies
}

// String lists what is known: "epsilon 0.001, padding same".
func (a Arithmetic) String() string {
	var parts []string
	if a.Epsilon != 0 {
		parts = append(parts, "epsilon "+number(a.Epsilon))
	}
	if a.Padding != "" {
		parts = append(parts, "padding "+string(a.Padding))
	}
	if a.Activation != "" {
		parts = append(parts, "activation "+string(a.Activation))
	}
	return strings.Join(parts, ", ")
}

// Flags returns the flags that give a network of the examples this arithmetic. Activations are no setting of theirs.
func (a Arithmetic) Flags() string {
	var flags []string
	if a.Epsilon != 0 {
		flags = append(flags, "--set epsilon="+number(a.Epsilon))
	}
	if a.Padding != "" {
		flags = append(flags, "--set padding="+string(a.Padding))
	}
	return strings.Join(flags, " ")
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// Differs returns the part of the statement that the graph does not have, and what the graph has in its place, both
// zero when it has all of it. A graph without norms has every epsilon.
func (a Arithmetic) Differs(g *ir.Graph) (want Arithmetic, got []string) {
	if epsilons := Epsilons(g); a.Epsilon != 0 && slices.ContainsFunc(epsilons,
		func(e float64) bool { return e != a.Epsilon }) {
		want.Epsilon = a.Epsilon
		words := make([]string, len(epsilons))
		for i, e := range epsilons {
			words[i] = number(e)
		}
		got = append(got, "epsilon "+strings.Join(words, " and "))
	}
	if a.Padding != "" && !Pads(g, a.Padding) {
		want.Padding = a.Padding
		got = append(got, "padding "+paddingOf(g))
	}
	if functions := Functions(g); a.Activation != "" && !slices.Contains(functions, a.Activation) {
		want.Activation = a.Activation
		got = append(got, fmt.Sprintf("activations %v", functions))
	}
	return want, got
}

// paddingOf names the rule of a graph's convolutions.
func paddingOf(g *ir.Graph) string {
	for _, rule := range Paddings() {
		if Pads(g, rule) {
			return string(rule)
		}
	}
	return "of its own"
}

// Epsilons returns the different epsilons of a graph's norms in the order in which they occur.
func Epsilons(g *ir.Graph) []float64 {
	var all []float64
	add := func(epsilon float64) {
		if !slices.Contains(all, epsilon) {
			all = append(all, epsilon)
		}
	}
	for _, n := range g.Nodes {
		switch norm := n.Op.(type) {
		case ir.BatchNorm:
			add(norm.Epsilon)
		case ir.LayerNorm:
			add(norm.Epsilon)
		}
	}
	return all
}

// Functions returns the different activation functions of a graph in the order in which they occur.
func Functions(g *ir.Graph) []ir.Function {
	var all []ir.Function
	for _, n := range g.Nodes {
		if a, ok := n.Op.(ir.Activation); ok && !slices.Contains(all, a.Function) {
			all = append(all, a.Function)
		}
	}
	return all
}

// Pads reports whether every convolution of a graph pads by a rule.
func Pads(g *ir.Graph, rule Padding) bool {
	for _, n := range g.Nodes {
		if conv, ok := n.Op.(ir.Conv); ok && conv.Pad != rule.Of(conv.Window(), n.Inputs[0].Shape) {
			return false
		}
	}
	return true
}

// Of returns what the rule adds around an image.
func (p Padding) Of(w ir.Window, in ir.Shape) ir.Padding {
	reach := w.Reach()
	side := func(size, reach, stride int) (before, after int) {
		if p == Symmetric {
			n := (stride - 1 + reach - 1) / 2
			return n, n
		}
		total := max((size+stride-1)/stride*stride-stride+reach-size, 0)
		return total / 2, total - total/2
	}
	top, bottom := side(in[1], reach.Height, w.Stride.Height)
	left, right := side(in[2], reach.Width, w.Stride.Width)
	return ir.Padding{Top: top, Left: left, Bottom: bottom, Right: right}
}

// Could reports whether the rule may pad a convolution so, of an image of some size: a file written for one size says
// nothing of others.
func (p Padding) Could(w ir.Window, pad ir.Padding) bool {
	reach := w.Reach()
	for height := range w.Stride.Height {
		for width := range w.Stride.Width {
			// Beyond the kernel the rule depends on the remainder of the size by the stride alone.
			in := ir.Shape{1, w.Stride.Height*reach.Height + height, w.Stride.Width*reach.Width + width}
			if p.Of(w, in) == pad {
				return true
			}
		}
	}
	return false
}

// Apply returns the graph with another epsilon and padding, where the statement has them. Convolutions that pad by
// neither rule keep their padding. It reports false when an output's shape would change.
func (a Arithmetic) Apply(g *ir.Graph) (*ir.Graph, bool) {
	return Rewrite(g, func(n *ir.Node) ir.Op {
		switch op := n.Op.(type) {
		case ir.BatchNorm:
			if a.Epsilon != 0 {
				op.Epsilon = a.Epsilon
			}
			return op
		case ir.LayerNorm:
			if a.Epsilon != 0 {
				op.Epsilon = a.Epsilon
			}
			return op
		case ir.Conv:
			in, w := n.Inputs[0].Shape, op.Window()
			if a.Padding != "" && (op.Pad == Symmetric.Of(w, in) || op.Pad == Same.Of(w, in)) {
				op.Pad = a.Padding.Of(w, in)
			}
			return op
		}
		return n.Op
	})
}

// Rewrite returns the graph with other operations in place of its own, under the same names. It reports false when
// the shape of a parameter or of an output would change.
func Rewrite(g *ir.Graph, change func(n *ir.Node) ir.Op) (*ir.Graph, bool) {
	b := ir.NewBuilder(g.Name)
	made := make(map[*ir.Node]*ir.Node, len(g.Nodes))
	for _, n := range g.Nodes {
		inputs := make([]*ir.Node, len(n.Inputs))
		for i, in := range n.Inputs {
			inputs[i] = made[in]
		}
		twin, err := b.AddShared(n.Name, n.Shared, change(n), n.Origin, inputs...)
		if err != nil || !slices.EqualFunc(twin.Params, n.Params, func(a,
			b *ir.Param) bool {
			return a.Shape.Equal(b.Shape)
		}) {
			return nil, false
		}
		made[n] = twin
	}
	for _, o := range g.Outputs {
		if !made[o.Node].Shape.Equal(o.Node.Shape) {
			return nil, false
		}
	}
	return b.BuildNamed(ir.Moved(g.Outputs, made)), true
}
