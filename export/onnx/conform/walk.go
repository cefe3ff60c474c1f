package conform

import (
	"fmt"
	"math"
	"slices"

	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/floats"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/export/onnx/verify"
)

// walk evaluates the source next to the model. The model tells its values one by one (visit); the source follows as
// far as the values that it needs have come.
type walk struct {
	*alignment
	model  *verify.Model
	source Source
	input  *Input
	result Result

	next    int                     // node of the source that is evaluated next
	arrived map[string]verify.Array // values of the model that have a node, until that node is evaluated
	values  map[*ir.Node]*value     // of the source's nodes, until nobody needs them
	readers map[*ir.Node]int        // still to come
	scores  verify.Array            // with a head: the model's value of the network's output
}

// value is what a node of the source has, image by image. It is the model's where that agrees: an anchor. Else it was
// computed from the node's inputs, which are kept as long as it is, for the bound of what comes after it.
type value struct {
	images [][]float32
	anchor bool
	depth  int         // operations since the anchors before it
	cause  *Difference // the step before it, or itself, from which on the model differs
}

func newWalk(m *verify.Model, source Source, names *alignment, input *Input) *walk {
	w := &walk{alignment: names, model: m, source: source, input: input, next: len(source.Graph.Inputs),
		arrived: map[string]verify.Array{}, values: map[*ir.Node]*value{}, readers: map[*ir.Node]int{}}
	for n, users := range source.Graph.Users() {
		w.readers[n] = len(users)
	}
	tensors, err := input.of(source.Graph)
	if err != nil {
		panic(fmt.Sprintf("conform: %v", err)) // align has looked
	}
	for i, t := range tensors {
		given := &value{anchor: true}
		size := len(t.Values) / input.Batch
		for at := 0; at < len(t.Values); at += size {
			given.images = append(given.images, t.Values[at:at+size])
		}
		w.values[source.Graph.Inputs[i]] = given
	}
	return w
}

// visit takes a value of the model.
func (w *walk) visit(name string, v verify.Array) error {
	if w.node[name] == nil {
		return nil
	}
	w.arrived[name] = v
	if w.head.stands() && w.node[name] == w.source.Graph.Output() {
		w.scores = v
	}
	for w.next < len(w.source.Graph.Nodes) {
		n := w.source.Graph.Nodes[w.next]
		theirs, known := w.of[n]
		if _, has := w.arrived[theirs]; known && !has {
			return nil
		}
		if err := w.step(n); err != nil {
			return err
		}
		w.next++
	}
	return nil
}

// finish makes sure that the source was followed to its end.
func (w *walk) finish() error {
	for _, o := range w.source.Graph.Outputs {
		if w.values[o.Node] == nil {
			return verify.Uncovered(
				"the model's values come in an order that the source's do not fit: %s was not compared", o.Name)
		}
	}
	for _, o := range w.source.Graph.Outputs {
		_, isInput := o.Node.Op.(ir.Input)
		if _, compared := w.of[o.Node]; !compared && !w.head.stands() && !isInput {
			return verify.Uncovered("no value of the model stands for the output %s of the source", o.Name)
		}
	}
	return nil
}

// step evaluates one node of the source on the model's values, and compares.
func (w *walk) step(n *ir.Node) error {
	v := &value{depth: 1}
	for _, in := range n.Inputs {
		if before := w.values[in]; !before.anchor {
			v.depth += before.depth
			if v.cause == nil {
				v.cause = before.cause
			}
		}
	}
	for b := range w.input.Batch {
		var in [][]float32
		for _, i := range n.Inputs {
			in = append(in, w.values[i].images[b])
		}
		v.images = append(v.images, eval.Node(n, w.source.Set, in))
	}
	w.values[n] = v
	name, compared := w.of[n]
	if compared {
		got := w.arrived[name]
		delete(w.arrived, name)
		if err := w.compare(n, v, got); err != nil {
			return err
		}
	}
	if v.anchor {
		for _, in := range n.Inputs {
			w.release(in)
		}
	}
	if w.readers[n] == 0 && !w.source.Graph.IsOutput(n) {
		w.readers[n]++
		w.release(n)
	}
	return nil
}

// release says that one reader of a value needs it no longer.
func (w *walk) release(n *ir.Node) {
	w.readers[n]--
	v := w.values[n]
	if w.readers[n] > 0 || v == nil || w.source.Graph.IsOutput(n) {
		return
	}
	delete(w.values, n)
	if !v.anchor {
		for _, in := range n.Inputs {
			w.release(in)
		}
	}
}

