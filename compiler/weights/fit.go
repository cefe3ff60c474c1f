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
	Problems []string // those that are listed, the causes first
	Count    int      // of all problems
	Head     string   // the layer that alone does not fit; "" when it is not one
	First    bool     // it can be adapted to another number of channels
	Hint     string   // what all the problems may come from; "" when nothing is known
	Cause    string   // what was done to the network, if that can be told; it explains the problems
	// Elsewhere says what of the checkpoint was not read; "" where it is all.
	Elsewhere string
	Part      string // the part beside which surplus tensors stand; "" where that is not all that is wrong
}

// add counts a problem, and writes it down if it will be listed: a file may have a hundred thousand.
func (e *FitError) add(problem func() string) {
	if e.Count++; e.Count <= maxListed {
		e.Problems = append(e.Problems, problem())
	}
}

func (e *FitError) Error() string {
	text := "the weights do not fit the network, by " + e.Mapping + ":\n  " + strings.Join(e.Problems, "\n  ")
	if e.Cause != "" {
		text = e.Cause + "\n" + text
	}
	if more := e.Count - len(e.Problems); more > 0 {
		text += fmt.Sprintf("\n  and %d more", more)
	}
	if e.Cause != "" {
		return text
	}
	if e.Elsewhere != "" {
		text += "\n" + e.Elsewhere
	}
	if len(e.Others) > 0 && e.Head == "" && e.Part == "" {
		text += "\nNor do they fit by " + strings.Join(e.Others, ", ") + "."
	}
	if e.Hint != "" {
		return text + "\n" + e.Hint
	}
	if e.Part != "" {
		text += fmt.Sprintf("\nTo read the tensors of %s alone and pass over what stands beside them, give --state %s.", e.Part, e.Part)
		if e.Head == "" {
			return text
		}
	}
	if e.Head != "" {
		text += fmt.Sprintf("\nTo leave this layer out of the file and start it anew, give --reinit %s.", e.Head)
		if e.First {
			text += fmt.Sprintf(" To make its kernels of those for red, green and blue, give --adapt %s.", e.Head)
		}
		return text
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
	return nil, fmt.Errorf("the weights fit by %s and by %s, and differently: choose with --mapping", fits[0].Mapping, fits[1].Mapping)
}

// finder makes the index of the tensors once.
func (f *fitter) finder() *finder {
	if f.found == nil {
		f.found = newFinder(f.part.tensors)
	}
	return f.found
}

func (b *Binding) equal(other *Binding) bool {
	return slices.EqualFunc(b.Bound, other.Bound, func(x, y Bound) bool { return x.Tensor == y.Tensor })
}

// try binds by one mapping. Briefly, it gives up at the first problem: what does not fit need not be told when another mapping does.
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
	if f.leftOver(m, b, owner, failure); failure.Count == 0 {
		return b, nil
	}
	if misfits > beside {
		failure.Hint = f.lacks(missing)
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

// leftOver notes the tensors that are passed over; the others that nothing asks for are problems.
func (f *fitter) leftOver(m *mapping.Mapping, b *Binding, owner map[string]string, failure *FitError) {
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
	}
}

// beside notes the tensors outside the part that are passed over; the others are problems.
func (f *fitter) beside(m *mapping.Mapping, b *Binding, failure *FitError) {
	for _, t := range f.part.outside {
		if f.part.told || !t.Type.Readable() || t.Optional || m.Ignores(t.Name) {
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
	if len(items) == 0 {
		return nil
	}
	choices := map[string]layout.Choice{}
	for i, c := range layout.Choose(items, told, namesOf(f.part.tensors)) {
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
	case !t.Type.Readable():
		return fmt.Sprintf("wrong type: %s%s is %s", name, called, t.Type.Refusal())
	case choice.Problem != "":
		return fmt.Sprintf("misshapen: %s%s %s", name, called, choice.Problem)
	case p.Param.Role != ir.Weight && !layout.Fits(t.Shape, shape):
		return fmt.Sprintf("misshapen: %s%s is %v in the network, but %s in the file", name, called, shape, stored.Brief(t.Shape))
	}
	return ""
}

func sameShape(got []int64, want ir.Shape) bool {
	return slices.EqualFunc(got, want, func(a int64, b int) bool { return a == int64(b) })
}
