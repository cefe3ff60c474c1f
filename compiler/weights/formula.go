package weights

import (
	"slices"
	"strconv"
	"strings"
)

// formula is a rule: names of the form of ours are called as theirs says.
type formula struct {
	ours    numbered
	written uint // the places of ours whose numbers are written out, a bit each
	theirs  numbered
	terms   []term // for each number of theirs
}

// term is a number of theirs: one of ours, or the block's, plus an offset; or the offset alone.
type term struct{ source, offset int }

// Sources of a term besides the places of ours.
const (
	fromNothing = -1
	fromBlock   = -2
)

// maxOffset bounds the offsets that are thought to mean something.
const maxOffset = 9

// maxFormulas bounds how many are tried for a name.
const maxFormulas = 4096

// formulas returns the rules that give n's name with the numbers of ours at the places of written written out. Those
// with more placeholders come first.
func formulas(n counted, written uint) []*formula {
	all := [][]term{nil}
	for _, value := range n.theirs.numbers {
		var options []term
		for place, our := range n.ours.numbers {
			if written&(1<<place) == 0 && abs(value-our) <= maxOffset {
				options = append(options, term{place, value - our})
			}
		}
		if n.block >= 0 && written&3 == 0 && abs(value-n.block) <= maxOffset {
			options = append(options, term{fromBlock, value - n.block})
		}
		options = append(options, term{fromNothing, value})
		var longer [][]term
		for _, o := range options {
			for _, terms := range all {
				longer = append(longer, append(slices.Clone(terms), o))
			}
		}
		if all = longer; len(all) > maxFormulas {
			return nil
		}
	}
	found := make([]*formula, len(all))
	for i, terms := range all {
		found[i] = &formula{n.ours, written, n.theirs, terms}
	}
	return found
}

// literal returns the rule for n alone.
func literal(n counted) *formula {
	f := &formula{ours: n.ours, written: 1<<len(n.ours.numbers) - 1, theirs: n.theirs}
	for _, value := range n.theirs.numbers {
		f.terms = append(f.terms, term{fromNothing, value})
	}
	return f
}

// fits reports whether the rule is for a name, which has the form of ours.
func (f *formula) fits(n counted) bool {
	for place, value := range n.ours.numbers {
		if f.written&(1<<place) != 0 && value != f.ours.numbers[place] {
			return false
		}
	}
	return true
}

// agrees reports whether the rule is for a name and gives the right one.
func (f *formula) agrees(n counted) bool {
	if !f.fits(n) || n.theirs.form() != f.theirs.form() {
		return false
	}
	for i, t := range f.terms {
		value := t.offset
		switch {
		case t.source >= 0:
			value += n.ours.numbers[t.source]
		case t.source == fromBlock:
			value += n.block
		}
		if value != n.theirs.numbers[i] {
			return false
		}
	}
	return true
}

func (f *formula) fitting(names []counted) int  { return count(names, f.fits) }
func (f *formula) agreeing(names []counted) int { return count(names, f.agrees) }

func count(names []counted, holds func(counted) bool) (n int) {
	for _, c := range names {
		if holds(c) {
			n++
		}
	}
	return n
}

// captureNames are what placeholders are called, by their place.
var captureNames = []string{"s", "b", "c", "d", "e", "f", "g", "h"}

// text returns both sides of the rule.
func (f *formula) text() (ours, theirs string, usesBlock bool) {
	for place, value := range f.ours.numbers {
		ours += f.ours.texts[place]
		if f.written&(1<<place) != 0 {
			ours += strconv.Itoa(value)
		} else {
			ours += "{" + captureNames[place] + "}"
		}
	}
	for i, t := range f.terms {
		theirs += f.theirs.texts[i]
		name := "block"
		if t.source >= 0 {
			name = captureNames[t.source]
		}
		switch {
		case t.source == fromNothing:
			theirs += strconv.Itoa(t.offset)
		case t.offset == 0:
			theirs += "{" + name + "}"
		default:
			theirs += "{" + name + strings.Replace("+"+strconv.Itoa(t.offset), "+-", "-", 1) + "}"
		}
		usesBlock = usesBlock || t.source == fromBlock
	}
	return ours + f.ours.texts[len(f.ours.numbers)], theirs + f.theirs.texts[len(f.theirs.numbers)], usesBlock
}

func abs(x int) int { return max(x, -x) }
