package main

import (
	"flag"
	"fmt"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

func variantFlag(c *call) *string {
	return c.flags.String("variant", "", "the `V`ariant of the family, in any case")
}

func outputFlag(c *call, what string) *string { return c.flags.String("o", "", what) }

// load builds one variant of a file.
func load(file, variant string) (*compiler.Network, error) {
	if variant == "" {
		return nil, usagef("--variant is missing")
	}
	program, err := compiler.Load(file)
	if err != nil {
		return nil, err
	}
	return program.Build(variant, nil)
}

// weightFlags choose where the values of the parameters come from.
type weightFlags struct {
	path *string
	seed *uint64
}

func newWeightFlags(c *call) weightFlags {
	return weightFlags{
		c.flags.String("weights", "", "a safetensors file with trained `W`eights"),
		c.flags.Uint64("seed", 0, "initialise the weights from the number `N` (0 when left out)"),
	}
}

// values reads or initialises the parameters. origin says which, in words that continue a sentence.
func (w weightFlags) values(c *call, g *ir.Graph) (set params.Set, origin string, err error) {
	seeded := false
	c.flags.Visit(func(f *flag.Flag) { seeded = seeded || f.Name == "seed" })
	if *w.path != "" {
		if seeded {
			return nil, "", usagef("--weights and --seed exclude each other")
		}
		set, err = params.ReadSafetensors(*w.path, g)
		return set, "read from " + *w.path, err
	}
	origin = fmt.Sprintf("initialised from seed %d", *w.seed)
	fmt.Fprintf(c.stderr, "netc: no --weights: the weights are %s, not trained\n", origin)
	return params.Initialize(g, *w.seed), origin, nil
}
