package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/dsl/diag"
)

// passFlags let a person look at what the passes of a compilation do.
type passFlags struct {
	call  *call
	after *string
	times *bool
}

func newPassFlags(c *call) passFlags {
	return passFlags{c,
		c.flags.String("dump-after", "",
			"print the graph on stdout as it is after the `PASS`, or after each pass that changes it: \"all\""),
		c.flags.Bool("time-passes", false, "print on stderr how long each pass took"),
	}
}

// check says whether the pass to dump after is one of a pipeline's.
func (f passFlags) check(pipeline pass.Pipeline) error {
	if *f.after == "" || *f.after == "all" {
		return nil
	}
	var names []string
	for _, p := range pipeline.Passes() {
		names = append(names, p.Name)
	}
	if slices.Contains(names, *f.after) {
		return nil
	}
	if near := diag.Nearest(*f.after, names); near != "" {
		return usagef("there is no pass %q; did you mean %q?", *f.after, near)
	}
	return usagef("there is no pass %q; the passes are %s", *f.after, strings.Join(names, ", "))
}

// observer returns what is to be called after each pass over a graph.
func (f passFlags) observer(g *ir.Graph) func(name string, g *ir.Graph) {
	before, began := g, time.Now()
	return func(name string, g *ir.Graph) {
		if *f.times {
			fmt.Fprintf(f.call.stderr, "%-20s %8.3f ms\n", name, time.Since(began).Seconds()*1e3)
		}
		if *f.after == name || *f.after == "all" && g != before {
			fmt.Fprintf(f.call.stdout, "// after %s\n%s", name, g)
		}
		before, began = g, time.Now()
	}
}
