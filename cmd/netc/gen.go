package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/netc-lang/netc/cmd/netc/output"
	"github.com/netc-lang/netc/codegen/golang"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler/pass"
)

func runGen(c *call) error {
	variant := variantFlag(c)
	weights := newWeightFlags(c)
	passes := newPassFlags(c)
	name := c.flags.String("package", "", "the `P`ackage's name (default: the folder's)")
	dtype := c.flags.String("weights-dtype", "fp32", "the `T`ype of the weights in weights.bin: fp32, or fp16, widened when the program starts")
	separate := c.flags.Bool("weights-file", false, "leave weights.bin out of the program, which maps it into memory when it starts")
	printPlan := c.flags.Bool("print-plan", false, "print the plan: each step's kernel, memory and weights")
	out := outputFlag(c, "the folder of the package, made if it is missing")
	file, err := c.parseOne()
	if err != nil {
		return err
	}
	if *out == "" {
		return usagef("-o is missing")
	}
	if output.IsStream(*out) {
		return usagef("a package is a folder of several files: -o cannot be %s", *out)
	}
	if *dtype != "fp32" && *dtype != "fp16" {
		return usagef("--weights-dtype is %q, but can be fp32 or fp16", *dtype)
	}
	if err := passes.check(pass.Canonical(), pass.Lowering()); err != nil {
		return err
	}
	if *name == "" {
		*name = packageName(*out)
	}
	network, err := load(file, *variant)
	if err != nil {
		return err
	}
	lowered := pass.Lower(network.Graph, passes.observer(network.Graph))
	values, origin, err := weights.lazy(c, target{file, *variant, network, lowered.Canonical})
	if err != nil {
		return err
	}
	finish := busy(c.stderr, "packing weights")
	p, err := plan.Build(lowered, values)
	finish()
	if err != nil {
		return err
	}
	if *printPlan {
		fmt.Fprint(c.stdout, p)
	}
	defer busy(c.stderr, "writing the package")()
	files, err := golang.Generate(p, golang.Options{
		Package: *name, Source: filepath.ToSlash(file), Weights: origin, Half: *dtype == "fp16", Separate: *separate,
	})
	var badName golang.PackageNameError
	if errors.As(err, &badName) {
		return usageError{err.Error()}
	}
	if err != nil {
		return err
	}
	return writePackage(c, *out, network, files)
}

// packageName makes a package name of a folder's: lower case, without what an identifier cannot have.
func packageName(dir string) string {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return filepath.Base(dir)
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_':
			return r
		}
		return -1
	}, filepath.Base(absolute))
}
