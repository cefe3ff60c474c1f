package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/checkpoint"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/weights"
)

// bindFlags say how a checkpoint's tensors become the parameters.
type bindFlags struct {
	mapping, state  *string
	expect          *string // what the original gave, to compare with
	reinit, layouts *[]string
	adapt           *[]string
	nonFinite       *bool
	read            *[]*os.File // what the checkpoint that was bound is read from
}

func newBindFlags(c *call) bindFlags {
	list := func(name, usage string) *[]string {
		values := new([]string)
		c.flags.Func(name, usage, func(value string) error {
			*values = append(*values, value)
			return nil
		})
		return values
	}
	adapt := list("adapt", "make the kernels of the first convolution `L` of those for red, green and blue, for "+
		"images of another number of channels, as timm does")
	reinit := list("reinit", "initialise the layer or parameter `L` and leave it out of the weights; may be repeated")
	return bindFlags{
		read: new([]*os.File),
		layouts: list("layout", "the order `O` in which the weights' dimensions stand, where shapes and names do not "+
			"tell: "+
			"HWIO, or LAYER=IO for one layer; may be repeated"),
		mapping: c.flags.String("mapping", "", "how the weights are named: a mapping that comes with netc, such as "+
			"timm-efficientnet, or a file `M` (default: the one that fits of these and of *.map beside FILE)"),
		state: c.flags.String("state", "", "the part `S` of the checkpoint, where it has several: state_dict_ema, "+
			"or state_dict.model for what stands under model."),
		reinit: reinit,
		adapt:  adapt,
		expect: c.flags.String("expect", "", "compute the network and compare with the arrays input and output of "+
			"the NumPy archive `E`, which the original framework gave"),
		nonFinite: c.flags.Bool("allow-nonfinite", false, "accept weights that are NaN or infinite"),
	}
}

// target is the network that weights are bound to.
type target struct {
	file    string // the architecture, beside which mappings may lie
	chosen  choice
	network *compiler.Network
	graph   *ir.Graph // the network after canonical passes
}

// options reads the mappings: the one asked for, or those that come with netc and all beside the architecture. Of the
// latter, broken are the errors of those that cannot be read: whether they matter is known when the rest was tried.
func (b bindFlags) options(c *call, file string, seed uint64) (o weights.Options, broken []error, err error) {
	o = weights.Options{
		State: *b.state, Reinit: *b.reinit, Seed: seed, Layouts: *b.layouts, Adapt: *b.adapt,
		AllowNonFinite: *b.nonFinite,
	}
	if *b.mapping != "" {
		for _, m := range mapping.Shipped() {
			if m.Name == *b.mapping {
				o.Mapping = m
				return o, nil, nil
			}
		}
		c.out.Reads(*b.mapping)
		if o.Mapping, err = mapping.Load(*b.mapping); errors.Is(err, fs.ErrNotExist) {
			return o, nil, fmt.Errorf("--mapping %s: there is no such file, and the mappings that "+
				"come with netc are %s",
				*b.mapping, shippedNames())
		}
		return o, nil, err
	}
	o.Mappings = mapping.Shipped()
	paths, err := filepath.Glob(filepath.Join(escapeGlob(filepath.Dir(file)), "*.map"))
	if err != nil {
		return o, nil, err
	}
	slices.Sort(paths)
	c.out.Reads(paths...)
	for _, path := range paths {
		m, err := mapping.Load(path)
		if err != nil {
			broken = append(broken, err)
			continue
		}
		o.Mappings = append(o.Mappings, m)
	}
	return o, broken, nil
}

