package torch

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/netc-lang/netc/compiler/ir"
)

// form is what a unit becomes in the file.
type form int

const (
	inline   form = iota // an expression in a forward method, no module: arithmetic of tensors, Concat and the input
	layer                // one layer
	extended             // a layer that also holds other layers: both "a" and "a.b" are nodes
	sequence             // an nn.Sequential
	classed              // an instance of a class
	holder               // a module that only holds others
	again                // a call of a module of another place, whose weights it shares
)

// unit is a place in the tree of names: a node, or everything whose name starts with a path.
type unit struct {
	name     string // last component of the path
	path     string
	parent   *unit // nil for the network
	children []*unit
	node     *ir.Node // of exactly this path, or nil
	block    string   // the language's block that this is an instance of, or ""
	form     form
	target   *unit // of a call again: the module
	height   int   // 0 for a unit without children

	first, last, count int        // of its nodes, by their place in the graph
	inputs             []*ir.Node // outside, in the order of their first use
	outputs            []*ir.Node // that are used outside
}

// isModule reports whether a unit can be called as a module.
func (u *unit) isModule() bool { return u.form == layer || u.form == sequence || u.form == classed }

// isCall reports whether a unit is one step for the unit around it, whatever lies within.
func (u *unit) isCall() bool { return u.isModule() || u.form == again }

// isWithin reports whether a unit lies in another, or is it.
func (u *unit) isWithin(outer *unit) bool {
	for ; u != nil; u = u.parent {
		if u == outer {
			return true
		}
	}
	return false
}

// tree is the tree of a graph's names.
type tree struct {
	graph *ir.Graph
	root  *unit
	units []*unit // all, a unit after its children, in the graph's order
	of    map[*ir.Node]*unit
	index map[*ir.Node]int
	users map[*ir.Node][]*ir.Node
	live  map[*ir.Node]bool // the outputs depend on it, or it is one

	reads    map[*ir.Node][]*ir.Node // what a node reads, where that is not its Inputs
	standsIn map[*ir.Node]*ir.Node   // for which value of the graph, of those in reads
}

func newTree(g *ir.Graph) (*tree, error) {
	t := &tree{graph: g, root: &unit{}, of: map[*ir.Node]*unit{}, index: map[*ir.Node]int{}, users: g.Users(),
		live: map[*ir.Node]bool{}, reads: map[*ir.Node][]*ir.Node{}, standsIn: map[*ir.Node]*ir.Node{}}
	byPath := map[string]*unit{"": t.root}
	for i, n := range g.Nodes {
		path := n.Path()
		if n.Shared.Again {
			path = n.Shared.At
		}
		u, err := place(byPath, path)
		if err != nil {
			return nil, err
		}
		if t.of[n], t.index[n] = u, i; n.Shared.Again {
			u.form, u.target = again, byPath[n.Shared.Layer]
		} else {
			u.node = n
			t.blocks(byPath, n)
		}
		for ; u != nil; u = u.parent {
			if u.count == 0 {
				u.first = i
			}
			u.last = i
			u.count++
		}
	}
	t.markLive()
	t.tellApart()
	if err := t.shape(t.root); err != nil {
		return nil, err
	}
	for _, u := range t.units {
		if u.form == again && len(u.inputs) != len(u.target.inputs) {
			return nil, fmt.Errorf("the layer %s is shared and takes %d tensors at %s, but %d at first: PyTorch's module "+
				"takes as many each time", u.target.path, len(u.inputs), u.path, len(u.target.inputs))
		}
	}
	return t, nil
}

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

// inputs returns what a node reads.
func (t *tree) inputs(n *ir.Node) []*ir.Node {
	if reads := t.reads[n]; reads != nil {
		return reads
	}
	return n.Inputs
}

// value returns the value of the graph that a node is or stands in for.
func (t *tree) value(n *ir.Node) *ir.Node {
	if value := t.standsIn[n]; value != nil {
		return value
	}
	return n
}

// blocks notes the blocks that a node lies in. The names of those in a shared layer begin with the application's path,
// where the tree has the layer's.
func (t *tree) blocks(byPath map[string]*unit, n *ir.Node) {
	for o := n.Origin; o != nil; o = o.Parent {
		path := o.Path
		if s := n.Shared; s.Layer != "" && (path == s.At || strings.HasPrefix(path, s.At+".")) {
			path = s.Layer + path[len(s.At):]
		}
		if at := byPath[path]; path != "" && o.Block != "" && at != nil && at.node == nil {
			at.block = o.Block // the outermost of several comes last
		}
	}
}

// place returns the unit of a path, made with the units around it where they do not exist.
func place(byPath map[string]*unit, path string) (*unit, error) {
	if u := byPath[path]; u != nil && path != "" {
		return u, nil
	}
	outer, name := "", path
	if dot := strings.LastIndexByte(path, '.'); dot >= 0 {
		outer, name = path[:dot], path[dot+1:]
	}
	if name == "" || !utf8.ValidString(name) || strings.HasPrefix(path, ".") {
		return nil, fmt.Errorf("the name %q cannot be the path of a PyTorch module", path)
	}
	parent, err := byPath[""], error(nil)
	if outer != "" {
		if parent, err = place(byPath, outer); err != nil {
			return nil, err
		}
	}
	u := &unit{name: name, path: path, parent: parent}
	parent.children = append(parent.children, u)
	byPath[path] = u
	return u, nil
}

