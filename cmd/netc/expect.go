package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"

	"github.com/netc-lang/netc/codegen/execute"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/expect"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/weights"
)

// prove computes the network with the weights and compares with what the original gave, which --expect names. Where
// it gives other numbers, it says what would give them.
func (b bindFlags) prove(c *call, t target, binding *weights.Binding, path string) error {
	if len(*b.reinit) > 0 {
		return usagef("--expect and --reinit exclude each other: what is initialised anew gives other numbers")
	}
	c.out.Reads(*b.expect)
	golden, err := expect.Read(*b.expect, t.graph)
	if err != nil {
		return wrongf("--expect: %w", err)
	}
	set, err := binding.Load()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	finish := busy(c.stderr, "computing what "+filepath.Base(*b.expect)+" expects")
	result, err := golden.Check(t.graph, set)
	finish()
	if err != nil {
		return err
	}
	if result.Agrees() {
		if err := t.rival(c, golden, set, result, path, *b.expect); err != nil {
			return err
		}
		fmt.Fprintf(c.stderr, "netc: %s gives the numbers of %s: %v, for %s\n", path, *b.expect, result, images(golden))
		if binding.Mapping.Proposal {
			fmt.Fprintf(c.stderr, "netc: %s is proven: remove its line \"proposal\"\n", binding.Mapping)
		}
		return nil
	}
	finish = busy(c.stderr, "looking for what gives those numbers")
	e, err := golden.Explain(t.graph, set, execute.Graph)
	finish()
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%s does not give the numbers of %s: %s differs by %.1e of its range, and may by %.0e", path,
		*b.expect, result.Output, result.Difference, expect.Tolerance)
	return wrongf("%s\n%s", text, t.remedies(e))
}

// rival refuses a network that gives the numbers, where another epsilon gives them far more exactly.
func (t target) rival(c *call, g *expect.Golden, set params.Set, result expect.Result, path, expected string) error {
	finish := busy(c.stderr, "looking for what gives them more exactly")
	e, err := g.Rival(t.graph, set, result)
	finish()
	if err != nil || len(e.Changes) == 0 {
		return err
	}
	return wrongf("%s gives the numbers of %s only nearly, %v\n%s", path, expected, result, t.remedies(e))
}

// images says how many images were computed, of how many, in which order.
func images(g *expect.Golden) string {
	text := fmt.Sprintf("%d", len(g.Images))
	if len(g.Images) < g.Given {
		text += fmt.Sprintf(" of %d", g.Given)
	}
	return text + " images, read as " + g.Layout
}

// remedies says what gives the numbers and how to have it.
func (t target) remedies(e expect.Explanation) string {
	if len(e.Changes) == 0 {
		text := fmt.Sprintf("Nothing of what was tried gives them either (%d networks: padding, epsilon, activations, "+
			"poolings, strides, colours, the order of vectors, of all batch norms and of each, and of square weights)",
			e.Tries)
		if e.More {
			text += ", but not all could be tried"
		}
		return text + ". The network may differ in operations without parameters, the weights may be bound to other " +
			"layers, or the inputs may not be those that the outputs are of."
	}
	var what, how []string
	for _, change := range e.Changes {
		what = append(what, change.What)
		how = append(how, t.remedy(change))
	}
	return fmt.Sprintf("With %s it gives them (%v): %s", strings.Join(what, " and "), e.Result, strings.Join(how, "; "))
}

// remedy says how to have a change.
func (t target) remedy(change expect.Change) string {
	switch change.Kind {
	case expect.OfArithmetic:
		settings := build.Override{}
		if change.Arithmetic.Epsilon != 0 {
			settings["epsilon"] = change.Arithmetic.Epsilon
		}
		if change.Arithmetic.Padding != "" {
			settings["padding"] = string(change.Arithmetic.Padding)
		}
		if t.has(settings) {
			return "give " + change.Arithmetic.Flags()
		}
		return fmt.Sprintf("%s has no such settings: write %v into its BatchNorm and Conv", t.file, change.Arithmetic)
	case expect.OfActivation:
		if act, err := parseValue("act", string(change.To)); err == nil && t.has(build.Override{"act": act}) {
			return "give --set act=" + string(change.To)
		}
		return fmt.Sprintf("write %s in place of %s into %s", change.To, change.From, t.file)
	case expect.OfPooling:
		return "write that padding into the poolings of " + t.file
	case expect.OfStride:
		return "move the stride in the blocks of " + t.file + ", which is stride_first of std/residual's Bottleneck"
	case expect.OfColours:
		return "give the network images of blue, green and red, in this order"
	case expect.OfRange:
		return fmt.Sprintf("the original normalises its images itself; netc's networks take them normalised, and netc "+
			"onnx --preprocess --mean %s --std %s normalises them in the model",
			commas(change.Mean), commas(change.Std))
	case expect.OfNorms:
		return "exchange their names in the mapping"
	case expect.OfLayer:
		return fmt.Sprintf("exchange the two names of %s in the mapping", change.Layer)
	case expect.OfOrder:
		return "give --layout IO, or --layout LAYER=IO for those that are"
	}
	return ""
}

// has reports whether the file's network can be given these settings.
func (t target) has(settings build.Override) bool {
	program, err := compiler.Load(t.file)
	if err != nil {
		return false
	}
	all := maps.Clone(t.chosen.override)
	maps.Copy(all, settings)
	_, err = program.Build(t.network.Listed, all)
	return err == nil
}

func commas(values []float64) string {
	return strings.Join(strings.Fields(strings.Trim(fmt.Sprint(values), "[]")), ",")
}
