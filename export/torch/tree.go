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
	node     *ir.Node // that it is, or nil
	block    string   // the language's block that this is an instance of, or ""
	form     form
	target   *unit // of a call again: the module
	split    bool  // it is written with a shared layer, whose nodes are none of it
	shaped   bool  // form and height are known
	height   int   // 0 for a unit without children

	first, last, count int        // of its nodes, by their place in the graph
	inputs             []*ir.Node // outside, in the order of their first use
	outputs            []*ir.Node // that are used outside
}

// isModule reports whether a unit can be called as a module.
func (u *unit) isModule() bool { return u.form == layer || u.form == sequence || u.form == classed }

// hasModule reports whether a unit is a module, or has one within.
func (u *unit) hasModule() bool { return u.form != inline && u.form != again }

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
		if t.index[n] = i; n.Shared.Again {
			continue
		}
		u, err := place(byPath, n.Path())
		if err != nil {
			return nil, err
		}
		u.node = n
		t.hold(u, n)
		t.blocks(byPath, n)
	}
	t.markLive()
	t.tellApart()
	if err := t.applications(byPath); err != nil {
		return nil, err
	}
	if err := t.shape(t.root); err != nil {
		return nil, err
	}
	t.list(t.root)
	return t, t.check()
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

// hold notes that a node is written by a unit.
func (t *tree) hold(u *unit, n *ir.Node) {
	i := t.index[n]
	t.of[n] = u
	for ; u != nil; u = u.parent {
		if u.count == 0 || i < u.first {
			u.first = i
		}
		u.last = max(u.last, i)
		u.count++
	}
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

// shape decides the form of a unit and of all within it, unless it has been before.
func (t *tree) shape(u *unit) error {
	if u.shaped {
		return nil
	}
	u.shaped = true
	for _, c := range u.children {
		if err := t.shape(c); err != nil {
			return err
		}
		u.height = max(u.height, c.height+1)
	}
	switch {
	case u == t.root:
		u.height++ // alone on the last level
		u.form, u.inputs = classed, t.graph.Inputs
		for _, out := range t.graph.Outputs {
			u.outputs = append(u.outputs, out.Node)
		}
	case u.node != nil:
		return t.shapeNode(u)
	case (u.block == "" || u.split || !t.callable(u)) && !slices.ContainsFunc(u.children, (*unit).hasModule):
		u.form = inline
	case !t.callable(u):
		u.form = holder
	case u.block == "" && t.flows(u):
		u.form = sequence
	default:
		u.form = classed
	}
	return nil
}

// list puts a unit and all within it among the tree's.
func (t *tree) list(u *unit) {
	for _, c := range u.children {
		t.list(c)
	}
	t.units = append(t.units, u)
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
	inlined, parts := !isModule(u.node.Op), slices.ContainsFunc(u.children, (*unit).hasModule)
	switch {
	case inlined && parts:
		u.form = holder
	case inlined:
		u.form = inline
	case parts:
		u.form = extended
	default:
		u.form = layer
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
		if called := t.of[n]; called.target != nil && !called.target.isWithin(u) {
			return false // the module that it calls lies elsewhere
		}
	}
	seen := map[*ir.Node]bool{}
	u.inputs, u.outputs = nil, nil
	for _, n := range t.graph.Nodes[u.first : u.last+1] {
		if !t.live[n] {
			continue
		}
		inputs := n.Inputs
		if n.Shared.Layer == u.path || strings.HasPrefix(u.path, n.Shared.Layer+".") {
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
			if c.isCall() && c.node == nil { // of a node, what lies within is computed beside it
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
