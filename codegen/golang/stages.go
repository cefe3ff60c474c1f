package golang

import (
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/plan"
)

// stage is a run of steps that become one method.
type stage struct {
	method string // "runStage3"
	title  string // "stage3", or "stage3, part 2"
	steps  []plan.Step
}

// longest is how many steps a method may have before its stage is split into parts.
const longest = 24

// stagesOf groups the steps by the first word of their names. A stage of many steps is split, where possible between
// its blocks (the first two words of the name).
func stagesOf(steps []plan.Step) []stage {
	var stages []stage
	used := map[string]int{}
	for len(steps) > 0 {
		first := prefix(steps[0].Name, 1)
		n := 1
		for n < len(steps) && prefix(steps[n].Name, 1) == first {
			n++
		}
		parts := split(steps[:n])
		for _, part := range parts {
			s := stage{method: "run" + identifier(first), title: oneLine(first), steps: part}
			used[s.method]++
			if nth := used[s.method]; nth > 1 || len(parts) > 1 {
				s.method += "Part" + strconv.Itoa(nth)
				s.title += ", part " + strconv.Itoa(nth)
			}
			stages = append(stages, s)
		}
		steps = steps[n:]
	}
	return stages
}

// split cuts the steps of a stage into pieces of at most longest, before the last block that would not fit.
func split(steps []plan.Step) [][]plan.Step {
	var parts [][]plan.Step
	for len(steps) > longest {
		cut := longest
		for cut > 0 && prefix(steps[cut].Name, 2) == prefix(steps[cut-1].Name, 2) {
			cut--
		}
		if cut == 0 {
			cut = longest
		}
		parts = append(parts, steps[:cut])
		steps = steps[cut:]
	}
	return append(parts, steps)
}

// prefix returns the first words of a dotted name.
func prefix(name string, words int) string {
	parts := strings.SplitN(name, ".", words+1)
	return strings.Join(parts[:min(words, len(parts))], ".")
}
