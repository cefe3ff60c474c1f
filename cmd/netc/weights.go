package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/compiler/weights"
)

// boundRow is one parameter as "weights --json" prints it.
type boundRow struct {
	Parameter string  `json:"parameter"`
	Shape     []int   `json:"shape"`
	Tensor    string  `json:"tensor,omitempty"` // missing: initialised
	Type      string  `json:"type,omitempty"`
	Stored    []int64 `json:"stored_shape,omitempty"`
	Layout    string  `json:"layout,omitempty"` // the order of its dimensions; missing: the parameter's own
}

// boundTable is what "weights --json" prints.
type boundTable struct {
	Format  string     `json:"format"`
	State   string     `json:"state,omitempty"`
	Mapping string     `json:"mapping"`
	Prefix  string     `json:"prefix,omitempty"`
	Bound   []boundRow `json:"bound"`
	Passed  []string   `json:"passed_over"`
}

func runWeights(c *call) error {
	asJSON := c.flags.Bool("json", false, "print JSON for programs")
	suggest := c.flags.Bool("suggest", false, "print a mapping proposed from what names mean, shapes and order")
	variant := variantFlag(c)
	seed := c.flags.Uint64("seed", 0, "initialise what --reinit names from the number `N`")
	flags := newBindFlags(c)
	files, err := c.parse()
	if err != nil {
		return err
	}
	if len(files) != 2 {
		return usagef("it takes an architecture and a checkpoint, got %s", counted(len(files), "file"))
	}
	network, err := load(files[0], *variant)
	if err != nil {
		return err
	}
	graph, _ := pass.Run(pass.Canonical, network.Graph, nil)
	if *suggest && *flags.expect != "" {
		return usagef("--suggest and --expect exclude each other: prove the mapping once it is written")
	}
	if *suggest {
		return printSuggestion(c, files[1], graph, weights.Options{
			State: *flags.state, Reinit: *flags.reinit, Layouts: *flags.layouts, Adapt: *flags.adapt,
		})
	}
	binding, err := flags.bind(c, files[1], target{files[0], *variant, network, graph}, *seed)
	if err != nil {
		return err
	}
	if err := printBinding(c, binding, *asJSON); err != nil {
		return err
	}
	defer busy(c.stderr, "reading "+filepath.Base(files[1]))()
	if err := binding.Check(); err != nil {
		return fmt.Errorf("%s: %w", files[1], err)
	}
	return nil
}

func printSuggestion(c *call, path string, g *ir.Graph, o weights.Options) error {
	file, err := checkpoint.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	text, problem := weights.Suggest(file, g, o)
	if problem != nil {
		problem = fmt.Errorf("%s: %w", path, problem)
	}
	_, err = io.WriteString(c.stdout, text) // also where some layers are left open
	return errors.Join(problem, err)
}

// maxPassedShown bounds the tensors that are listed as passed over: an optimizer has two or three for each parameter.
const maxPassedShown = 20

func printBinding(c *call, b *weights.Binding, asJSON bool) error {
	rows := make([]boundRow, len(b.Bound))
	for i, bound := range b.Bound {
		rows[i] = boundRow{Parameter: bound.Param.Name, Shape: bound.Param.Shape}
		if t := bound.Tensor; t != nil {
			rows[i].Tensor, rows[i].Type = t.Name, string(t.Type)
			rows[i].Stored, rows[i].Layout = t.Shape, bound.Layout.Order
		}
	}
	if asJSON {
		passed := b.Passed
		if passed == nil {
			passed = []string{}
		}
		return writeJSON(c.stdout, boundTable{b.Format, b.State, b.Mapping.Name, b.Prefix, rows, passed})
	}
	err := table(c.stdout, "parameter\tshape\ttensor\ttype\t", len(rows), func(w io.Writer, i int) {
		r := rows[i]
		tensor := stored.Show(r.Tensor)
		switch {
		case b.Bound[i].Initialised():
			tensor = "(initialised)"
		case tensor == "":
			tensor = "(merged into the convolution)"
		case b.Bound[i].Reshaped(), r.Layout != "": // a square matrix may be turned too
			tensor = strings.TrimRight(tensor+" "+stored.Brief(r.Stored)+" "+r.Layout, " ")
		}
		fmt.Fprintf(w, "%s\t%v\t%s\t%s\t\n", r.Parameter, ir.Shape(r.Shape), tensor, r.Type)
	})
	for _, name := range b.Passed[:min(len(b.Passed), maxPassedShown)] {
		_, e := fmt.Fprintf(c.stdout, "passed over: %s\n", stored.Show(name))
		err = errors.Join(err, e)
	}
	if more := len(b.Passed) - maxPassedShown; more > 0 {
		_, e := fmt.Fprintf(c.stdout, "passed over: %d more, which --json lists\n", more)
		err = errors.Join(err, e)
	}
	_, e := fmt.Fprintf(c.stdout, "%s: %d parameters bound by %s\n", b.Format, len(rows), b.Mapping)
	return errors.Join(err, e)
}
