package torch

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// What people change of a network when they make its module: the arguments of its class, by the names that timm's
// networks have for them.
const (
	numClasses   = "num_classes"
	dropoutRate  = "drop_rate"
	dropPathRate = "drop_path_rate"
)

// pythonSetting is one such argument with its default.
type pythonSetting struct{ name, value string }

// check writes the statements that refuse what the language refuses.
func (s pythonSetting) check() string {
	right, must := "0 <= "+s.name+" < 1", "at least 0 and below 1"
	if s.name == numClasses {
		right, must = s.name+" >= 1", "at least 1"
	}
	return "        if not " + right + ":\n            raise ValueError(f\"" + s.name + " is {" + s.name +
		"}, but must be " + must + "\")\n"
}

// settings are those of one network.
type settings struct {
	list        []pythonSetting
	classifiers map[*ir.Node]bool
}

// settingsOf finds what can be changed of a network: the number of classes, where it is one, and the rates of dropout
// and of stochastic depth, where all layers have the same.
func settingsOf(g *ir.Graph) settings {
	s := settings{classifiers: classifiers(g)}
	for n := range s.classifiers {
		s.list = append(s.list, pythonSetting{numClasses, number(n.Op.(ir.Linear).Out)})
		break // they are all alike
	}
	rates, paths := map[float64]bool{}, map[float64]bool{}
	for _, n := range g.Nodes {
		switch op := n.Op.(type) {
		case ir.Dropout:
			rates[op.Rate] = true
		case ir.DropPath:
			paths[op.Rate] = true
		}
	}
	add := func(name string, found map[float64]bool) {
		for rate := range found {
			if len(found) == 1 {
				s.list = append(s.list, pythonSetting{name, float(rate)})
			}
		}
	}
	add(dropoutRate, rates)
	add(dropPathRate, paths)
	return s
}

// classifiers returns the linear layers whose outputs are the classes: what the network returns depends on them, and
// nothing between looks at how many they are. It returns none where they are not all of one size.
func classifiers(g *ir.Graph) map[*ir.Node]bool {
	ends := map[*ir.Node]bool{} // an output, or only elementwise operations lie between it and outputs
	users := g.Users()
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		n := g.Nodes[i]
		ends[n] = len(n.Shape) == 1 && (g.IsOutput(n) || len(users[n]) > 0)
		for _, user := range users[n] {
			ends[n] = ends[n] && ends[user] && isElementwise(user)
		}
	}
	found, out := map[*ir.Node]bool{}, 0
	for _, n := range g.Nodes {
		op, ok := n.Op.(ir.Linear)
		if !ok || !ends[n] {
			continue
		}
		if out > 0 && op.Out != out {
			return nil
		}
		found[n], out = true, op.Out
	}
	return found
}

// isElementwise reports whether a node computes each element of a vector by itself, or looks at all of them alike, and
// has nothing that is trained.
func isElementwise(n *ir.Node) bool {
	_, alike := n.Op.(ir.Softmax)
	for _, in := range n.Inputs {
		if !in.Shape.Equal(n.Shape) {
			return false
		}
	}
	return (alike || ir.InfoOf(n.Op).Elementwise) && len(n.Params) == 0
}

// has reports whether the network's class has an argument.
func (s settings) has(name string) bool {
	for _, setting := range s.list {
		if setting.name == name {
			return true
		}
	}
	return false
}

// out writes how many features a linear layer puts out.
func (s settings) out(n *ir.Node, op ir.Linear) piece {
	if s.classifiers[n] {
		return value(", ", classes, numClasses)
	}
	return value(", ", channels, number(op.Out))
}

// dropout writes the rate of a dropout.
func (s settings) dropout(op ir.Dropout) piece {
	if s.has(dropoutRate) {
		return value("", dropRate, dropoutRate)
	}
	return value("", rate, float(op.Rate))
}

// path writes the probability of a DropPath.
func (s settings) path(op ir.DropPath) piece {
	all := float(op.Rate)
	if s.has(dropPathRate) {
		all = dropPathRate
	}
	return value("", pathRate, fmt.Sprintf("%s * %d / %d", all, op.Block, op.Blocks))
}

// isSetting reports whether a value speaks of an argument of the network's class. It reaches a class within through an
// argument of that.
func isSetting(k kind, value string) bool {
	return k == classes || k == dropRate || k == pathRate && strings.HasPrefix(value, dropPathRate)
}

// doc says what the arguments are.
func (s settings) doc() string {
	if len(s.list) == 0 {
		return ""
	}
	what := map[string]string{
		numClasses:   "how many values it returns of an image",
		dropoutRate:  "the rate of its dropout",
		dropPathRate: "the rate of its stochastic depth; the i-th of N blocks, counted from 0, has i / N of it",
	}
	var b strings.Builder
	b.WriteString("\n\n")
	for _, setting := range s.list {
		b.WriteString("    " + setting.name + ": " + what[setting.name] + "\n")
	}
	return b.String() + "    "
}