func (t *tree) markLive() {
	for _, out := range t.graph.Outputs {
		t.live[out.Node] = true
	}
	for i := len(t.graph.Nodes) - 1; i >= 0; i-- {
		n := t.graph.Nodes[i]
		for _, user := range t.users[n] {
			t.live[n] = t.live[n] || t.live[user]
		}
	}
}

// shape decides the form of a unit and of all within it.
func (t *tree) shape(u *unit) error {
	for _, c := range u.children {
		if err := t.shape(c); err != nil {
			return err
		}
		u.height = max(u.height, c.height+1)
	}
	t.units = append(t.units, u)
	switch {
	case u.form == again:
		if !t.callable(u) {
			return fmt.Errorf("the layer %s is shared and returns several tensors: PyTorch's module calls one that "+
				"returns one", u.target.path)
		}
		if u.target.node != nil {
			u.inputs = t.inputs(t.graph.Nodes[u.first])
		}
	case u == t.root:
		u.height++ // alone on the last level
		u.form, u.inputs = classed, t.graph.Inputs
		for _, out := range t.graph.Outputs {
			u.outputs = append(u.outputs, out.Node)
		}
	case u.node != nil:
		return t.shapeNode(u)
	case !slices.ContainsFunc(u.children, func(c *unit) bool { return c.form != again }):
		u.form = inline // it has no module of its own
	case !t.callable(u):
		u.form = holder
	case u.block == "" && t.flows(u):
		u.form = sequence
	default:
		u.form = classed
	}
	return nil
}

func (t *tree) shapeNode(u *unit) error {
	u.inputs, u.outputs = t.inputs(u.node), []*ir.Node{u.node}
	for _, c := range u.children {
		for _, p := range u.node.Params {
			if p.Name == c.path {
				return fmt.Errorf("%q is the name of both a parameter and an operation", p.Name)
			}
		}
	}
	switch u.node.Op.(type) {
	case ir.Input, ir.Add, ir.Sub, ir.Mul, ir.Div, ir.MatMul, ir.Concat:
		u.form = inline
		if len(u.children) > 0 {
			u.form = holder
		}
	default:
		u.form = layer
		if len(u.children) > 0 {
			u.form = extended
		}
	}
	return nil
}

// callable finds what goes into and out of a unit and reports whether it can be called as a whole: its nodes stand
// together in the graph, and it has one result.
func (t *tree) callable(u *unit) bool {
	if u.count != u.last-u.first+1 || u.first < len(t.graph.Inputs) {
		return false
	}
	inside := func(n *ir.Node) bool {
		i := t.index[t.value(n)]
		return i >= u.first && i <= u.last
	}
	for _, n := range t.graph.Nodes[u.first : u.last+1] {
		if called := t.of[n]; called.target != nil && called != u && !called.target.isWithin(u) {
			return false // the module that it calls lies elsewhere
		}
	}
	seen := map[*ir.Node]bool{}
	for _, n := range t.graph.Nodes[u.first : u.last+1] {
		if !t.live[n] {
			continue
		}
		inputs := n.Inputs
		if u.form == again || n.Shared.Layer == u.path || strings.HasPrefix(u.path, n.Shared.Layer+".") {
			inputs = t.inputs(n)
		}
		for _, in := range inputs {
			if !inside(in) && !seen[in] {
				seen[in] = true
				u.inputs = append(u.inputs, in)
			}
		}
		used := t.graph.IsOutput(n)
		for _, user := range t.users[n] {
			used = used || t.live[user] && !inside(user)
		}
		if used {
			u.outputs = append(u.outputs, n)
		}
	}
	return len(u.outputs) == 1
}

// steps returns what a unit's forward method does, in order: the units directly or indirectly within it that it calls.
func (t *tree) steps(u *unit) []*unit {
	var steps []*unit
	for i := u.first; i <= u.last; i++ {
		n := t.graph.Nodes[i]
		step := t.of[n]
		for c := step.parent; c != u; c = c.parent {
			if c.isCall() {
				step = c
			}
		}
		if step.isCall() && step.node == nil {
			i = step.last // it stands together
		} else if _, isInput := n.Op.(ir.Input); isInput || !t.live[n] {
			continue
		}
		steps = append(steps, step)
	}
	return steps
}

// flows reports whether the data just passes through the unit's children, one after the other.
func (t *tree) flows(u *unit) bool {
	steps := t.steps(u)
	if len(u.inputs) != 1 || len(steps) != len(u.children) {
		return false
	}
	at := u.inputs[0]
	for i, s := range steps {
		if s != u.children[i] || !s.isModule() || len(s.inputs) != 1 || s.inputs[0] != at || isReserved(s.name) {
			return false
		}
		at = s.outputs[0]
	}
	return at == u.outputs[0]
}

// levels returns the units by height, lowest first.
func (t *tree) levels() [][]*unit {
	levels := make([][]*unit, t.root.height+1)
	for _, u := range t.units {
		levels[u.height] = append(levels[u.height], u)
	}
	return levels
}
