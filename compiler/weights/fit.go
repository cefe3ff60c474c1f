package weights

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/layout"
	"github.com/netc-lang/netc/compiler/mapping"
)

// maxListed is how many tensors one error lists.
const maxListed = 20

// FitError lists every tensor that does not fit the network.
type FitError struct {
	Mapping  string   // the names by which most would fit
	Others   []string // that were tried too
	Problems []string
	Head     string // the layer that alone does not fit; "" when it is not one
	Hint     string // what all the problems may come from; "" when nothing is known
}

func (e *FitError) Error() string {
	shown := e.Problems[:min(len(e.Problems), maxListed)]
	text := fmt.Sprintf("the weights do not fit the network, by %s:\n  %s", e.Mapping, strings.Join(shown, "\n  "))
	if more := len(e.Problems) - len(shown); more > 0 {
		text += fmt.Sprintf("\n  and %d more", more)
	}
	if len(e.Others) > 0 && e.Head == "" {
		text += "\nNor do they fit by " + strings.Join(e.Others, ", ") + "."
	}
	if e.Hint != "" {
		return text + "\n" + e.Hint
	}
	if e.Head != "" {
		return text + fmt.Sprintf("\nTo leave this layer out of the file and start it anew, give --reinit %s.", e.Head)
	}
	return text + "\nChoose the variant that the weights were trained for, or give their names with --mapping; netc weights --suggest proposes a mapping."
}

// fitter tries mappings.
type fitter struct {
	graph   *ir.Graph
	options Options
	params  []Bound // without tensors
	names   []string
	fresh   map[string]bool // parameters to initialise
	tensors []stored.Tensor
	found   *finder // of the tensors; made when it is needed
	prefix  string
}

// readParams lists the parameters, and which of them are not to be read.
func (f *fitter) readParams() error {
	f.fresh = map[string]bool{}
	for _, n := range f.graph.Nodes {
		for _, p := range n.Params {
			f.params = append(f.params, Bound{Param: p, node: n})
			f.names = append(f.names, p.Name)
		}
	}
	for _, part := range f.options.Reinit {
		found := false
		for _, name := range f.names {
			if name == part || strings.HasPrefix(name, part+".") {
				f.fresh[name], found = true, true
			}
		}
		if !found {
			return fmt.Errorf("--reinit %s: the network has no such parameter or layer; netc summary lists them", part)
		}
	}
	return f.checkLayouts()
}

// choose returns the binding of the one mapping that fits.
func (f *fitter) choose(candidates []*mapping.Mapping) (*Binding, error) {
	var fits []*Binding
	var nearest *FitError
	for _, m := range candidates {
		b, failure := f.try(m, len(fits) > 0)
		switch {
		case failure == nil:
			fits = append(fits, b)
		case nearest == nil || len(failure.Problems) < len(nearest.Problems):
			nearest = failure
		}
	}
	for len(fits) > 1 && fits[0].equal(fits[1]) { // two ways to say the same
		fits = slices.Delete(fits, 1, 2)
	}
	switch len(fits) {
	case 1:
		return fits[0], nil
	case 0:
		for _, m := range candidates {
			if m.Name != nearest.Mapping {
				nearest.Others = append(nearest.Others, m.Name)
			}
		}
		return nil, nearest
	}
	return nil, fmt.Errorf("the weights fit by %s and by %s, and differently: choose with --mapping", fits[0].Mapping, fits[1].Mapping)
}

// finder makes the index of the tensors once.
func (f *fitter) finder() *finder {
	if f.found == nil {
		f.found = newFinder(f.tensors)
	}
	return f.found
}

func (b *Binding) equal(other *Binding) bool {
	return slices.EqualFunc(b.Bound, other.Bound, func(x, y Bound) bool { return x.Tensor == y.Tensor })
}

