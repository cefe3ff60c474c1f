package resolve

import (
	"fmt"
	"maps"
	"slices"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/syntax"
)

// cycles reports blocks and functions that contain themselves, each cycle once.
func (c *checker) cycles() {
	walk := &cycleWalk{c: c, state: map[string]int{}}
	for _, name := range slices.Sorted(maps.Keys(c.calls)) {
		if walk.state[name] == 0 {
			walk.visit(name)
		}
	}
}

// cycleWalk goes through what mentions what, depth first.
type cycleWalk struct {
	c     *checker
	state map[string]int
	path  []syntax.Name // the mentions that led to where the walk is
}

const entered, left = 1, 2

func (w *cycleWalk) visit(name string) {
	w.state[name] = entered
	reported := map[string]bool{}
	for _, callee := range w.c.calls[name] {
		switch w.state[callee.Text] {
		case 0:
			w.path = append(w.path, callee)
			w.visit(callee.Text)
			w.path = w.path[:len(w.path)-1]
		case entered:
			if !reported[callee.Text] {
				reported[callee.Text] = true
				w.report(callee)
			}
		}
	}
	w.state[name] = left
}

// report says that a mention closes a cycle, and by way of what.
func (w *cycleWalk) report(callee syntax.Name) {
	d := diag.Diagnostic{Code: diag.ContainsItself, Span: callee.Span, Message: fmt.Sprintf("%s contains itself",
		callee.Text),
		Label: "used within its own definition", Help: "what is compiled must end: repeat a block with \"x N\" instead"}
	for i := len(w.path) - 1; i >= 0 && w.path[i].Text != callee.Text; i-- {
		d.Related = append(d.Related, diag.Label{Span: w.path[i].Span,
			Text: fmt.Sprintf("by way of %s, which is used here", w.path[i].Text)})
	}
	w.c.problems.Add(d)
}
