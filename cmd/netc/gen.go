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
	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler/pass"
)

func runGen(c *call) error {
	variant := variantFlag(c)
	weights := newWeightFlags(c)
	passes := newPassFlags(c)
	framing := newAroundFlags(c)
	features := newFeatureFlags(c)
	name := c.flags.String("package", "", "the `P`ackage's name (default: the folder's)")
	dtype, arithmetic := weightsTypeFlag(c), arithmeticFlag(c)
	separate := c.flags.Bool("weights-file", false,
		"leave the weights out of the program, which opens a file of them: "+
			"weights.bin, or what netc pack writes; without --weights and --seed, write the code alone")
	shared := c.flags.Bool("shared", false, "import netc's engine and kernels instead of carrying a copy: "+
		"several models in a program share them, and the package is four files")
	printPlan := c.flags.Bool("print-plan", false, "print the plan: each step's kernel, memory and weights")
	out := outputFlag(c, "the folder of the package, made if it is missing; with several variants, of their folders")
	file, err := c.parseOne()
	if err != nil {
		return err
	}
	if *out == "" {
		return usagef("-o is missing")
	}
	bare := *separate && *weights.path == "" && !seeded(c)
	if !bare {
		if err := weights.asked(c); err != nil {
			return err
		}
	}
	if output.IsStream(*out) {
		return usagef("a package is a folder of several files: -o cannot be %s", *out)
	}
	if err := passes.check(pass.Canonical | pass.Lowering); err != nil {
		return err
	}
	frame, err := framing.read()
	if err != nil {
		return err
	}
	if frame.normalisation, err = variant.normalised(frame.normalisation); err != nil {
		return err
	}
	outputs, err := features.read(c)
	if err != nil {
		return err
	}
	g := &generation{call: c, name: *name,
		options: golang.Options{Separate: *separate, Bare: bare, Shared: *shared, Around: aroundOf(frame)}}
	choices, each, err := g.variants(*variant, weights)
	if err != nil {
		return err
	}
	return g.write(*out, choices, func(i int) (*packed, error) {
		one, err := packing{file: file, chosen: &choices[i], weights: each[i], passes: passes, features: outputs,
			bare: bare, options: []plan.Option{plan.WithWeights(*dtype), plan.WithArithmetic(*arithmetic)}}.pack(c)
		if err == nil && *printPlan {
			printPlans(c, one.plan)
		}
		return one, err
	})
}

// printPlans prints a plan and, where it has one, that with arithmetic of float16.
func printPlans(c *call, p *plan.Plan) {
	fmt.Fprint(c.stdout, p)
	if p.Half != nil {
		fmt.Fprintf(c.stdout, "with arithmetic of float16:\n%s", p.Half)
	}
}

// generation is what gen is asked to write.
type generation struct {
	call    *call
	name    string // that --package gives
	options golang.Options
}

// write writes the packages of the variants that are chosen, each of what planned returns for its number.
func (g *generation) write(out string, choices []choice, planned func(i int) (*packed, error)) (err error) {
	if len(choices) == 1 {
		if g.options.Package, err = packageName(out, g.name); err != nil {
			return err
		}
	}
	var all []*packed
	for i := range choices {
		one, err := planned(i)
		if err != nil {
			return err
		}
		all = append(all, one)
	}
	defer busy(g.call.stderr, "writing the package")()
	if len(all) > 1 {
		return g.several(out, all, choices)
	}
	return g.one(out, all[0])
}

// aroundOf is what a package computes before and behind the network.
func aroundOf(f framing) golang.Around {
	return golang.Around{Preprocess: f.preprocess, Normalisation: f.normalisation, Softmax: f.softmax, TopK: f.topK,
		Labels: f.labels}
}

// one writes one package.
func (g *generation) one(dir string, p *packed) error {
	options := g.options
	options.From = p.from
	files, err := golang.Generate(p.plan, options)
	var badName golang.PackageNameError
	if errors.As(err, &badName) {
		return usageError{err.Error()}
	}
	if err != nil {
		return err
	}
	return writePackages(g.call, folder{dir, p.network, files})
}

// weightsTypeFlag declares the type of weights in a file of them.
func weightsTypeFlag(c *call) *kernel.ElementType {
	return typeFlag(c, "weights-dtype",
		"the `T`ype of the weights in their file: fp32, or fp16, which takes half the memory (default: fp32)")
}

// arithmeticFlag declares the type that networks compute with.
func arithmeticFlag(c *call) *kernel.ElementType {
	return typeFlag(c, "arithmetic", "the `T`ype to compute with: fp32, or fp16 where the processor does that "+
		"(FEAT_FP16 of arm64), and fp32 on others (default: fp32)")
}

func typeFlag(c *call, name, usage string) *kernel.ElementType {
	dtype := new(kernel.ElementType)
	c.flags.Func(name, usage, func(text string) error {
		switch text {
		case "fp32":
			*dtype = kernel.F32
		case "fp16":
			*dtype = kernel.F16
		default:
			return fmt.Errorf("it can be fp32 or fp16")
		}
		return nil
	})
	return dtype
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
		if strings.HasSuffix(path, "_test.go") || output.Marked(golang.Marks(path)...)(path) == nil {
			continue
		}
		const head = 64 << 10
		parsed, err := parser.ParseFile(token.NewFileSet(), path, output.Head(path, head), parser.PackageClauseOnly)
		if err == nil && parsed.Name.Name != "main" {
			return path, parsed.Name.Name
		}
	}
	return "", ""
}
