package weights

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
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
	return nil
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
	for i, p := range f.params {
		if briefly && len(problems) > 0 {
			return nil, &FitError{Mapping: m.Name, Problems: problems}
		}
		name := p.Param.Name
		b.byName[name] = i
		theirs, mapped := names[name]
		tensor := byName[theirs]
		if mapped && owner[theirs] != "" {
			problems = append(problems, fmt.Sprintf("ambiguous: %s and %s are both %s", owner[theirs], name, stored.Quote(theirs)))
		}
		if mapped {
			owner[theirs] = name
		}
		if f.fresh[name] {
			tensor = nil
		} else if problem := misfit(p.Param, theirs, mapped, tensor); problem != "" {
			problems = append(problems, problem)
			bad[p.node.Name] = true
		}
		p.Tensor = tensor
		b.Bound = append(b.Bound, p)
	}
	misfits := len(problems)
	for _, t := range f.tensors {
		switch {
		case owner[t.Name] != "" && f.fresh[owner[t.Name]], m.Ignores(t.Name), owner[t.Name] == "" && !t.Type.Readable():
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

// misfit says why a tensor cannot be a parameter's value, or "".
func misfit(p *ir.Param, theirs string, mapped bool, t *stored.Tensor) string {
	called := ""
	if theirs != p.Name {
		called = fmt.Sprintf(" (%s)", stored.Quote(theirs))
	}
	switch {
	case !mapped:
		return fmt.Sprintf("unnamed: no rule gives a name to %s %v", p.Name, p.Shape)
	case t == nil:
		return fmt.Sprintf("missing: %s%s %v is not in the file", p.Name, called, p.Shape)
	case !fitsShape(t.Shape, p.Shape):
		return fmt.Sprintf("misshapen: %s%s is %v in the network, but %s in the file", p.Name, called, p.Shape, stored.Brief(t.Shape))
	case !t.Type.Readable():
		return fmt.Sprintf("wrong type: %s%s is %s; F32, F16, BF16 and F64 can be read", p.Name, called, t.Type)
	}
	return ""
}

func sameShape(got []int64, want ir.Shape) bool {
	return slices.EqualFunc(got, want, func(a int64, b int) bool { return a == int64(b) })
}

// fitsShape reports whether the shapes are equal but for dimensions of 1 at the end: [1280, 960] and [1280, 960, 1, 1] have the same
// elements in the same order.
func fitsShape(got []int64, want ir.Shape) bool {
	for len(got) > 0 && got[len(got)-1] == 1 {
		got = got[:len(got)-1]
	}
	for len(want) > 0 && want[len(want)-1] == 1 {
		want = want[:len(want)-1]
	}
	return sameShape(got, want)
}