// shippedNames lists the mappings that come with netc.
func shippedNames() string {
	var names []string
	for _, m := range mapping.Shipped() {
		names = append(names, m.Name)
	}
	return strings.Join(names, ", ")
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

// bind opens a checkpoint, for as long as the command runs, and finds the tensor of every parameter. It says on
// standard error what it chose without being asked, and what speaks against it.
func (b bindFlags) bind(c *call, path string, t target, seed uint64) (*weights.Binding, error) {
	o, broken, err := b.options(c, t.file, seed)
	if err != nil {
		return nil, err
	}
	file, err := checkpoint.Open(path)
	if err != nil {
		return nil, err
	}
	c.open = append(c.open, file)
	c.out.ReadsOpen(file.Files()...)
	*b.read = file.Files()
	binding, err := weights.Bind(file, t.graph, o)
	if err != nil {
		if len(broken) > 0 { // one of these may be what was written for this file
			return nil, broken[0]
		}
		return nil, fmt.Errorf("%s: %w", path, t.misfit(file, o, err))
	}
	for _, err := range broken {
		fmt.Fprintf(c.stderr, "netc: warning: a mapping beside %s is passed over: %v\n", t.file, err)
	}
	b.tell(c, path, binding, o)
	if err := b.judge(c, t, binding, path); err != nil {
		return nil, err
	}
	for _, bound := range binding.Bound {
		if bound.Adapted() {
			fmt.Fprintf(c.stderr, "netc: %s is made of kernels for red, green and blue, %s\n", bound.Param.Name,
				adaption(bound.Param.Shape[1]))
		}
		if bound.Initialised() {
			fmt.Fprintf(c.stderr, "netc: %s is not read: it is initialised from seed %d\n", bound.Param.Name, seed)
		}
	}
	return binding, nil
}

// tell says what was chosen without being asked.
func (b bindFlags) tell(c *call, path string, binding *weights.Binding, o weights.Options) {
	if binding.State != "" && *b.state == "" {
		fmt.Fprintf(c.stderr, "netc: %s: reading its part %s\n", path, stored.Show(binding.State))
	}
	if binding.Prefix != "" {
		fmt.Fprintf(c.stderr, "netc: %s: the names start with %s, which is left out\n",
			path, stored.Show(binding.Prefix))
	}
	if *b.mapping == "" && slices.Contains(o.Mappings, binding.Mapping) {
		fmt.Fprintf(c.stderr, "netc: %s: its names are translated by %s\n", path, binding.Mapping)
	}
	if binding.Mapping.Proposal && *b.expect == "" {
		fmt.Fprintf(c.stderr, "netc: warning: %s is a proposal that nobody has proven: give --expect, then remove its "+
			"line \"proposal\"\n",
			binding.Mapping)
	}
	if binding.Folded {
		fmt.Fprintf(c.stderr, "netc: %s: its batch norms are merged into the convolutions before them\n", path)
	}
}

// judge says what speaks against the binding: what the file's own operations do, what --expect finds, or, where
// neither says anything, what is known of the project whose names the file has.
func (b bindFlags) judge(c *call, t target, binding *weights.Binding, path string) error {
	warn := func(text string) { fmt.Fprintf(c.stderr, "netc: warning: %s: %s\n", path, text) }
	network := weights.Chosen{Family: t.network.Family, Variant: t.network.Listed, Graph: t.graph,
		Settings: t.chosen.settings()}
	model, err := t.chosen.model()
	if err != nil {
		return err
	}
	if model != nil {
		announce(c, model)
		network.Settings = append(network.Settings, "epsilon", "padding")
	}
	beside := around(path)
	if against := beside.speaksAgainst(model); against != "" {
		warn(against)
	}
	known, doubts, err := binding.CheckOperations(t.graph)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, doubt := range doubts {
		warn(doubt)
	}
	switch {
	case *b.expect != "":
		return b.prove(c, t, binding, path)
	case known:
		return nil // the file has said it
	}
	doubt := binding.DoubtArithmetic(network)
	if doubt == "" {
		return nil
	}
	if model == nil {
		doubt += beside.hint()
	}
	warn(doubt)
	return nil
}

// adaption says what is made of the kernels for red, green and blue.
func adaption(channels int) string {
	if channels == 1 {
		return "which are summed"
	}
	return fmt.Sprintf("which are repeated for %d channels and scaled by 3/%[1]d", channels)
}
