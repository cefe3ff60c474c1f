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

// fitter tries mappings.
type fitter struct {
	graph   *ir.Graph
	options Options
	params  []Bound // without tensors
	names   []string
	fresh   map[string]bool // parameters to initialise
	part    part            // the tensors
	found   *finder         // of the tensors; made when it is needed
}

// readParams lists the parameters, and which of them are not to be read.
func (f *fitter) readParams() error {
	f.fresh = map[string]bool{}
	for _, layer := range f.options.Adapt {
		if problem := adaptable(f.graph, layer); problem != "" {
			return fmt.Errorf("--adapt %s: %s", layer, problem)
		}
	}
	for _, n := range f.graph.Nodes {
		if n.Shared.Again {
			continue
		}
		if slices.Contains(f.options.Adapt, n.Name) {
			n = forRGB(n)
		}
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
		case nearest == nil || failure.Count < nearest.Count:
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
	return nil, fmt.Errorf("the weights fit by %s and by %s, and differently: choose with --mapping",
		fits[0].Mapping, fits[1].Mapping)
}

// finder makes the index of the tensors once.
func (f *fitter) finder() *finder {
	if f.found == nil {
		f.found = newFinder(f.part.tensors)
	}
	return f.found
}

func (b *Binding) equal(other *Binding) bool {
	return slices.EqualFunc(b.Bound, other.Bound, func(x, y Bound) bool {
		return x.Tensor == y.Tensor && x.Layout.Order == y.Layout.Order
	})
}

// try binds by one mapping. Briefly, it gives up at the first problem: what does not fit need not be told when another
// mapping does.
func (f *fitter) try(m *mapping.Mapping, briefly bool) (*Binding, *FitError) {
	b := &Binding{Mapping: m, Prefix: f.part.prefix, options: f.options, byName: map[string]int{}}
	theirs := f.reworded(m.Names(f.names))
	owner := map[string]string{} // of tensors, by name
	failure := &FitError{Mapping: m.Name}
	f.beside(m, b, failure)
	beside := failure.Count
	bad, missing := map[string]bool{}, map[string]bool{} // layers, parameters
	choices := f.layouts(m, theirs)
	for i, p := range f.params {
		if briefly && failure.Count > 0 {
			return nil, failure
		}
		name := p.Param.Name
		b.byName[name] = i
		called, mapped := theirs[name]
		if p.Tensor = f.finder().find(called); p.Tensor != nil {
			called = p.Tensor.Name
		}
		if mapped && owner[called] != "" {
			failure.add(func() string {
				return fmt.Sprintf("ambiguous: %s and %s are both %s", owner[called], name, stored.Quote(called))
			})
		}
		if mapped {
			owner[called] = name
		}
		missing[name] = p.Tensor == nil
		if f.fresh[name] {
			p.Tensor = nil
		} else if problem := misfit(p, called, mapped, choices[name]); problem != "" {
			failure.add(func() string { return problem })
			bad[p.node.Name] = true
		}
		p.Layout = choices[name].Layout
		b.Bound = append(b.Bound, p)
	}
	misfits := failure.Count
	unwanted := f.leftOver(m, b, owner, failure)
	if failure.Count == 0 {
		return b, nil
	}
	switch {
	case misfits > beside:
		failure.Hint = f.lacks(missing)
	case misfits == 0:
		failure.Ignore = ignoring(m, unwanted)
	}
	if len(bad) <= 1 && failure.Count == misfits {
		for head := range bad {
			failure.Head = head
			failure.First = adaptable(f.graph, head) == "" && len(f.options.Adapt) == 0
		}
		if beside > 0 {
			failure.Part = f.part.path()
		}
	}
	return nil, failure
}

// leftOver notes the tensors that are passed over; the others that nothing asks for are problems. It returns the names
// of the first of those.
func (f *fitter) leftOver(m *mapping.Mapping, b *Binding, owner map[string]string,
	failure *FitError) (unwanted []string) {
	var neutral map[*stored.Tensor]bool
	for i := range f.part.tensors {
		t := &f.part.tensors[i]
		of := owner[t.Name]
		if of != "" && !f.fresh[of] {
			continue
		}
		if neutral == nil {
			neutral = f.neutral(m)
		}
		if of != "" || m.Ignores(t.Name) || !t.Type.Readable() || t.Optional || f.finder().isSlot(t) || neutral[t] {
			b.Passed = append(b.Passed, t.Name)
			continue
		}
		failure.add(func() string { return surplus(*t) })
		if len(unwanted) < maxUnwanted {
			unwanted = append(unwanted, t.Name)
		}
	}
	return unwanted
}

// beside notes the tensors outside the part that are passed over; the others are problems.
func (f *fitter) beside(m *mapping.Mapping, b *Binding, failure *FitError) {
	b.Passed = append(b.Passed, f.part.passed...)
	for _, t := range f.part.outside {
		if !t.Type.Readable() || t.Optional || m.Ignores(t.Name) {
			b.Passed = append(b.Passed, t.Name)
			continue
		}
		failure.add(func() string {
			return fmt.Sprintf("%s: the other tensors are under %s", surplus(t), stored.Quote(f.part.prefix))
		})
	}
}

func surplus(t stored.Tensor) string {
	return fmt.Sprintf("surplus: %s %s is not in the network", stored.Quote(t.Name), stored.Brief(t.Shape))
}

// reworded leaves out words with which a mapping begins the names of most parameters, where no tensor has them: a
// backbone that was saved without its head lacks the word that tells it from the head.
//
//	the mapping     efficientnet.embeddings.conv   efficientnet.encoder.blocks.0   classifier
//	the tensors     embeddings.conv                encoder.blocks.0
func (f *fitter) reworded(names map[string]string) map[string]string {
	count, found := map[string]int{}, map[string]int{}
	for _, theirs := range names {
		word := firstWord(theirs)
		count[word]++
		if f.finder().find(theirs[len(word):]) != nil {
			found[word]++
		}
	}
	for word, n := range count {
		most := 2*n > len(names) && 2*found[word] > n
		if word == "" || !most || prefixCalled(f.part.tensors, strings.TrimRight(word, separators)) != "" {
			continue
		}
		shorter := make(map[string]string, len(names))
		for ours, theirs := range names {
			shorter[ours] = strings.TrimPrefix(theirs, word)
		}
		return shorter
	}
	return names
}

// layouts chooses, by the names that the parameters have in the file, the order of dimensions of every weight that has
// a tensor.
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
	if len(items) == 0 {
		return nil
	}
	choices := map[string]layout.Choice{}
	for i, c := range layout.Choose(items, told, namesOf(f.part.tensors)) {
		choices[items[i].Node.Param(ir.Weight).Name] = c
	}
	return choices
}

func sameShape(got []int64, want ir.Shape) bool {
	return slices.EqualFunc(got, want, func(a int64, b int) bool { return a == int64(b) })
}