// tolerances are how far a step may differ without further thought, relative to its largest value, by the type that
// it is computed in. Rounding moves most steps by far less.
var tolerances = map[verify.ElementType]float64{
	verify.Float64:  1e-5,
	verify.Float32:  1e-5,
	verify.Float16:  1e-2,
	verify.BFloat16: 8e-2,
}

// compare holds the model's value of a node against the source's. Where they agree, the model's is what the next
// steps see.
func (w *walk) compare(n *ir.Node, v *value, got verify.Array) error {
	kind := computedIn(w.model, got.Type)
	size := n.Shape.Elements()
	d := spread{}
	for b, want := range v.images {
		d.add(got.Floats[b*size:(b+1)*size], want)
	}
	if d.within(tolerances[kind]) ||
		d.finite && v.cause == nil && v.depth <= maxBoundDepth && w.explained(n, v, got, kind) {
		v.anchor, v.cause = true, nil
		for b := range v.images {
			v.images[b] = floats.Narrow(got.Floats[b*size : (b+1)*size])
		}
		w.result.Steps++
		if r := d.relative(); r > w.result.Worst {
			w.result.Worst, w.result.At = r, n.Name
		}
		return nil
	}
	message, vanishes := w.explain(n, d, kind)
	// What vanishes in 16 bits may not matter: the sigmoid of 1e-9 is that of 0. Whether it does, shows further on.
	fatal := w.ours && !vanishes && v.cause == nil
	if v.cause == nil {
		v.cause = &Difference{n.Name, message}
	}
	switch isOutput := w.source.Graph.IsOutput(n); {
	case fatal || isOutput && w.ours:
		return v.cause
	case isOutput:
		return w.judge(n, v, d)
	}
	return nil
}

// computedIn returns the type that a value was computed in: that of the least exact constants, since inputs and
// outputs may be wider.
func computedIn(m *verify.Model, kind verify.ElementType) verify.ElementType {
	for i := range m.Graph.Initializers {
		if t := m.Graph.Initializers[i].Type; tolerances[t] > tolerances[kind] {
			kind = t
		}
	}
	return kind
}

// spread is how far values are from those that they should be.
type spread struct {
	largest, got float64 // absolute values of what they should be, and of what they are
	difference   float64
	broken       bool // a value is NaN or infinite that should not be
	finite       bool
}

func (s *spread) add(got []float64, want []float32) {
	s.finite = !s.broken
	for i, x := range want {
		g, w := got[i], float64(x)
		s.largest = max(s.largest, math.Abs(w))
		if same := g == w || g != g && w != w; same {
			continue
		}
		if g != g || math.IsInf(g, 0) {
			s.broken, s.finite = true, false
			continue
		}
		s.got = max(s.got, math.Abs(g))
		s.difference = max(s.difference, math.Abs(g-w))
	}
}

func (s *spread) within(tolerance float64) bool {
	return !s.broken && s.difference <= tolerance*s.largest
}

func (s *spread) relative() float64 {
	return s.difference / max(s.largest, math.SmallestNonzeroFloat64)
}

// explain says why a step differs, and whether that is because its values or weights vanish in 16 bits.
func (w *walk) explain(n *ir.Node, d spread, kind verify.ElementType) (message string, vanishes bool) {
	switch {
	case d.broken && d.largest > kind.Largest():
		return fmt.Sprintf("leaves the range of %s: its largest value is %.3g, %s ends at %.5g", kind, d.largest,
			kind, kind.Largest()), false
	case d.broken:
		return fmt.Sprintf("is NaN or infinite, where the source's largest value is %.3g", d.largest), false
	case d.largest < 1024*kind.Smallest():
		return fmt.Sprintf("vanishes in %s: its largest value is %.3g, the smallest that %s holds is %.3g", kind,
			d.largest, kind, kind.Smallest()), true
	}
	if w.weightsVanish(w.of[n]) {
		return fmt.Sprintf(
			"differs from the source by %.3g of its largest value: its weights vanish in %s, "+
				"whose smallest number is %.3g",
			d.relative(), kind, kind.Smallest()), true
	}
	return fmt.Sprintf("differs from the source by %.3g; its largest value is %.3g", d.difference, d.largest), false
}

// weightsVanish reports whether a constant of the node that computes a value is so small that 16 bits do not hold it.
func (w *walk) weightsVanish(name string) bool {
	for i := range w.model.Graph.Nodes {
		n := &w.model.Graph.Nodes[i]
		if !slices.Contains(n.Outputs, name) || len(n.Inputs) < 2 {
			continue
		}
		v, ok := w.model.Constant(n.Inputs[1])
		if !ok || v.Type == verify.Float32 {
			return false
		}
		largest := 0.0
		for _, x := range v.Floats {
			largest = max(largest, math.Abs(x))
		}
		return largest < 1024*v.Type.Smallest()
	}
	return false
}
