package weights

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
)

// A training checkpoint holds more than the network: optimizers, scores, a moving average, the loss's own weights.
// Which of its tensors are the network's is told by resemblance (likeness.go), first among its dictionaries, its
// states, and then among the beginnings of the names in one of them (part.go).

// parts returns what of the checkpoint may be the network, in the order in which it should be tried. Where several sets
// of weights resemble the network about as much, rivals is the error to give if none of the parts fits.
func parts(c *stored.Checkpoint, name string, g *ir.Graph) (found []part, rivals, err error) {
	l := likenessTo(g)
	if name != "" {
		state, prefix, err := namedState(c, name, l)
		if err != nil {
			return nil, nil, err
		}
		root, err := wholeState(state)
		if err != nil {
			return nil, nil, err
		}
		if prefix != "" {
			root = root.under(prefix)
			root.passed, root.outside = namesOf(root.outside), nil
		}
		found, rivals := root.descend(l)
		return unparalleled(found), rivals, nil
	}
	state, err := likeliestState(c.States, l)
	if err != nil {
		return nil, nil, err
	}
	root, err := wholeState(state)
	if err != nil {
		return nil, nil, err
	}
	found, rivals = root.descend(l)
	found = unparalleled(found)
	if p, err := wholeState(joined(c.States)); err == nil && len(c.States) > 1 {
		p.last = true
		found = append(found, p)
	}
	return found, rivals, nil
}

// unparalleled adds the parts without the word of DataParallel in their names.
func unparalleled(found []part) []part {
	for _, p := range found[:len(found):len(found)] {
		if q, ok := p.without(parallel); ok {
			q.last = true
			found = append(found, q)
		}
	}
	return found
}

// joined returns all states as one, each name with the path of its state before it: a backbone and a head may have
// dictionaries of their own, and a mapping can name the tensors of both. Optimizers are left out.
func joined(states []stored.State) stored.State {
	var all stored.State
	for _, s := range states {
		if ofOptimizer(s.Name) {
			continue
		}
		for _, t := range s.Tensors {
			if s.Name != "" {
				t.Name = s.Name + "." + t.Name
			}
			all.Tensors = append(all.Tensors, t)
		}
	}
	return all
}

// outermost is how --state names the state without a name, beside which others may stand.
const outermost = "."

// namedState returns the state that --state names. The name may go on with the beginning of the tensors' names, to
// choose among several networks in one dictionary: "state_dict.model", or "model" alone.
func namedState(c *stored.Checkpoint, name string, l likeness) (s stored.State, prefix string, err error) {
	for _, s := range c.States {
		if s.Name == name || s.Name == "" && name == outermost {
			return s, "", nil
		}
	}
	for _, s := range c.States {
		rest, ok := strings.CutPrefix(name, s.Name+".")
		if s.Name == "" {
			rest, ok = name, true
		}
		if prefix := prefixCalled(s.Tensors, rest); ok && prefix != "" {
			return s, prefix, nil
		}
	}
	if s, err := likeliestState(c.States, l); err == nil {
		if prefix := prefixCalled(s.Tensors, name); prefix != "" {
			return s, prefix, nil
		}
	}
	switch {
	case len(c.States) == 0:
		return s, "", errNoTensors
	case len(c.States) == 1 && c.States[0].Name == "":
		return s, "", fmt.Errorf("the checkpoint has no part %q: it holds one set of weights; leave --state out", name)
	}
	return s, "", fmt.Errorf("the checkpoint has no part %q; its parts with weights are %s", name, list(c.States))
}

var errNoTensors = errors.New("the checkpoint has no tensors")

// likeliestState returns the state that resembles the network most. Two that resemble it about as much are the user's
// to choose from: a network and its moving average.
func likeliestState(states []stored.State, l likeness) (stored.State, error) {
	switch len(states) {
	case 0:
		return stored.State{}, errNoTensors
	case 1:
		return states[0], nil
	}
	scores := make([]float64, len(states))
	best := 0.0
	for i, s := range states {
		scores[i], _ = l.of(s.Tensors)
		if ofOptimizer(s.Name) {
			scores[i] /= 2
		}
		best = max(best, scores[i])
	}
	var likely []stored.State
	for i, s := range states {
		if scores[i] > 0 && scores[i] >= best*rival {
			likely = append(likely, s)
		}
	}
	switch len(likely) {
	case 0:
		return stored.State{}, fmt.Errorf("the checkpoint has several sets of tensors, none of which resembles the "+
			"network: "+
			"choose one with --state: %s", list(states))
	case 1:
		return likely[0], nil
	}
	return stored.State{}, fmt.Errorf("the checkpoint has several sets of weights: choose one with --state: %s",
		list(likely))
}

// elsewhere names the states that were not read because another one is likelier, for a message: a backbone and its head
// may have dictionaries of their own.
func elsewhere(c *stored.Checkpoint, read stored.State, asked string) string {
	if asked != "" {
		return ""
	}
	others := slices.DeleteFunc(slices.Clone(c.States), func(s stored.State) bool {
		return s.Name == read.Name || ofOptimizer(s.Name) ||
			!slices.ContainsFunc(s.Tensors, func(t stored.Tensor) bool {
				return mayBeWeight(t) && len(t.Shape) > 0
			})
	})
	if len(others) == 0 {
		return ""
	}
	return fmt.Sprintf("Only %s was read; the checkpoint also has %s. A mapping can name the tensors of all: %s.",
		quoted(read.Name), list(others), stored.Quote(others[0].Name+"."+others[0].Tensors[0].Name))
}

func quoted(name string) string {
	if name == "" {
		return "the outermost dictionary"
	}
	return "its part " + stored.Show(name)
}

// ofOptimizer reports whether a state is an optimizer's by its name. Its moments may have the names and the shapes of
// the weights.
func ofOptimizer(path string) bool {
	return slices.ContainsFunc(strings.Split(strings.ToLower(path), "."), func(part string) bool {
		return strings.HasPrefix(part, "optim") || part == "opt"
	})
}

// maxList bounds the bytes of names that a message lists.
const maxList = 1000

// list names states for a message, of bounded length.
func list(states []stored.State) string {
	var names []string
	for _, s := range states {
		if s.Name == "" {
			names = append(names, outermost+" (the outermost dictionary)")
			continue
		}
		names = append(names, stored.Show(s.Name))
	}
	return shorten(strings.Join(names, ", "), maxList)
}

func shorten(text string, most int) string {
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}
