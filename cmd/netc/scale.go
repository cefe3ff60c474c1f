package main

import "github.com/netc-lang/netc/compiler"

func runScale(c *call) error {
	asJSON := c.flags.Bool("json", false, "print JSON for programs")
	chosen := variantFlag(c)
	file, err := c.parseOne()
	if err != nil {
		return err
	}
	if len(chosen.override) == 0 {
		return usagef("nothing to scale by: give --phi, --depth, --width, --resolution or --set")
	}
	network, err := load(file, *chosen)
	if err != nil {
		return err
	}
	return printVariants(c, []*compiler.Network{network}, *asJSON)
}
