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
	byName  map[string]*stored.Tensor
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

// tensorsByName makes the index of the tensors once.
func (f *fitter) tensorsByName() map[string]*stored.Tensor {
	if f.byName == nil {
		f.byName = make(map[string]*stored.Tensor, len(f.tensors))
		for i := range f.tensors {
			f.byName[f.tensors[i].Name] = &f.tensors[i]
		}
	}
	return f.byName
}

func (b *Binding) equal(other *Binding) bool {
	return slices.EqualFunc(b.Bound, other.Bound, func(x, y Bound) bool { return x.Tensor == y.Tensor })
}

// try binds by one mapping. Briefly, it gives up at the first problem: what does not fit need not be told when another mapping does.
func (f *fitter) try(m *mapping.Mapping, briefly bool) (*Binding, *FitError) {
	byName := f.tensorsByName()
	b := &Binding{Mapping: m, Prefix: f.prefix, options: f.options, byName: map[string]int{}}
	names := m.Names(f.names)
	owner := map[string]string{}
	var problems []string
	bad := map[string]bool{} // layers
	choices := f.layouts(m, names)
	for i, p := range f.params {
		if briefly && len(problems) > 0 {
			return nil, &FitError{Mapping: m.Name, Problems: problems}
		}
		name := p.Param.Name
		b.byName[name] = i
		theirs, mapped := names[name]
		p.Tensor = byName[theirs]
		if mapped && owner[theirs] != "" {
			problems = append(problems, fmt.Sprintf("ambiguous: %s and %s are both %s", owner[theirs], name, stored.Quote(theirs)))
		}
		if mapped {
			owner[theirs] = name
		}
		if f.fresh[name] {
			p.Tensor = nil
		} else if problem := misfit(p, theirs, mapped, choices[name]); problem != "" {
			problems = append(problems, problem)
			bad[p.node.Name] = true
		}
		p.Layout = choices[name].Layout
		b.Bound = append(b.Bound, p)
	}
	misfits := len(problems)
	for _, t := range f.tensors {
		switch {
		case owner[t.Name] != "" && f.fresh[owner[t.Name]], m.Ignores(t.Name), owner[t.Name] == "" && (t.Optional || !t.Type.Readable()):
			b.Passed = append(b.Passed, t.Name)
		case owner[t.Name] == "":
			problems = append(problems, fmt.Sprintf("surplus: %s %s is not in the network", stored.Quote(t.Name), stored.Brief(t.Shape)))
		}
	}
	if len(problems) == 0 {
		return b, nil
	}
	failure := &FitError{Mapping: m.Name, Problems: problems}
	if len(bad) == 1 && len(problems) == misfits {
		for head := range bad {
			failure.Head = head
		}
	}
	return nil, failure
}

// layouts chooses, by the parameters' names, the order of dimensions of every weight that has a tensor.
func (f *fitter) layouts(m *mapping.Mapping, names map[string]string) map[string]layout.Choice {
	byName := f.tensorsByName()
	var items []layout.Item
	for _, p := range f.params {
		if t := byName[names[p.Param.Name]]; t != nil && p.Param.Role == ir.Weight && !f.fresh[p.Param.Name] {
			items = append(items, layout.Item{Node: p.node, Tensor: t})
		}
	}
	told := layout.Told{Default: f.options.orders(), Layer: func(name string) string {
		return cmp.Or(f.options.orderOf(name), m.OrderOf(name))
	}}
	if len(told.Default) == 0 {
		told.Default = m.Orders()
	}
	var theirs []string
	for _, t := range f.tensors {
		theirs = append(theirs, t.Name)
	}
	choices := map[string]layout.Choice{}
	for i, c := range layout.Choose(items, told, theirs) {
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
