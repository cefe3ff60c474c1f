// Package torch writes a graph as a PyTorch module: one Python file that a person can read, train and change.
//
// A canonical graph comes in; the text of a file that needs nothing but torch goes out. The names of the module's
// parameters, as state_dict gives them, are the graph's.
//
// The dots in the names of nodes make a tree, and the file follows it. Every inner place of the tree (a unit) takes one
// of these forms, see tree.go:
//
//   - a block of the language becomes a class; its instances share the class when they are wired alike, and what
//     differs between them becomes an argument of the constructor (class.go);
//   - what the data simply flows through becomes an nn.Sequential, written where it is used;
//   - anything else that has one result becomes a class of its own;
//   - what cannot be called as a whole only holds its layers, and the unit around it calls them.
package torch

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/export/size"
)

// Options says how a module is written. The zero value is for graphs of which nothing is known but what is in them.
type Options struct {
	// SizeBound is set for graphs that their source computed from the height or width of the image, beyond the shapes
	// that come of it: sizes of kernels, say. The graph does not show it.
	SizeBound bool

	// Source is the name of the file that the module is made from, for its docstring; "" stands for the one that
	// declares the network, which may be one that the file imports.
	Source string
}

// Write writes the module. A graph that fits no image of another size than its own becomes a module that refuses
// them: PyTorch would take some of them and compute something else. It fails when the graph is lowered (its operations
// are fused), when a name cannot be a name in PyTorch, or when w does. The same graph gives the same
// bytes.
func Write(w io.Writer, g *ir.Graph, o Options) error {
	if g.Lowered {
		return fmt.Errorf("graph %q is lowered for generated code: a PyTorch module is made from a canonical graph",
			g.Name)
	}
	t, err := newTree(g)
	if err != nil {
		return err
	}
	e := &emitter{graph: g, tree: t, uses: map[helper]bool{}, sizeBound: o.SizeBound, sourceName: o.Source}
	if _, err := size.Of(g); err != nil {
		e.sizeBound = true
	}
	_, err = io.WriteString(w, e.file(e.network()))
	return err
}

// emitter gathers what the file will hold.
type emitter struct {
	graph     *ir.Graph
	tree      *tree
	classes   []*class // in the order of the file: a class stands after those it uses
	uses      map[helper]bool
	exprs     map[*unit]expr
	sizeBound bool // the module refuses images of another size

	sourceName string        // of the file that the docstring names; "" for the one that declares the network
	norm       *ir.BatchNorm // whose settings are the default in the file; nil without batch norm

	settings       settings
	convs, linears []ir.Init // those of the network's convolutions and linear layers, each once, the commonest first
}

// network makes the classes of all units and returns that of the whole network.
func (e *emitter) network() *class {
	for _, n := range e.graph.Nodes {
		if op, ok := n.Op.(ir.BatchNorm); ok && e.norm == nil {
			e.norm = &op
		}
	}
	e.convs, e.linears = inits(e.graph)
	e.settings = settingsOf(e.graph)
	e.exprs = map[*unit]expr{}
	for _, level := range e.tree.levels() {
		e.level(level)
	}
	root := e.classes[len(e.classes)-1]
	root.forward += e.checkpointing(e.tree.root)
	root.settings, root.doc = e.settings.list, "The network."+e.settings.doc()
	e.nameClasses(root)
	return root
}

// level gives every unit of one height its expression. What lies within the units has got one before.
func (e *emitter) level(units []*unit) {
	var drafts []*draft
	for _, u := range units {
		switch u.form {
		case layer, extended:
			x := operators.Of(u.node.Op).module(e, u.node)
			if u.form == extended {
				e.use(extendedHelper)
				x = e.extended(u, x)
			}
			e.exprs[u] = x
		case sequence:
			e.exprs[u] = e.sequence(u)
		case holder:
			e.use(holderHelper)
			e.exprs[u] = e.holder(u)
		case classed:
			drafts = append(drafts, e.draft(u))
		}
	}
	e.share(drafts)
}

// file puts the parts of the file together.
func (e *emitter) file(root *class) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\"\"\"%s%s, a PyTorch module made by netc.\n\n", inDocstring(e.graph.Name), e.source())
	b.WriteString(e.takes(root.name))
	if e.sizeBound {
		b.WriteString(
			"It takes no other size: what it computes with depends on it. " +
				"For another, let netc write another module.\n",
		)
	}
	b.WriteString(e.returns())
	b.WriteString("The names in its state_dict are those netc knows the weights by.\n\"\"\"\n")
	b.WriteString(e.imports())
	b.WriteString(e.helpers())
	for _, c := range e.classes {
		b.WriteString("\n\n" + c.text(c == root && e.uses[initialise]))
	}
	return b.String()
}

// takes says what the network takes and costs.
func (e *emitter) takes(name string) string {
	params, macs := e.graph.ParamCount(), e.graph.MACs()
	var b strings.Builder
	if len(e.graph.Inputs) == 1 {
		what, each, shape := "images", "an image", e.graph.Input().Shape
		if !shape.IsImage() {
			what, each = "values", "a value"
		}
		fmt.Fprintf(&b, "%s takes %s of shape %v, %d parameters and %d multiply-accumulates %s.\n", name, what, shape,
			params, macs, each)
	} else {
		fmt.Fprintf(&b, "%s has %d parameters and takes %d multiply-accumulates for one value of each input:\n\n",
			name, params, macs)
		for _, in := range e.graph.Inputs {
			fmt.Fprintf(&b, "    %s %v\n", inDocstring(in.Name), in.Shape)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// returns says what the network returns, unless that is one value.
func (e *emitter) returns() string {
	if len(e.graph.Outputs) == 1 {
		return ""
	}
	var b strings.Builder
	b.WriteString("It returns a tuple:\n\n")
	for _, o := range e.graph.Outputs {
		fmt.Fprintf(&b, "    %s %v\n", inDocstring(o.Name), o.Node.Shape)
	}
	return b.String() + "\n"
}

// source returns " of FILE" where the graph knows the file that describes it.
func (e *emitter) source() string {
	if e.sourceName != "" {
		return " of " + inDocstring(e.sourceName)
	}
	for _, n := range e.graph.Nodes {
		for o := n.Origin; o != nil; o = o.Parent {
			if o.Parent == nil && o.Span.IsValid() {
				return " of " + inDocstring(filepath.Base(o.Span.File.Name()))
			}
		}
	}
	return ""
}
