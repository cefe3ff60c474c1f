package main

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
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
	dtype := c.flags.String("weights-dtype", "fp32",
		"the `T`ype of the weights in weights.bin: fp32, or fp16, widened when the program starts")
	separate := c.flags.Bool("weights-file", false,
		"leave weights.bin out of the program, which maps it into memory when it starts")
	shared := c.flags.Bool("shared", false, "import netc's engine and kernels instead of carrying a copy: "+
		"several models in a program share them, and the package is three files")
	printPlan := c.flags.Bool("print-plan", false, "print the plan: each step's kernel, memory and weights")
	out := outputFlag(c, "the folder of the package, made if it is missing")
	file, err := c.parseOne()
	if err != nil {
		return err
	}
	if *out == "" {
		return usagef("-o is missing")
	}
	if err := weights.asked(c); err != nil {
		return err
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
	if *name, err = packageName(*out, *name); err != nil {
		return err
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
		Package: *name, Source: sourceName(file), Weights: origin,
		Half: *dtype == "fp16", Separate: *separate, Shared: *shared,
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

// sourceName says in generated code where it comes from. Folders are left out: the same file gives the same bytes
// wherever it lies.
func sourceName(file string) string {
	if file == standardInput {
		return "standard input"
	}
	return filepath.Base(file)
}

// packageName returns what a folder's package is called: what --package says; else as the Go files say that somebody
// has written there; else as the folder. Go's tools take the last word of an import path for the name until they have
// read the files, so nothing is made of it. A folder that no package can be called after needs --package.
func packageName(dir, chosen string) (string, error) {
	file, written := writtenPackage(dir)
	switch {
	case chosen != "" && written != "" && chosen != written:
		return "", fmt.Errorf("%s is of package %s: a folder has one package, so --package cannot be %s",
			file, written, chosen)
	case chosen != "":
		return chosen, nil
	case written != "":
		return written, nil
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	name := filepath.Base(absolute)
	if golang.IsPackageName(name) {
		return name, nil
	}
	kept := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return -1
	}, name)
	if kept = strings.TrimLeft(kept, "0123456789_"); !golang.IsPackageName(kept) {
		kept = "network"
	}
	return "", usagef("a package cannot be called after its folder, %q: give its name, such as --package %s",
		name, kept)
}

// writtenPackage returns the package of the first Go file in a folder that netc has not written, such as the one that
// says how the package is generated, and that file.
func writtenPackage(dir string) (file, name string) {
	paths, err := filepath.Glob(filepath.Join(escapeGlob(dir), "*.go"))
	if err != nil {
		return "", ""
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") || output.Begins(path, golang.Mark(path)) {
			continue
		}
		const head = 64 << 10
		parsed, err := parser.ParseFile(token.NewFileSet(), path, output.Head(path, head), parser.PackageClauseOnly)
		if err == nil && parsed.Name != nil && parsed.Name.Name != "main" {
			return path, parsed.Name.Name
		}
	}
	return "", ""
}
