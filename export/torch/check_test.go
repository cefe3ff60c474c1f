package torch

import (
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
)

// TestCheck damages the trees of graphs in every place: check refuses each, with the message that fits the damage.
// Nothing else would, as long as the code that makes trees is right.
func TestCheck(t *testing.T) {
	damages := []struct {
		name   string
		want   []string // one of these
		damage func(*tree, *unit) bool
	}{
		{"lacks an input", []string{"does not have", "does more than run"}, func(_ *tree, u *unit) bool {
			if u.node != nil || !u.isModule() && u.parent != nil || len(u.inputs) == 0 {
				return false
			}
			u.inputs = u.inputs[1:]
			return true
		}},
		{"takes what nobody makes", []string{"does not have", "does more than run"}, func(t *tree, u *unit) bool {
			if u.node == nil || !t.live[u.node] || u.form == again || isInput(u.node) {
				return false
			}
			u.inputs = append([]*ir.Node{{Name: "nowhere", Op: ir.Flatten{}}}, u.inputs...)
			return true
		}},
		{"returns what it does not make", []string{"which it returns", "does more than run"},
			func(_ *tree, u *unit) bool {
				if u.node != nil || !u.isModule() || u.outputs == nil {
					return false
				}
				u.outputs = append(u.outputs, &ir.Node{Name: "nowhere", Op: ir.Flatten{}})
				return true
			}},
		{"is computed twice", []string{"twice"}, func(t *tree, u *unit) bool {
			for n, of := range t.of {
				if of == u && u.form == layer && u.parent == t.root && t.live[n] {
					t.graph.Nodes = append(t.graph.Nodes, n)
					t.root.last++
					return true
				}
			}
			return false
		}},
		{"is computed by nobody", []string{"no module computes"}, func(t *tree, u *unit) bool {
			if u.node == nil || u.parent == nil || u != t.of[t.graph.Outputs[0].Node] {
				return false
			}
			n := *u.node
			n.Name = "left out"
			t.graph.Nodes = append(t.graph.Nodes, &n)
			t.live[&n] = true
			return true
		}},
	}
	for _, d := range damages {
		damaged := 0
		for _, g := range graphs {
			whole, err := newTree(g.build())
			if err != nil {
				t.Fatal(err)
			}
			for i := range whole.units {
				damagedTree, err := newTree(g.build())
				if err != nil {
					t.Fatal(err)
				}
				u := damagedTree.units[i]
				if !d.damage(damagedTree, u) {
					continue
				}
				damaged++
				err = damagedTree.check()
				if err == nil {
					t.Errorf("%s: %q %s, and check accepts it", g.name, u.path, d.name)
					continue
				}
				fits := false
				for _, want := range d.want {
					fits = fits || strings.Contains(err.Error(), want)
				}
				if !fits {
					t.Errorf("%s: %q %s: check says %v, want %q", g.name, u.path, d.name, err, d.want)
				}
			}
		}
		if t.Logf("%s: %d", d.name, damaged); damaged == 0 {
			t.Errorf("no unit %s", d.name)
		}
	}
}

// isInput reports whether a node is an input of the network.
func isInput(n *ir.Node) bool {
	_, ok := n.Op.(ir.Input)
	return ok
}