// try binds by one mapping. Briefly, it gives up at the first problem: what does not fit need not be told when another mapping does.
func (f *fitter) try(m *mapping.Mapping, briefly bool) (*Binding, *FitError) {
	b := &Binding{Mapping: m, Prefix: f.prefix, options: f.options, byName: map[string]int{}}
	theirs := m.Names(f.names)
	owner := map[string]string{} // of tensors, by name
	var problems []string
	bad, missing := map[string]bool{}, map[string]bool{} // layers, parameters
	choices := f.layouts(m, theirs)
	for i, p := range f.params {
		if briefly && len(problems) > 0 {
			return nil, &FitError{Mapping: m.Name, Problems: problems}
		}
		name := p.Param.Name
		b.byName[name] = i
		called, mapped := theirs[name]
		if p.Tensor = f.finder().find(called); p.Tensor != nil {
			called = p.Tensor.Name
		}
		if mapped && owner[called] != "" {
			problems = append(problems, fmt.Sprintf("ambiguous: %s and %s are both %s", owner[called], name, stored.Quote(called)))
		}
		if mapped {
			owner[called] = name
		}
		missing[name] = p.Tensor == nil
		if f.fresh[name] {
			p.Tensor = nil
		} else if problem := misfit(p, called, mapped, choices[name]); problem != "" {
			problems = append(problems, problem)
			bad[p.node.Name] = true
		}
		p.Layout = choices[name].Layout
		b.Bound = append(b.Bound, p)
	}
	misfits := len(problems)
	surplus := f.leftOver(m, b, owner)
	if problems = append(problems, surplus...); len(problems) == 0 {
		return b, nil
	}
	failure := &FitError{Mapping: m.Name, Problems: problems}
	if misfits > 0 {
		failure.Hint = f.lacks(missing)
	}
	if len(bad) == 1 && len(problems) == misfits {
		for head := range bad {
			failure.Head = head
		}
	}
	return nil, failure
}

// leftOver notes the tensors that are passed over and returns the problems with those that nothing asks for.
func (f *fitter) leftOver(m *mapping.Mapping, b *Binding, owner map[string]string) (problems []string) {
	var neutral map[*stored.Tensor]bool
	for i := range f.tensors {
		t := &f.tensors[i]
		of := owner[t.Name]
		if of != "" && !f.fresh[of] {
			continue
		}
		if neutral == nil {
			neutral = f.neutral(m)
		}
		if of != "" || m.Ignores(t.Name) || !t.Type.Readable() || f.finder().isSlot(t) || neutral[t] {
			b.Passed = append(b.Passed, t.Name)
			continue
		}
		problems = append(problems, fmt.Sprintf("surplus: %s %s is not in the network", stored.Quote(t.Name), stored.Brief(t.Shape)))
	}
	return problems
}

// layouts chooses, by the names that the parameters have in the file, the order of dimensions of every weight that has a tensor.
func (f *fitter) layouts(m *mapping.Mapping, theirs map[string]string) map[string]layout.Choice {
	var items []layout.Item
	for _, p := range f.params {
		if p.Param.Role != ir.Weight || f.fresh[p.Param.Name] {
			continue
		}
		if t := f.finder().find(theirs[p.Param.Name]); t != nil {
			items = append(items, layout.Item{Node: p.node, Tensor: t})
		}
	}
	told := layout.Told{Default: f.options.orders(), Layer: func(name string) string {
		return cmp.Or(f.options.orderOf(name), m.OrderOf(name))
	}}
	if len(told.Default) == 0 {
		told.Default = m.Orders()
	}
	choices := map[string]layout.Choice{}
	for i, c := range layout.Choose(items, told, namesOf(f.tensors)) {
		choices[items[i].Node.Param(ir.Weight).Name] = c
	}
	return choices
}

// misfit says why a tensor cannot be a parameter's value, or "".
func misfit(p Bound, theirs string, mapped bool, choice layout.Choice) string {
	name, shape := p.Param.Name, p.Param.Shape
	called := ""
	if theirs != name {
		called = fmt.Sprintf(" (%s)", stored.Quote(theirs))
	}
	switch t := p.Tensor; {
	case !mapped:
		return fmt.Sprintf("unnamed: no rule gives a name to %s %v", name, shape)
	case t == nil:
		return fmt.Sprintf("missing: %s%s %v is not in the file", name, called, shape)
	case choice.Problem != "":
		return fmt.Sprintf("misshapen: %s%s %s", name, called, choice.Problem)
	case p.Param.Role != ir.Weight && !layout.Fits(t.Shape, shape):
		return fmt.Sprintf("misshapen: %s%s is %v in the network, but %s in the file", name, called, shape, stored.Brief(t.Shape))
	case !t.Type.Readable():
		return fmt.Sprintf("wrong type: %s%s is %s", name, called, t.Type.Refusal())
	}
	return ""
}

func sameShape(got []int64, want ir.Shape) bool {
	return slices.EqualFunc(got, want, func(a int64, b int) bool { return a == int64(b) })
}
