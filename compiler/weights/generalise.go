package weights

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/names"
)

// naming is one layer's or parameter's name here and in the checkpoint.
type naming struct{ ours, theirs string }

// numbered is a name cut into its numbers and the texts around them.
type numbered struct {
	texts   []string // one more than numbers
	numbers []int
}

// maxTries bounds how often a rule is tried on a name: the names come from files.
const maxTries = 50_000_000

// cut takes numbers out of a name. One that is too long, or begins with zeros, or comes after as many as a rule may
// have placeholders for, stays text.
func cut(name string) numbered {
	var n numbered
	text := ""
	for name != "" {
		head, rest := names.CutRun(name)
		value, err := strconv.Atoi(head)
		if err == nil && len(n.numbers) < mapping.MaxCaptures && len(head) <= mapping.MaxDigits &&
			strconv.Itoa(value) == head {
			n.texts, n.numbers, text = append(n.texts, text), append(n.numbers, value), ""
		} else {
			text += head
		}
		name = rest
	}
	n.texts = append(n.texts, text)
	return n
}

// form returns what names of the same structure have in common.
func (n numbered) form() string { return strings.Join(n.texts, "\x00") }

// counted is a naming whose numbers are known, and the place of its block among all blocks.
type counted struct {
	ours, theirs numbered
	block        int // -1 when it lies in none
}

// generaliser turns namings into rules.
type generaliser struct {
	blockForm string // the texts of the names that are counted, such as stage{s}.{b}; "" when nothing is
	blocks    map[string]int
	usesBlock bool
	tries     int
}

// generalise writes rules that give the names which the namings give, few where the names have numbers in the same
// places: the numbers become placeholders. params are the names of all the graph's parameters.
func generalise(namings []naming, params []string) string {
	g := &generaliser{blocks: map[string]int{}}
	g.count(namings, params)
	groups := map[string][]counted{}
	var order []string
	for _, n := range namings {
		c := counted{cut(n.ours), cut(n.theirs), -1}
		if at, ok := g.blocks[blockOf(c.ours)]; ok && g.blockForm == blockFormOf(c.ours) {
			c.block = at
		}
		form := c.ours.form()
		if groups[form] == nil {
			order = append(order, form)
		}
		groups[form] = append(groups[form], c)
	}
	var rules strings.Builder
	for _, form := range order {
		g.cover(&rules, groups[form])
	}
	if g.usesBlock {
		texts := strings.Split(g.blockForm, "\x00")
		block := texts[0] + "{" + captureNames[0] + "}" + texts[1] + "{" + captureNames[1] + "}"
		return "number block = " + block + "\n" + rules.String()
	}
	return rules.String()
}

// count numbers the blocks: the beginnings of names that end in their second number, of the most frequent form.
func (g *generaliser) count(namings []naming, params []string) {
	frequency := map[string]int{}
	for _, n := range namings {
		form := blockFormOf(cut(n.ours))
		if frequency[form]++; form != "" && frequency[form] > frequency[g.blockForm] {
			g.blockForm = form
		}
	}
	for _, p := range params {
		n := cut(p)
		if block := blockOf(n); g.blockForm != "" && blockFormOf(n) == g.blockForm {
			if _, known := g.blocks[block]; !known {
				g.blocks[block] = len(g.blocks)
			}
		}
	}
}

// blockFormOf returns the texts before the first two numbers, or "".
func blockFormOf(n numbered) string {
	if len(n.numbers) < 2 || !strings.HasPrefix(n.texts[2], ".") {
		return ""
	}
	return n.texts[0] + "\x00" + n.texts[1]
}

func blockOf(n numbered) string {
	if len(n.numbers) < 2 {
		return ""
	}
	return fmt.Sprint(n.numbers[:2])
}

// cover writes rules for names of one form here: at last one with placeholders for all numbers, which gives most of
// the names, and before it those that give the others, with as few of their numbers written out as can be.
func (g *generaliser) cover(rules *strings.Builder, names []counted) {
	places := len(names[0].ours.numbers)
	var general *formula
	most := 1
	for _, n := range names {
		for _, f := range formulas(n, 0) {
			if g.exhausted(names) {
				break
			}
			if c := f.agreeing(names); c > most {
				most, general = c, f
			}
		}
		if most > len(names)/2 {
			break
		}
	}
	done := make([]bool, len(names))
	for i, n := range names {
		done[i] = general != nil && general.agrees(n)
	}
	for i, n := range names {
		if !done[i] {
			f := g.narrowest(n, names, places)
			for k, other := range names {
				done[k] = done[k] || f.fits(other)
			}
			g.write(rules, f)
		}
	}
	if general != nil {
		g.write(rules, general)
	}
}

// narrowest returns the formula with the fewest numbers written out that gives n's name and those of all others that
// it fits.
func (g *generaliser) narrowest(n counted, names []counted, places int) *formula {
	var best *formula
	covered := 0
	for written := uint(1); written < 1<<places; written++ {
		for _, f := range formulas(n, written) {
			if g.exhausted(names) {
				break
			}
			fitting, agreeing := f.fitting(names), f.agreeing(names)
			if fitting == agreeing && agreeing > max(1, covered) {
				best, covered = f, agreeing
			}
		}
	}
	if best == nil {
		best = literal(n)
	}
	return best
}

// exhausted counts that a rule is tried on names, and reports whether that has been done too often.
func (g *generaliser) exhausted(names []counted) bool {
	g.tries += len(names)
	return g.tries > maxTries
}

func (g *generaliser) write(rules *strings.Builder, f *formula) {
	ours, theirs, usesBlock := f.text()
	g.usesBlock = g.usesBlock || usesBlock
	fmt.Fprintf(rules, "%s = %s\n", ours, theirs)
}
