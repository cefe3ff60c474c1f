package weights

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
)

// fit is a kind of layer of the network and one of the file that can be each other.
type fit struct {
	ours, theirs int
	styles       []string
}

// maxMore bounds how many more layers a file may have to be looked into: the work grows with the product.
const maxMore = 1000

// classify gives layers that can be each other one class, and returns the file's that have one. There must be as many
// of each class on both sides. Layers left over are an error, unless those that are initialised stand for them.
func classify(network []networkLayer, file []*fileLayer, fresh int) (matched, surplus []*fileLayer, err error) {
	if len(file) > 2*len(network)+maxMore {
		return nil, nil, fmt.Errorf("no mapping can be proposed: the file has %d layers, the network %d",
			len(file), len(network))
	}
	ours, oursOf := kinds(len(network), func(i int) string { return network[i].kind() })
	theirs, theirsOf := kinds(len(file), func(j int) string { return file[j].kind() })
	var fits []fit
	for a, of := range ours {
		for b, with := range theirs {
			if styles := network[of[0]].fits(file[with[0]]); len(styles) > 0 {
				fits = append(fits, fit{a, b, styles})
			}
		}
	}
	fits = ofOneStyle(fits, theirs)
	class := make([]int, len(ours)+len(theirs)) // the least kind of a class
	for i := range class {
		class[i] = i
	}
	for changed := true; changed; {
		changed = false
		for _, f := range fits {
			a, b := &class[f.ours], &class[len(ours)+f.theirs]
			if least := min(*a, *b); *a != least || *b != least {
				*a, *b, changed = least, least, true
			}
		}
	}
	count := map[int]int{}
	for i := range network {
		count[class[oursOf[i]]]++
		network[i].class = fmt.Sprint(class[oursOf[i]])
	}
	for j, l := range file {
		count[class[len(ours)+theirsOf[j]]]--
		l.class = fmt.Sprint(class[len(ours)+theirsOf[j]])
	}
	differ := &difference{count: count}
	for i, n := range network {
		differ.network(class[oursOf[i]], n)
	}
	for j, l := range file {
		if c := class[len(ours)+theirsOf[j]]; c >= len(ours) {
			surplus = append(surplus, l)
		} else {
			matched = append(matched, l)
			differ.file(c, l)
		}
	}
	if len(surplus) > fresh || len(differ.problems) > 0 {
		for _, l := range surplus {
			differ.add("surplus: %s (%s) is like no layer of the network", stored.Quote(l.name), l.describe())
		}
		differ.hint = lacking(network, file)
		return nil, nil, differ
	}
	return matched, surplus, nil
}

// kinds numbers the distinct kinds of n layers: the layers of each, and the kind of each layer.
func kinds(n int, kind func(i int) string) (layers [][]int, of []int) {
	number := map[string]int{}
	for i := range n {
		text := kind(i)
		k, known := number[text]
		if !known {
			k = len(layers)
			number[text] = k
			layers = append(layers, nil)
		}
		layers[k] = append(layers[k], i)
		of = append(of, k)
	}
	return layers, of
}

// ofOneStyle leaves out the fits in styles that most of the file's layers cannot have: kernels of a file stand in one
// order.
func ofOneStyle(fits []fit, theirs [][]int) []fit {
	byTheirs := map[int][]string{}
	for _, f := range fits {
		byTheirs[f.theirs] = append(byTheirs[f.theirs], f.styles...)
	}
	votes := map[string]int{}
	for k, styles := range byTheirs {
		if slices.Sort(styles); len(slices.Compact(styles)) == 1 {
			votes[styles[0]] += len(theirs[k])
		}
	}
	best := func(styles ...string) (most string) {
		for _, s := range styles {
			if votes[s] > votes[most] {
				most = s
			}
		}
		return most
	}
	delete(votes, "")
	wanted := []string{best("OIHW", "HWIO", "OHWI"), best("OI", "IO")}
	good := func(f fit) bool {
		isWanted := func(s string) bool { return s == "" || slices.Contains(wanted, s) }
		return slices.ContainsFunc(f.styles, isWanted)
	}
	some := map[int]bool{}
	for _, f := range fits {
		some[f.theirs] = some[f.theirs] || good(f)
	}
	return slices.DeleteFunc(fits, func(f fit) bool { return some[f.theirs] && !good(f) })
}

// difference is the error that the layers of two sides differ.
type difference struct {
	count    map[int]int // by class: how many more the network has
	told     map[int]bool
	problems []string
	hint     string
}

// lacking says that no batch norm of the file has a scale, or a shift, where the network's have.
func lacking(network []networkLayer, file []*fileLayer) string {
	for _, part := range []struct{ field, word string }{{"weight", "scale"}, {"bias", "shift"}} {
		has := func(n networkLayer) bool {
			isField := func(p *ir.Param) bool { return p.Role.Field() == part.field }
			return isNorm(n.node) && slices.ContainsFunc(n.params, isField)
		}
		norms := 0
		for _, l := range file {
			if l.norm {
				norms++
			}
			if l.norm && l.fields[part.field] != nil {
				norms = -len(file)
			}
		}
		if norms > 0 && slices.ContainsFunc(network, has) {
			return fmt.Sprintf("The file's batch norms have no %s: say it in the network, BatchNorm(%s: false).",
				part.word, part.word)
		}
	}
	return ""
}

func (d *difference) add(format string, args ...any) {
	d.problems = append(d.problems, fmt.Sprintf(format, args...))
}

// network notes that the network has more layers of a class than the file.
func (d *difference) network(class int, n networkLayer) {
	if d.count[class] > 0 && !d.told[class] {
		d.tell(class)
		d.add("missing: the file has %d layers too few like %s, %s", d.count[class], n.node.Name, n.describe())
	}
}

// file notes the contrary.
func (d *difference) file(class int, l *fileLayer) {
	if d.count[class] < 0 && !d.told[class] {
		d.tell(class)
		d.add("surplus: the file has %d layers too many like %s (%s)",
			-d.count[class], stored.Quote(l.name), l.describe())
	}
}

func (d *difference) tell(class int) {
	if d.told == nil {
		d.told = map[int]bool{}
	}
	d.told[class] = true
}

func (d *difference) Error() string {
	shown := d.problems[:min(len(d.problems), maxListed)]
	text := "no mapping can be proposed: the file's layers are not the network's:\n  " + strings.Join(shown, "\n  ")
	if more := len(d.problems) - len(shown); more > 0 {
		text += fmt.Sprintf("\n  and %d more", more)
	}
	if d.hint != "" {
		return text + "\n" + d.hint
	}
	return text + "\nChoose the variant that the weights were trained for; what the network has not is never left out."
}
