package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/netc-lang/netc/compiler/checkpoint"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/compiler/weights"
)

// bindFlags say how a checkpoint's tensors become the parameters.
type bindFlags struct {
	mapping, state *string
	reinit         *[]string
	nonFinite      *bool
}

func newBindFlags(c *call) bindFlags {
	reinit := new([]string)
	c.flags.Func("reinit", "initialise the layer or parameter `L` and leave it out of the weights; may be repeated", func(name string) error {
		*reinit = append(*reinit, name)
		return nil
	})
	return bindFlags{
		mapping:   c.flags.String("mapping", "", "how the weights are named: a mapping that comes with netc, such as timm-efficientnet, or a file `M` (default: the one that fits of these and of *.map beside FILE)"),
		state:     c.flags.String("state", "", "the part `S` of the checkpoint, where it has several: state_dict_ema"),
		reinit:    reinit,
		nonFinite: c.flags.Bool("allow-nonfinite", false, "accept weights that are NaN or infinite"),
	}
}

// options reads the mappings: the one asked for, or those that come with netc and all beside the architecture.
func (b bindFlags) options(c *call, seed uint64) (weights.Options, error) {
	o := weights.Options{State: *b.state, Reinit: *b.reinit, Seed: seed, AllowNonFinite: *b.nonFinite}
	var err error
	if *b.mapping != "" {
		for _, m := range mapping.Shipped() {
			if m.Name == *b.mapping {
				o.Mapping = m
				return o, nil
			}
		}
		o.Mapping, err = mapping.Load(*b.mapping)
		return o, err
	}
	o.Mappings = mapping.Shipped()
	paths, err := filepath.Glob(filepath.Join(escapeGlob(filepath.Dir(c.file)), "*.map"))
	if err != nil {
		return o, err
	}
	slices.Sort(paths)
	for _, path := range paths {
		m, err := mapping.Load(path)
		if err != nil {
			return o, err
		}
		o.Mappings = append(o.Mappings, m)
	}
	return o, nil
}

// escapeGlob makes a pattern that fits a folder's name alone.
func escapeGlob(dir string) string {
	escaped := ""
	for _, r := range dir {
		if r == '*' || r == '?' || r == '[' {
			escaped += "[" + string(r) + "]"
		} else {
			escaped += string(r)
		}
	}
	return escaped
}

// bind opens a checkpoint, for as long as the command runs, and finds the tensor of every parameter. It says on standard error what it chose without being asked.
func (b bindFlags) bind(c *call, path string, g *ir.Graph, seed uint64) (*weights.Binding, error) {
	o, err := b.options(c, seed)
	if err != nil {
		return nil, err
	}
	file, err := checkpoint.Open(path)
	if err != nil {
		return nil, err
	}
	c.open = append(c.open, file)
	binding, err := weights.Bind(file, g, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if binding.State != "" && *b.state == "" {
		fmt.Fprintf(c.stderr, "netc: %s: reading its part %s\n", path, binding.State)
	}
	if binding.Prefix != "" {
		fmt.Fprintf(c.stderr, "netc: %s: every name starts with %s, which is left out\n", path, binding.Prefix)
	}
	if *b.mapping == "" && slices.Contains(o.Mappings, binding.Mapping) {
		fmt.Fprintf(c.stderr, "netc: %s: its names are translated by %s\n", path, binding.Mapping)
	}
	if binding.Folded {
		fmt.Fprintf(c.stderr, "netc: %s: its batch norms are merged into the convolutions before them\n", path)
	}
	if want, got, ok := binding.WrongEpsilon(g); ok && !binding.Folded {
		fmt.Fprintf(c.stderr, "netc: warning: %s says that %s was trained with the epsilon %g in batch norms, but it has %g here: give --set epsilon=%g\n", binding.Mapping, g.Name, want, got, want)
	}
	for _, bound := range binding.Bound {
		if bound.Initialised() {
			fmt.Fprintf(c.stderr, "netc: %s is not read: it is initialised from seed %d\n", bound.Param.Name, seed)
		}
	}
	return binding, nil
}

// boundRow is one parameter as "weights --json" prints it.
type boundRow struct {
	Parameter string  `json:"parameter"`
	Shape     []int   `json:"shape"`
	Tensor    string  `json:"tensor,omitempty"` // missing: initialised
	Type      string  `json:"type,omitempty"`
	Stored    []int64 `json:"stored_shape,omitempty"`
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
	suggest := c.flags.Bool("suggest", false, "print a mapping proposed from the tensors' order and shapes")
	variant := variantFlag(c)
	seed := c.flags.Uint64("seed", 0, "initialise what --reinit names from the number `N`")
	flags := newBindFlags(c)
	files, err := c.parse()
	if err != nil {
		return err
	}
	if len(files) != 2 {
		return usagef("it takes an architecture and a checkpoint, got %d files", len(files))
	}
	c.file = files[0]
	network, err := load(files[0], *variant)
	if err != nil {
		return err
	}
	graph, _ := pass.Run(pass.Canonical(), network.Graph, nil, nil)
	if *suggest {
		return printSuggestion(c, files[1], graph, weights.Options{State: *flags.state, Reinit: *flags.reinit})
	}
	binding, err := flags.bind(c, files[1], graph, *seed)
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
	text, err := weights.Suggest(file, g, o)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	_, err = io.WriteString(c.stdout, text)
	return err
}

func printBinding(c *call, b *weights.Binding, asJSON bool) error {
	rows := make([]boundRow, len(b.Bound))
	for i, bound := range b.Bound {
		rows[i] = boundRow{Parameter: bound.Param.Name, Shape: bound.Param.Shape}
		if t := bound.Tensor; t != nil {
			rows[i].Tensor, rows[i].Type, rows[i].Stored = t.Name, string(t.Type), t.Shape
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
		tensor := r.Tensor
		switch {
		case b.Bound[i].Initialised():
			tensor = "(initialised)"
		case tensor == "":
			tensor = "(merged into the convolution)"
		case b.Bound[i].Reshaped():
			tensor += " " + stored.Brief(r.Stored)
		}
		fmt.Fprintf(w, "%s\t%v\t%s\t%s\t\n", r.Parameter, ir.Shape(r.Shape), tensor, r.Type)
	})
	for _, name := range b.Passed {
		_, e := fmt.Fprintf(c.stdout, "passed over: %s\n", name)
		err = errors.Join(err, e)
	}
	_, e := fmt.Fprintf(c.stdout, "%s: %d parameters bound by %s\n", b.Format, len(rows), b.Mapping)
	return errors.Join(err, e)
}
