package weights

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/arithmetic"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
)

// Chosen is the network that the parameters are bound to, as its user chose it.
type Chosen struct {
	Family, Variant string
	Graph           *ir.Graph
	Settings        []string // that were given: what somebody has said need not be asked
}

// DoubtArithmetic says what speaks against the network's arithmetic, or leaves it open, or "". A checkpoint's names
// do not tell it, but may tell the project, of which the mapping knows what it computes with. What is merged into
// convolutions (Folded) has no epsilon any more.
func (b *Binding) DoubtArithmetic(c Chosen) string {
	stated := b.Mapping.Arithmetics(c.Family, c.Variant)
	if b.Folded {
		for i := range stated {
			stated[i].Epsilon = 0
		}
		stated = slices.Compact(stated)
	}
	switch {
	case len(stated) == 1:
		return b.contradiction(c, stated[0])
	case len(stated) > 1:
		return b.alternatives(c, stated)
	case b.Mapping.Name != mapping.Identity().Name:
		return fmt.Sprintf("%s does not say what its networks compute with: write the line \"epsilon 1e-5 padding "+
			"symmetric\", or what it is, into it, or prove it with --expect", b.Mapping)
	}
	return ""
}

// contradiction says in what the network differs from the one that the project has.
func (b *Binding) contradiction(c Chosen, stated mapping.Stated) string {
	want, got := stated.Differs(c.Graph)
	if len(got) == 0 {
		return ""
	}
	text := fmt.Sprintf("%s says that %s-%s was trained with %v, but it has %s here", b.Mapping, c.Family, c.Variant,
		want, strings.Join(got, ", "))
	if flags := want.Flags(); flags != "" {
		text += ": give " + flags
	}
	return text
}

// alternatives says that the project has several networks of these names, unless whoever chose the network has said
// which by its settings.
func (b *Binding) alternatives(c Chosen, stated []mapping.Stated) string {
	fits := 0
	said := ""
	for i, s := range stated {
		text := s.String()
		if s.As != "" {
			text = s.As + "… " + text
		}
		if want, _ := s.Differs(c.Graph); want == (arithmetic.Arithmetic{}) {
			fits++
			text += " (as here)"
		}
		if i > 0 {
			said += "; or "
		}
		said += text
	}
	if fits == len(stated) || fits > 0 && c.saidWhich(stated) {
		return ""
	}
	text := fmt.Sprintf("%s knows several networks by these names, and names do not tell which of them was trained: %s",
		b.Mapping, said)
	return text + fmt.Sprintf(".\nSay it with --as NAME, or with %s; or prove it with --expect", flagsOf(stated))
}

// flagsOf joins the flags of what may be meant.
func flagsOf(stated []mapping.Stated) string {
	var all []string
	for _, s := range stated {
		all = append(all, s.Flags())
	}
	return strings.Join(all, " or ")
}

// saidWhich reports whether every setting in which the statements differ was given.
func (c Chosen) saidWhich(stated []mapping.Stated) bool {
	first := stated[0]
	for _, s := range stated[1:] {
		if s.Epsilon != first.Epsilon && !slices.Contains(c.Settings, "epsilon") ||
			s.Padding != first.Padding && !slices.Contains(c.Settings, "padding") {
			return false
		}
	}
	return true
}
