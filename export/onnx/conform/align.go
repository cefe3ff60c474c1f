package conform

import (
	"fmt"
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/export/onnx/verify"
)

// alignment says which value of the model stands for which node of the source.
type alignment struct {
	of   map[*ir.Node]string // the name of the model's value
	node map[string]*ir.Node
	head head
	ours bool // netc has written the model, so that names are sure to mean what they say
}

// align matches names, and makes sure, before anything is evaluated, that shapes and work are those of the source.
func align(m *verify.Model, report *verify.Report, g *ir.Graph, input *Input) (*alignment, error) {
	a := &alignment{of: map[*ir.Node]string{}, node: map[string]*ir.Node{}, ours: m.Producer == "netc"}
	if _, err := input.of(g); err != nil {
		return nil, err
	}
	a.head = headOf(m, g)
	if err := a.outputs(m, report, g, input); err != nil {
		return nil, err
	}
	computed := map[string]bool{}
	for _, n := range m.Graph.Nodes {
		for _, out := range n.Outputs {
			computed[out] = true
		}
	}
	for _, n := range g.Operations() {
		name := n.Name
		if a.node[name] != nil { // an output that is another has it
			name = resultOf(m, n.Name)
		}
		if _, known := a.of[n]; !known && computed[name] && a.node[name] == nil {
			a.add(n, name)
		}
	}
	a.folded(g)
	for _, n := range g.Operations() {
		name, ok := a.of[n]
		if got := report.Shapes[name]; ok && !slices.Equal(got, batched(input.Batch, n.Shape)) {
			return nil, &Difference{
				n.Name,
				fmt.Sprintf("has the shape %v in the model, but %v in the source", got,
					batched(input.Batch, n.Shape)),
			}
		}
	}
	return a, a.affordable(report, g, input)
}

// resultOf returns the name of what the model's first node of a name computes, "" without one.
func resultOf(m *verify.Model, node string) string {
	for _, n := range m.Graph.Nodes {
		if n.Name == node && len(n.Outputs) > 0 {
			return n.Outputs[0]
		}
	}
	return ""
}

func (a *alignment) add(n *ir.Node, name string) { a.of[n], a.node[name] = name, n }

func (a *alignment) remove(n *ir.Node) {
	delete(a.node, a.of[n])
	delete(a.of, n)
}

// batched returns the shape of a value of several images.
func batched(batch int, s ir.Shape) []int64 {
	dims := []int64{int64(batch)}
	for _, d := range s {
		dims = append(dims, int64(d))
	}
	return dims
}

// outputs matches outputs by their order: features have names of their own.
func (a *alignment) outputs(m *verify.Model, report *verify.Report, g *ir.Graph, input *Input) error {
	if a.head.stands() {
		if len(g.Outputs) != 1 || len(g.Output().Shape) != 1 {
			return verify.Uncovered(
				"softmax or top-k of a network that has other outputs than one vector cannot be compared",
			)
		}
		return nil
	}
	if len(m.Graph.Outputs) != len(g.Outputs) {
		return fmt.Errorf("the model has %d outputs, the source %d", len(m.Graph.Outputs), len(g.Outputs))
	}
	for i, o := range g.Outputs {
		name, n := m.Graph.Outputs[i].Name, o.Node
		if got, want := report.Shapes[name], batched(input.Batch, n.Shape); !slices.Equal(got, want) {
			return fmt.Errorf("the output %s has the shape %v, but %v in the source", name, got, want)
		}
		if _, twice := a.of[n]; !twice && a.node[name] == nil {
			a.add(n, name)
		}
	}
	return nil
}

// folded moves names to where batch norm was folded: the exporter's Conv keeps its name, but its value is what the
// batch norm behind it had. For a batch norm behind a Concat, that holds for the Concat, and what it joins has values
// that the source has nowhere.
func (a *alignment) folded(g *ir.Graph) {
	users := g.Users()
	for _, n := range g.Nodes {
		if _, isNorm := n.Op.(ir.BatchNorm); !isNorm || a.of[n] != "" {
			continue
		}
		before := n.Inputs[0]
		name, known := a.of[before]
		if !known || readers(before, users[before]) != 1 || g.IsOutput(before) {
			continue
		}
		switch before.Op.(type) {
		case ir.Concat:
			a.forget(before)
		case ir.Conv:
			a.remove(before)
		default:
			continue
		}
		a.add(n, name)
	}
}

// readers counts the users of a node's values. A Resize that has its size from the node reads none of them.
func readers(n *ir.Node, users []*ir.Node) (count int) {
	for _, u := range users {
		if _, resizes := u.Op.(ir.Resize); !resizes || u.Inputs[0] == n {
			count++
		}
	}
	return count
}

// forget removes a Concat and all that it joins.
func (a *alignment) forget(n *ir.Node) {
	a.remove(n)
	for _, in := range n.Inputs {
		if _, joins := in.Op.(ir.Concat); joins {
			a.forget(in)
			continue
		}
		a.remove(in) // a convolution, or its own batch norm
	}
}

// affordable refuses models that compute far more than their source does.
func (a *alignment) affordable(report *verify.Report, g *ir.Graph, input *Input) error {
	const most, always = 8, 1e8 // times the source's work; and work that takes no second
	work := 0.0
	for _, n := range g.Nodes {
		work += float64(n.MACs()) + float64(n.Shape.Elements())
	}
	work *= float64(input.Batch)
	if report.Work > most*work+always {
		return verify.Uncovered("the model computes %.0f times as much as the source: it is not evaluated",
			report.Work/work)
	}
	return nil
}
