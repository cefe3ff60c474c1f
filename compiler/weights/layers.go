package weights

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/layout"
	"github.com/netc-lang/netc/compiler/names"
)

// fileLayer is the tensors of a file that belong together.
type fileLayer struct {
	name    string
	tensors []*stored.Tensor
	fields  map[string]*stored.Tensor // by what they are to the layer: weight, bias, running_mean, running_var
	norm    bool
	class   string
}

// networkLayer is a node with parameters that are to be found.
type networkLayer struct {
	node   *ir.Node
	params []*ir.Param
	after  []int // the layers that its input comes from
	class  string
}

func isNorm(n *ir.Node) bool {
	_, ok := n.Op.(ir.BatchNorm)
	return ok
}

// gather groups the tensors by layer, in the order of their first ones. Names that say nothing (onnx::Conv_650) are
// grouped by the order of the tensors: a weight and a bias, and the four vectors of a batch norm.
func gather(tensors []stored.Tensor) (layers []*fileLayer) {
	byName := map[string]*fileLayer{}
	var nameless []*stored.Tensor
	flush := func() {
		layers = append(layers, gatherNameless(nameless)...)
		nameless = nil
	}
	known := map[string]bool{}
	for _, t := range tensors {
		known[t.Name] = true
	}
	for i, place := range names.Read(namesOf(tensors)) {
		t := &tensors[i]
		if weight, slot := names.SlotOf(t.Name); !t.Type.Readable() || t.Optional || slot && known[weight] {
			continue
		}
		if place.Field == "" {
			nameless = append(nameless, t)
			continue
		}
		flush()
		l := byName[place.Layer]
		if l == nil {
			l = &fileLayer{name: place.Layer, norm: place.Norm, fields: map[string]*stored.Tensor{}}
			byName[place.Layer] = l
			layers = append(layers, l)
		}
		l.tensors = append(l.tensors, t)
		l.fields[place.Field] = t
	}
	flush()
	for _, l := range layers {
		if len(l.fields) == 1 && l.fields["weight"] != nil {
			l.norm = false // a gamma alone is a layer scale's
		}
	}
	return layers
}

// gatherNameless makes layers of tensors in a row.
func gatherNameless(tensors []*stored.Tensor) (layers []*fileLayer) {
	take := func(norm bool, fields ...string) {
		l := &fileLayer{name: tensors[0].Name, norm: norm, tensors: tensors[:len(fields)]}
		l.fields = map[string]*stored.Tensor{}
		for i, f := range fields {
			l.fields[f] = tensors[i]
		}
		layers = append(layers, l)
		tensors = tensors[len(fields):]
	}
	for len(tensors) > 0 {
		vectors := vectorsAfter(tensors)
		switch {
		case !isVector(tensors[0]) && vectors%4 == 1:
			take(false, "weight", "bias")
		case !isVector(tensors[0]) && vectors%4 == 0:
			take(false, "weight")
		case isVector(tensors[0]) && vectors >= 3:
			take(true, "weight", "bias", "running_mean", "running_var")
		default: // of which nothing is known
			take(false, "")
		}
	}
	return layers
}

func isVector(t *stored.Tensor) bool { return len(t.Shape) < 2 }

// vectorsAfter counts the vectors of one length that follow the first tensor, whose length is theirs if it is one.
func vectorsAfter(tensors []*stored.Tensor) int {
	n := 1
	for n < len(tensors) && isVector(tensors[n]) {
		before := tensors[max(1, n-1)]
		if isVector(tensors[0]) {
			before = tensors[0]
		}
		if !slices.Equal(tensors[n].Shape, before.Shape) {
			break
		}
		n++
	}
	return n - 1
}

// networkLayers lists the nodes whose parameters are to be found, and counts those that are initialised.
func (f *fitter) networkLayers(g *ir.Graph) (layers []networkLayer, fresh int) {
	before := map[*ir.Node][]int{} // the layers that a value comes from
	for _, n := range g.Nodes {
		var after []int
		for _, in := range n.Inputs {
			for _, i := range before[in] {
				if !slices.Contains(after, i) {
					after = append(after, i)
				}
			}
		}
		before[n] = after
		l := networkLayer{node: n, after: after}
		if n.Shared.Again {
			continue
		}
		for _, p := range n.Params {
			if !f.fresh[p.Name] {
				l.params = append(l.params, p)
			}
		}
		switch {
		case len(l.params) > 0:
			before[n] = []int{len(layers)}
			layers = append(layers, l)
		case len(n.Params) > 0:
			fresh++
		}
	}
	return layers, fresh
}

// kind says what layers of equal shapes have in common.
func (n networkLayer) kind() string {
	text := fmt.Sprintf("%T", n.node.Op)
	if conv, ok := n.node.Op.(ir.Conv); ok {
		text += fmt.Sprint(conv.Groups)
	}
	if _, ok := n.node.Op.(ir.Linear); ok {
		text += n.node.Name // what is before it matters, too
	}
	for _, p := range n.params {
		text += fmt.Sprintf(" %s %v", p.Role.Field(), p.Shape)
	}
	return text
}

func (l *fileLayer) kind() string {
	text := fmt.Sprint(l.norm)
	for _, field := range []string{"", "weight", "bias", "running_mean", "running_var"} {
		if t := l.fields[field]; t != nil {
			text += fmt.Sprintf(" %s %s", field, stored.Brief(t.Shape))
		}
	}
	return text
}

// describe says what a layer of the network has: "weight [8, 3, 3, 3], bias [8]".
func (n networkLayer) describe() string {
	var parts []string
	for _, p := range n.params {
		parts = append(parts, fmt.Sprintf("%s %v", p.Role.Field(), p.Shape))
	}
	return strings.Join(parts, ", ")
}

func (l *fileLayer) describe() string {
	var parts []string
	for _, t := range l.tensors {
		parts = append(parts, stored.Brief(t.Shape))
	}
	return strings.Join(parts, ", ")
}

// fits returns the styles in which a layer of the file can be one of the network, "" for a batch norm; none when it
// cannot.
func (n networkLayer) fits(l *fileLayer) (styles []string) {
	if len(n.params) != len(l.fields) || isNorm(n.node) != l.norm {
		return nil
	}
	styles = []string{""}
	for _, p := range n.params {
		t := l.fields[p.Role.Field()]
		switch {
		case t == nil:
			return nil
		case p.Role == ir.Weight:
			styles = layout.Reads(n.node, t.Shape)
		case !layout.Fits(t.Shape, p.Shape):
			return nil
		}
	}
	return styles
}
