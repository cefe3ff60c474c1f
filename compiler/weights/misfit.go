package weights

import (
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
	Ignore    string // how to pass over surplus tensors, where those are all that is wrong
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
	if e.Ignore != "" {
		return text + "\n" + e.Ignore
	}
	if len(e.Others) > 0 && e.Head == "" && e.Part == "" {
		text += "\nNor do they fit by " + strings.Join(e.Others, ", ") + "."
	}
	if e.Hint != "" {
		return text + "\n" + e.Hint
	}
	if e.Part != "" {
		text += fmt.Sprintf("\nTo read the tensors of %s alone and pass over what stands beside them, give --state %s.",
			stored.Show(e.Part), stored.Show(e.Part))
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
	return text + "\nChoose the variant that the weights were trained for, or give their names with --mapping; " +
		"netc weights --suggest proposes a mapping."
}

// maxUnwanted is how many tensors the lines of a mapping pass over that a message proposes.
const maxUnwanted = 3

// ignoring says how a mapping passes over tensors.
func ignoring(m *mapping.Mapping, names []string) string {
	var lines strings.Builder
	text := "To pass over tensors that are not wanted, write lines such as these into " + m.Name + ":"
	switch shipped := slices.ContainsFunc(mapping.Shipped(),
		func(s *mapping.Mapping) bool { return s.Name == m.Name }); {
	case m.Name == mapping.Identity().Name:
		text = "To pass over tensors that are not wanted, give a file with lines such as these to --mapping:"
	case shipped:
		text = "To pass over tensors that are not wanted, give a file with lines such as these to --mapping:"
		lines.WriteString("\nuse " + m.Name)
	}
	for _, name := range names {
		lines.WriteString("\nignore " + stored.Show(name))
	}
	return text + lines.String()
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
	case p.Param.Role == ir.Tensor && layout.FitsButOnes(t.Shape, shape):
	case p.Param.Role != ir.Weight && !layout.Fits(t.Shape, shape):
		return fmt.Sprintf("misshapen: %s%s is %v in the network, but %s in the file",
			name, called, shape, stored.Brief(t.Shape))
	}
	return ""
}
