package main

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

func outputFlag(c *call, what string) *string { return c.flags.String("o", "", what) }

// load builds one variant of a file.
func load(file string, chosen choice) (*compiler.Network, error) {
	_, network, err := loadProgram(file, chosen)
	return network, err
}

// loadProgram is load for those who need the whole program too.
func loadProgram(file string, chosen choice) (*compiler.Program, *compiler.Network, error) {
	program, err := chosen.call.program(file)
	if err != nil {
		return nil, nil, err
	}
	if chosen.variant == "" && chosen.as == "" && len(chosen.override) == 0 {
		if err := chooseVariant(file, program, "--variant"); err != nil {
			return nil, nil, err
		}
	}
	if chosen, err = chosen.adopt(program, file); err != nil {
		return nil, nil, err
	}
	network, err := program.Build(chosen.variant, chosen.override)
	return program, network, err
}

// weightFlags choose where the values of the parameters come from.
type weightFlags struct {
	path *string
	seed *uint64
	bind bindFlags
}

func newWeightFlags(c *call) weightFlags {
	return weightFlags{
		c.flags.String("weights", "",
			"trained `W`eights: a file of safetensors, PyTorch, ONNX, NumPy, Keras, TensorFlow, TensorFlow.js or Flax"),
		c.flags.Uint64("seed", 0, "initialise the weights from the number `N`"),
		newBindFlags(c),
	}
}

// values reads or initialises the parameters. origin says which, in words that continue a sentence.
func (w weightFlags) values(c *call, t target) (set params.Set, origin string, err error) {
	if origin, err = w.origin(c); err != nil {
		return nil, "", err
	}
	if *w.path != "" {
		binding, err := w.bind.bind(c, *w.path, t, *w.seed)
		if err != nil {
			return nil, "", err
		}
		if set, err = binding.Load(); err != nil {
			return nil, "", fmt.Errorf("%s: %w", *w.path, err)
		}
		return set, origin, nil
	}
	return params.Initialize(t.graph, *w.seed), origin, nil
}

// lazy is values for those who take one parameter after the other.
func (w weightFlags) lazy(c *call, t target) (values params.Values, origin string, err error) {
	if origin, err = w.origin(c); err != nil {
		return nil, "", err
	}
	if *w.path != "" {
		binding, err := w.bind.bind(c, *w.path, t, *w.seed)
		if err != nil {
			return nil, "", err
		}
		return func(p *ir.Param) (params.Reader, error) {
			read, err := binding.Values(p)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", *w.path, err)
			}
			return func(to []float32) error {
				if err := read(to); err != nil {
					return fmt.Errorf("%s: %w", *w.path, err)
				}
				return nil
			}, nil
		}, origin, nil
	}
	return params.Initializer(t.graph, *w.seed), origin, nil
}

// short says where the values come from without folders.
func (w weightFlags) short() string {
	if *w.path != "" {
		return filepath.Base(*w.path)
	}
	return fmt.Sprintf("initialised from seed %d", *w.seed)
}

// identity says where the values come from, for those who ask a program: the file and the hash of its contents, or of
// the contents of all its files, in order; or the seed. It is known once the values are.
func (w weightFlags) identity() (string, error) {
	if *w.path == "" {
		return w.short(), nil
	}
	digest := sha256.New()
	for _, f := range *w.bind.read {
		info, err := f.Stat()
		if err != nil {
			return "", err
		}
		if _, err := io.Copy(digest, io.NewSectionReader(f, 0, info.Size())); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%s sha256:%x", w.short(), digest.Sum(nil)), nil
}

// seeded reports whether the command line has --seed.
func seeded(c *call) bool {
	found := false
	c.flags.Visit(func(f *flag.Flag) { found = found || f.Name == "seed" })
	return found
}

// asked refuses a command line that says nothing of the weights, for commands that write them: a model of random
// weights looks like a trained one, so whoever wants one says so.
func (w weightFlags) asked(c *call) error {
	if *w.path == "" && !seeded(c) {
		if *w.bind.expect != "" {
			return usagef("--expect belongs to --weights")
		}
		return usagef("the weights are missing: give --weights W, or --seed N for weights drawn at random, " +
			"to measure or to test with")
	}
	return nil
}

// origin says where the values come from. That they are not trained is said where nobody asked for that.
func (w weightFlags) origin(c *call) (string, error) {
	seeded := seeded(c)
	if *w.path != "" {
		if seeded && len(*w.bind.reinit) == 0 {
			return "", usagef("--weights and --seed exclude each other, unless --reinit names what to initialise")
		}
		return "read from " + filepath.Base(*w.path), nil
	}
	if *w.bind.expect != "" {
		return "", usagef("--expect belongs to --weights")
	}
	origin := fmt.Sprintf("initialised from seed %d", *w.seed)
	if !seeded {
		fmt.Fprintf(c.stderr, "netc: no --weights: the weights are %s, not trained\n", origin)
	}
	return origin, nil
}

// uncollected puts off the collection of garbage until what it returns is called: commands that read architectures, and
// weights a piece at a time at most, are mostly over before collecting pays. It begins at 64 MB, sixteen times what Go
// waits for, and goes on at twice what is in use: the first collection takes what nothing refers to, whose clean-up
// sets the percentage back.
func uncollected() (end func()) {
	before := debug.SetGCPercent(16 * 100)
	var once sync.Once
	restore := func() { once.Do(func() { debug.SetGCPercent(before) }) }
	runtime.AddCleanup(new([16]byte), func(restore func()) { restore() }, restore)
	return restore
}
