// Package align pairs the layers of a network with those of a file whose names differ.
//
// Layers come in with a class each: those of one class have the same shapes, and could be each other. A pairing goes
// out (Pair), which leaves open what nothing decides. In turn, these decide:
//
//   - The whole order: both list layers of the same classes in the same order, as implementations of one network do.
//   - Blocks: parts of names with numbers, blocks.3.1 and stage4.1, hold the same classes, and follow each other in the
//     same order. It does not matter in which order the layers of a block stand.
//
// - Within a block: what is alone in its class; words that mean something (downsample is the shortcut); the convolution
// that a batch norm is named after (bn_Conv1 is Conv1's); numbers (conv1, conv2), where one layer comes after the
// other.
package align

import (
	"slices"

	"github.com/netc-lang/netc/compiler/names"
)

// Layer is a layer with weights.
type Layer struct {
	Name  string
	Class string
	Norm  bool
	After []int // of the network: the layers that its input comes from, through operations without weights
}

// Open is layers of one class of which nothing tells which is which.
type Open struct{ Network, File []int }

// Pairing says which layer of the file each of the network's is; -1 for those that are open.
type Pairing struct {
	Of   []int
	Open []Open
}

// Pair pairs the layers, of which there are as many of every class on both sides. file is in the order of the file;
// sorted says that this is the order of the names, which tells little.
func Pair(network, file []Layer, sorted bool) Pairing {
	p := &pairer{network: network, file: file, sorted: sorted, words: map[string][]string{}}
	if pairing, ok := p.bySequence(); ok {
		return pairing
	}
	best := p.together(p.everything())
	if len(best.Open) == 0 {
		return best
	}
	for _, order := range p.orders() {
		for _, ours := range []int{2, 1, 3} {
			for _, theirs := range []int{2, 1, 3} {
				pairing, ok := p.byBlocks(order, ours, theirs)
				if ok && open(pairing) < open(best) {
					best = pairing
				}
			}
		}
	}
	return best
}

// open counts the layers that are left open.
func open(p Pairing) (n int) {
	for _, o := range p.Open {
		n += len(o.Network)
	}
	return n
}

type pairer struct {
	network, file []Layer
	sorted        bool
	words         map[string][]string // of names
}

// group is layers of both sides that belong together.
type group struct {
	network, file []int
}

func (p *pairer) everything() group {
	var g group
	for i := range p.network {
		g.network, g.file = append(g.network, i), append(g.file, i)
	}
	return g
}

// orders returns the orders in which the file's blocks may follow each other: the file's own and that of the numbers
// in names.
func (p *pairer) orders() [][]int {
	natural := p.everything().file
	slices.SortStableFunc(natural, func(a, b int) int { return names.Natural(p.file[a].Name, p.file[b].Name) })
	if p.sorted {
		return [][]int{natural}
	}
	return [][]int{p.everything().file, natural}
}

// bySequence pairs by the whole order of the file, where it is not that of the names, both sides have the same
// classes in it and no name speaks against it.
func (p *pairer) bySequence() (Pairing, bool) {
	for i := range p.network {
		if p.sorted || p.network[i].Class != p.file[i].Class {
			return Pairing{}, false
		}
	}
	pairing := Pairing{Of: p.everything().file}
	return pairing, p.plausible(pairing)
}

// byBlocks pairs blocks in an order and then their layers. Blocks are named by the parts of names up to so many
// numbers.
func (p *pairer) byBlocks(order []int, ours, theirs int) (Pairing, bool) {
	all := p.everything().network
	left, leftRest := blocks(p.network, all, ours)
	right, rightRest := blocks(p.file, order, theirs)
	count := map[string]int{}
	for _, b := range left {
		count[b.classes]++
	}
	for _, b := range right {
		count[b.classes]--
	}
	paired := func(list []block, rest *[]int) (kept []block) { // what has as many counterparts as equals
		for _, b := range list {
			if count[b.classes] == 0 {
				kept = append(kept, b)
			} else {
				*rest = append(*rest, b.layers...)
			}
		}
		return kept
	}
	left, right = paired(left, &leftRest), paired(right, &rightRest)
	if len(left) == 0 || len(left) != len(right) {
		return Pairing{}, false
	}
	slices.Sort(leftRest)
	groups := []group{{network: leftRest, file: rightRest}}
	for i := range left {
		if left[i].classes != right[i].classes {
			return Pairing{}, false
		}
		groups = append(groups, group{network: left[i].layers, file: right[i].layers})
	}
	pairing := p.together(groups...)
	return pairing, p.plausible(pairing)
}

