package torch

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// tellApart gives the values that the applications of a shared layer read from outside as many names as its module has
// arguments. One tensor may be several of them in one application, and not in another:
//
//	start = self.cell(image, image)
//	next = self.cell(image, start)
//
// An argument is what is read in the same places in all applications: (image, image) is one, (image, start) the other.
// Within an application, the second argument that is the same value, and those after it, read a copy of the node that
// stands in for it.
func (t *tree) tellApart() {
	var layers []string
	uses := map[string][][]*ir.Node{} // of a layer: the nodes of each application
	at := map[string]int{}            // where an application is in these
	for _, n := range t.graph.Nodes {
		s := n.Shared
		if s.Layer == "" {
			continue
		}
		if uses[s.Layer] == nil {
			layers = append(layers, s.Layer)
		}
		i, ok := at[s.At]
		if !ok {
			i = len(uses[s.Layer])
			at[s.At], uses[s.Layer] = i, append(uses[s.Layer], nil)
		}
		uses[s.Layer][i] = append(uses[s.Layer][i], n)
	}
	for _, layer := range layers {
		t.tellApartIn(uses[layer])
	}
}

func (t *tree) tellApartIn(uses [][]*ir.Node) {
	for _, nodes := range uses {
		if !slices.EqualFunc(nodes, uses[0], func(x, y *ir.Node) bool { return x.Path() == y.Path() }) {
			return // parts of some lead to no output
		}
	}
	within := func(n, in *ir.Node) bool {
		return in.Shared.Layer == n.Shared.Layer && in.Shared.At == n.Shared.At
	}
	arguments := map[string][]*ir.Node{} // by the places of its values: what each application reads as it
	taken := make([]map[*ir.Node]bool, len(uses))
	for i := range taken {
		taken[i] = map[*ir.Node]bool{}
	}
	for k, n := range uses[0] {
		for j, in := range n.Inputs {
			if within(n, in) {
				continue
			}
			places := make([]int, len(uses))
			for i, nodes := range uses {
				places[i] = t.index[nodes[k].Inputs[j]]
			}
			key := fmt.Sprint(places)
			if arguments[key] == nil {
				for i, nodes := range uses {
					value := nodes[k].Inputs[j]
					if taken[i][value] {
						twin := *value
						t.standsIn[&twin] = value
						value = &twin
					}
					taken[i][value] = true
					arguments[key] = append(arguments[key], value)
				}
			}
			for i, nodes := range uses {
				user := nodes[k]
				if t.reads[user] == nil {
					t.reads[user] = slices.Clone(user.Inputs)
				}
				t.reads[user][j] = arguments[key][i]
			}
		}
	}
}

// applications places what computes with the weights of nodes before. It stands beside the line that it is written in,
// which may compute more: of
//
//	h = shared(H)
//	a = image -> h            h, called at a
//	b = (a -> h) + a          h, called again at b, and the unit b.add
//
// An application that the module of its layer computes is one call of that; of any other each node is by itself.
func (t *tree) applications(byPath map[string]*unit) error {
	var order []ir.Sharing // without Again
	nodes := map[ir.Sharing][]*ir.Node{}
	for _, n := range t.graph.Nodes {
		s := ir.Sharing{Layer: n.Shared.Layer, At: n.Shared.At}
		if s.Layer == "" {
			continue
		}
		if nodes[s] == nil {
			order = append(order, s)
		}
		nodes[s] = append(nodes[s], n)
	}
	for _, s := range order {
		outer := s.At[:max(0, strings.LastIndexByte(s.At, '.'))]
		for _, path := range []string{s.At, outer} {
			if u := byPath[path]; u != nil {
				u.split = true
			}
		}
	}
	calls := make([]*unit, len(order)) // all found before any is placed: a layer's module is what is its own
	for i, s := range order {
		if target := byPath[s.Layer]; target != nil && nodes[s][0].Shared.Again {
			if err := t.shape(target); err != nil {
				return err
			}
			calls[i] = t.whole(target, nodes[s])
		}
	}
	for i, s := range order {
		if u := calls[i]; u != nil {
			if err := beside(byPath, u, s.At); err != nil {
				return err
			}
			for _, n := range nodes[s] {
				t.hold(u, n)
			}
			continue
		}
		for _, n := range nodes[s] {
			if !n.Shared.Again {
				continue
			}
			if err := t.alone(byPath, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// alone places a node that computes with the weights of one before, as a call of that one's layer.
func (t *tree) alone(byPath map[string]*unit, n *ir.Node) error {
	target := byPath[n.Path()]
	if target.node.Op != n.Op {
		return fmt.Errorf("%s has the weights of %s, but is %s and not %s: PyTorch's module has one layer for both",
			n.Name, target.node.Name, ir.OpString(n.Op), ir.OpString(target.node.Op))
	}
	u := &unit{node: n, inputs: n.Inputs, outputs: []*ir.Node{n}, shaped: true}
	if isModule(n.Op) {
		u.form, u.target = again, target
	}
	if err := beside(byPath, u, n.Name); err != nil {
		return err
	}
	t.hold(u, n)
	return nil
}

// beside places a unit that has no module of its own, where the tree may have another one of its path.
func beside(byPath map[string]*unit, u *unit, path string) error {
	u.parent, u.name, u.path = byPath[""], path, path
	if dot := strings.LastIndexByte(path, '.'); dot >= 0 {
		outer, err := place(byPath, path[:dot])
		if err != nil {
			return err
		}
		u.parent, u.name = outer, path[dot+1:]
	}
	u.parent.children = append(u.parent.children, u)
	return nil
}

// whole returns the call of a layer's module that computes an application, or nil where none does: the layer returns
// several tensors or is no module, some of the nodes are the layer's own or missing, or what is used of the application
// is not what the module returns.
func (t *tree) whole(target *unit, nodes []*ir.Node) *unit {
	first := t.index[nodes[0]]
	if !target.isModule() || target.node != nil || target.count != len(nodes) {
		return nil
	}
	here := map[*ir.Node]*ir.Node{} // what stands for a value of the module
	for i, n := range nodes {
		m := t.graph.Nodes[target.first+i]
		if !n.Shared.Again || t.index[n] != first+i || n.Path() != m.Path() || n.Op != m.Op {
			return nil
		}
		reads := t.inputs(n)
		for j, in := range t.inputs(m) {
			if here[in] == nil && t.index[t.value(in)] < target.first {
				here[in] = reads[j]
			}
			if here[in] != reads[j] {
				return nil
			}
		}
		here[m] = n
	}
	u := &unit{form: again, target: target, shaped: true}
	for _, n := range nodes {
		used := t.graph.IsOutput(n)
		for _, user := range t.users[n] {
			used = used || t.live[user] && (t.index[user] < first || t.index[user] >= first+len(nodes))
		}
		if used {
			u.outputs = append(u.outputs, n)
		}
	}
	if len(u.outputs) != 1 || u.outputs[0] != here[target.outputs[0]] {
		return nil
	}
	for _, in := range target.inputs {
		u.inputs = append(u.inputs, here[in])
	}
	return u
}
