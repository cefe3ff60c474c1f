package weights

import (
	"fmt"
	"strings"
	"testing"
)

// TestManyNumbers holds that names with more numbers than rules have placeholders for, whose numbers do not go
// together, get rules all the same, and soon.
func TestManyNumbers(t *testing.T) {
	var namings []naming
	var params []string
	for i := range 200 {
		var ours, theirs strings.Builder
		for k := range 24 {
			fmt.Fprintf(&ours, "a%d.", (i*i+k*i)%5)
		}
		for k := range 3 {
			fmt.Fprintf(&theirs, "b%d.", (i*7+i*i*k)%6)
		}
		namings = append(namings, naming{fmt.Sprintf("%sconv%d", ours.String(), i),
			fmt.Sprintf("%slayer%d", theirs.String(), i)})
		params = append(params, namings[i].ours+".weight")
	}
	text := generalise(namings, params)
	var plain strings.Builder
	for _, n := range namings {
		fmt.Fprintf(&plain, "%s = %s\n", n.ours, n.theirs)
	}
	if !sameNames(text, plain.String(), params) {
		t.Errorf("other names by\n%s", text)
	}
}

// TestLaterBlocks holds that forms of names which begin in a later block than the first get one rule: blocks are
// counted from the network's first.
func TestLaterBlocks(t *testing.T) {
	var namings []naming
	var params []string
	block := 0
	for s := 1; s <= 4; s++ {
		for b := range s + 1 {
			conv := fmt.Sprintf("stage%d.%d.conv", s, b)
			namings = append(namings, naming{conv, fmt.Sprintf("blocks.%d.a", block+3)})
			params = append(params, conv+".weight")
			if s >= 3 { // only later blocks have one
				excite := fmt.Sprintf("stage%d.%d.excite", s, b)
				namings = append(namings, naming{excite, fmt.Sprintf("blocks.%d.se", block+3)})
				params = append(params, excite+".weight")
			}
			block++
		}
	}
	want := "number block = stage{s}.{b}\nstage{s}.{b}.conv = blocks.{block+3}.a\nstage{s}.{b}.excite = " +
		"blocks.{block+3}.se\n"
	if got := generalise(namings, params); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}

// TestFormulas: the number of a name's block, also of the first, is one of what a number there can be made of.
func TestFormulas(t *testing.T) {
	for block, want := range map[int]int{0: 1, 2: 1, -1: 0} {
		n := counted{cut("stage1.0.conv"), cut("blocks.3.a"), block}
		fromBlocks := 0
		for _, f := range formulas(n, 0) {
			if f.terms[0].source == fromBlock {
				if fromBlocks++; f.terms[0].offset != 3-block {
					t.Errorf("of block %d: offset %d", block, f.terms[0].offset)
				}
			}
			if !f.agrees(n) {
				t.Errorf("of block %d: %+v does not give its own name", block, f)
			}
		}
		if fromBlocks != want {
			t.Errorf("of block %d: %d formulas, want %d", block, fromBlocks, want)
		}
	}
}

// TestLiteral: the rule for a name alone is for no name in which any number is another, at whichever place, and says
// all numbers.
func TestLiteral(t *testing.T) {
	name := func(a, b, c int) numbered { return cut(fmt.Sprintf("a%d.b%d.c%d", a, b, c)) }
	f := literal(counted{name(1, 2, 3), cut("x7.y8"), -1})
	for _, tt := range []struct {
		ours numbered
		want bool
	}{{name(1, 2, 3), true}, {name(0, 2, 3), false}, {name(1, 0, 3), false}, {name(1, 2, 0), false}} {
		if got := f.fits(counted{tt.ours, cut("x7.y8"), -1}); got != tt.want {
			t.Errorf("%v: it fits: %t", tt.ours.numbers, got)
		}
	}
	for theirs, want := range map[string]bool{"x7.y8": true, "x8.y8": false, "x7.y7": false, "z7.y8": false} {
		if got := f.agrees(counted{name(1, 2, 3), cut(theirs), -1}); got != want {
			t.Errorf("%s: it agrees: %t", theirs, got)
		}
	}
}