// block is the layers whose names begin in the same way.
type block struct {
	name    string
	layers  []int
	classes string // of its layers, in the order of their names
}

// blocks returns the blocks in the order of their first layers, and the layers that lie in none.
func blocks(layers []Layer, order []int, numbers int) (all []block, rest []int) {
	at := map[string]int{}
	for _, i := range order {
		name := prefix(layers[i].Name, numbers)
		if name == "" {
			rest = append(rest, i)
			continue
		}
		k, known := at[name]
		if !known {
			k = len(all)
			at[name] = k
			all = append(all, block{name: name})
		}
		all[k].layers = append(all[k].layers, i)
	}
	for k := range all {
		var classes []string
		for _, i := range all[k].layers {
			classes = append(classes, layers[i].Class)
		}
		slices.Sort(classes)
		for _, c := range classes {
			all[k].classes += c + "\n"
		}
	}
	return all, rest
}

// together pairs the layers of each group.
func (p *pairer) together(groups ...group) Pairing {
	pairing := Pairing{Of: make([]int, len(p.network))}
	for i := range pairing.Of {
		pairing.Of[i] = -1
	}
	for _, norms := range []bool{false, true} { // batch norms are named after convolutions
		for _, g := range groups {
			for _, class := range classesOf(p.network, g.network) {
				ours := slices.DeleteFunc(slices.Clone(g.network), func(i int) bool {
					return p.network[i].Class != class || p.network[i].Norm != norms
				})
				theirs := slices.DeleteFunc(slices.Clone(g.file), func(j int) bool {
					return p.file[j].Class != class || p.file[j].Norm != norms
				})
				if len(ours) > 0 {
					p.pairClass(&pairing, ours, theirs)
				}
			}
		}
	}
	return pairing
}

func classesOf(layers []Layer, of []int) (classes []string) {
	for _, i := range of {
		if c := layers[i].Class; !slices.Contains(classes, c) {
			classes = append(classes, c)
		}
	}
	return classes
}

// pairClass pairs the layers of one class in one group.
func (p *pairer) pairClass(pairing *Pairing, ours, theirs []int) {
	if len(ours) != len(theirs) {
		pairing.Open = append(pairing.Open, Open{ours, theirs})
		return
	}
	take := func(i, j int) {
		pairing.Of[i] = j
		ours = slices.DeleteFunc(ours, func(k int) bool { return k == i })
		theirs = slices.DeleteFunc(theirs, func(k int) bool { return k == j })
	}
	p.byConvolution(pairing.Of, slices.Clone(ours), slices.Clone(theirs), take)
	p.byMeaning(slices.Clone(ours), slices.Clone(theirs), take)
	if len(ours) == 1 {
		take(ours[0], theirs[0])
	}
	ordered := len(ours) > 1 && (p.inChain(ours) || numbered(p.network, ours, digitless))
	if ordered && numbered(p.file, theirs, unlettered) {
		for k, i := range slices.Clone(ours) {
			pairing.Of[i] = theirs[k]
		}
		return
	}
	if len(ours) > 0 {
		pairing.Open = append(pairing.Open, Open{ours, theirs})
	}
}

// inChain reports whether each layer gets its input, by way of others, from the one before: they are no branches
// beside each other.
func (p *pairer) inChain(ours []int) bool {
	for k := 1; k < len(ours); k++ {
		if !p.follows(ours[k], ours[k-1], map[int]bool{}) {
			return false
		}
	}
	return true
}

func (p *pairer) follows(i, earlier int, seen map[int]bool) bool {
	for _, k := range p.network[i].After {
		if k == earlier {
			return true
		}
		if k > earlier && !seen[k] {
			seen[k] = true
			if p.follows(k, earlier, seen) {
				return true
			}
		}
	}
	return false
}

// numbered sorts layers by their names' numbers, and reports whether they differ in nothing else: whether their forms
// are one.
func numbered(layers []Layer, some []int, form func(name string) string) bool {
	for _, i := range some[1:] {
		if form(layers[i].Name) != form(layers[some[0]].Name) {
			return false
		}
	}
	slices.SortFunc(some, func(a, b int) int { return names.Natural(layers[a].Name, layers[b].Name) })
	return true
}
