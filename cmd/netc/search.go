package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/search"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

const searchDetails = `
Looks for the best values of what FILE leaves free: 3 in [3, 5], [1 to 2 step 0.1]; see dsl/SPEC.md, "Spaces".

--score runs a command for each candidate, with {torch}, {onnx} or {net} in place of the candidate's file, and reads a
number, or lines of an epoch and a score, from its standard output; larger is better. Other placeholders are {folder},
{candidate}, {resolution}, {seed} and {attempt}.

Costs are macs, params, activations (elements of the outputs of convolutions), weights (bytes of float32), memory (bytes
of an inference's values in generated Go), latency (of its kernels, measured in this process) and, with --onnxruntime,
ort-latency. Amounts are 8ms, 1.5GMACs, 5Mparams, 20MB (of weights), or COST=AMOUNT.

Results go to a file at once, a line each, which the same command goes on from; one that was killed has lost what was
under way, and nothing is scored twice. With --budget, nothing is searched: it answers which phi, width, depth or
resolution fits. docs/search.md walks through all of it.`

// searchFlags are what the command line of a search says.
type searchFlags struct {
	chosen *choice
	costs  *costFlags

	score, minimize, maximize *string
	within, near, front       list
	free                      list
	method                    *string
	candidates, jobs, pick    *int
	lookahead, retries        *int
	seed                      *uint64
	limit                     *time.Duration
	stop, results, out, work  *string
	executor, args, manifest  *string
	budget                    *string
	show, asJSON              *bool
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string { return strings.Join(*l, ", ") }

func (l *list) Set(text string) error {
	*l = append(*l, text)
	return nil
}

func newSearchFlags(c *call) *searchFlags {
	f := &searchFlags{chosen: variantFlag(c)}
	s, n := c.flags.String, c.flags.Int
	f.score = s("score", "", "the command `C` that scores a candidate, for the shell")
	f.minimize = s("minimize", "", "in place of a score: the least of the `COST`")
	f.maximize = s("maximize", "", "in place of a score: the most of the `COST`")
	c.flags.Var(&f.within, "within", "score only candidates that cost no more: `AMOUNT`, such as 8ms or params=5M")
	c.flags.Var(&f.near, "near",
		"multiply the score by (cost/amount)^W, as MnasNet does: `AMOUNT[,W]` (default W -0.07)")
	c.flags.Var(&f.front, "front", "look for the front of the score and the `COST`, in place of one best")
	c.flags.Var(&f.free, "free", "leave a setting free that the file gives: `NAME=LIST`, such as phi=[0 to 2 step 0.5]")
	f.method = s("method", "", "`M`: grid, random, evolution or model (default: grid where the space has no more "+
		"points than candidates, then model up to 100 candidates, then evolution)")
	f.candidates = n("candidates", 100, "try `N` candidates")
	f.jobs = n("jobs", 1, "score `N` candidates at a time")
	f.lookahead = n("lookahead", 8, "propose a candidate when all but `N` before it are known: what evolution, model "+
		"and --stop propose depends on this and not on --jobs")
	f.retries = n("retries", 1, "try a command that fails `N` times more")
	f.seed = c.flags.Uint64("seed", 1, "the number `N` that all random choices come from")
	f.limit = c.flags.Duration("time-limit", 0, "end a command that takes longer than `D`, such as 90m")
	f.stop = s("stop", "", "stop candidates that fall behind at the epochs `FIRST:LAST[:ETA]`: 1 of ETA (default 3) "+
		"goes on at FIRST, FIRST*ETA, …")
	f.results = s("results", "", "the `FILE` of results (default, with --score: FILE.results)")
	f.out = outputFlag(c, "the .net file to write the best candidate to")
	f.pick = n("pick", noCandidate, "write the candidate `N` with -o, in place of the best")
	f.work = s("work", "", "keep the candidates' files and logs in the folder `DIR`")
	f.executor = s("executor", "local", "where commands run: `E` is local, slurm, kubernetes or ray")
	f.args = s("executor-args", "", "more arguments `A` for srun, kubectl or ray job submit, separated by spaces")
	f.manifest = s("job", "", "for kubernetes: the manifest `FILE` of a Job, with {name} and {command}")
	f.budget = s("budget", "", "say what fits the `AMOUNT`, and search nothing")
	f.show = c.flags.Bool("list", false, "list what is free, and search nothing")
	f.asJSON = c.flags.Bool("json", false, "print JSON for programs")
	f.costs = newCostFlags(c)
	return f
}

func runSearch(c *call) error {
	f := newSearchFlags(c)
	file, err := c.parseOne()
	if err != nil {
		return err
	}
	if f.chosen.as != "" {
		return usagef("--as is of no use here: a search is not for published weights")
	}
	if err := f.setFree(); err != nil {
		return err
	}
	program, err := c.program(file)
	if err != nil {
		return err
	}
	if f.chosen.variant == "" {
		if err := chooseVariant(file, program, "--variant"); err != nil {
			return err
		}
	}
	space, err := program.Space(f.chosen.variant, f.chosen.override)
	if err != nil {
		return err
	}
	if names := idle(space); len(names) > 0 {
		fmt.Fprintf(c.stderr, "netc: nothing in %s, as the file is, depends on %s\n", space.Variant,
			strings.Join(names, " and "))
	}
	costs, err := f.costs.all(c)
	if err != nil {
		return err
	}
	switch {
	case *f.budget != "":
		return runBudget(c, f, program, costs)
	case *f.show:
		return printSpace(c, space, costs, *f.asJSON)
	case len(space.Dimensions) == 0:
		return wrongf("%s leaves nothing free in %s: write what is to be searched as VALUE in LIST, or give --free",
			file, space.Variant)
	}
	return f.run(c, file, space, costs)
}

// idle lists what is free and makes no difference to the baseline: the variant gives figures in its place, or the line
// that it stands in has a condition that does not hold.
func idle(s *compiler.Space) []string {
	var names []string
	for _, d := range s.Dimensions {
		if d.Idle {
			names = append(names, d.Name)
		}
	}
	return names
}

// setFree takes the settings that the command line leaves free.
func (f *searchFlags) setFree() error {
	for _, text := range f.free {
		name, values, found := strings.Cut(text, "=")
		if name = strings.TrimSpace(name); !found || name == "" {
			return usagef("write --free NAME=LIST, such as --free %q", "phi=[0 to 2 step 0.5]")
		}
		e, problems := syntax.ParseExpression(source.NewFile("--free "+name, strings.TrimSpace(values)))
		if err := problems.Err(); err != nil {
			return err
		}
		if err := f.chosen.set(name, &syntax.Free{Among: e, Span: e.Place()}); err != nil {
			return usagef("%v", err)
		}
	}
	return nil
}

// run searches, and prints and writes what is found.
func (f *searchFlags) run(c *call, file string, space *compiler.Space, costs []search.Cost) error {
	if *f.pick < noCandidate || *f.pick >= *f.candidates || f.picks() && *f.out == "" {
		return usagef("--pick says which of the --candidates, %d, from 0, is to be written with -o", *f.candidates)
	}
	s, err := f.search(space, costs)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	scorer, err := f.scorer(c, file, s)
	if err != nil {
		return err
	}
	if path := f.resultsPath(file); path != "" {
		header := search.NewHeader(filepath.Base(file), space, f.scoredBy(), s.Objective.Least, rungs(s.Halving))
		if s.Store, err = search.OpenStore(path, header); err != nil {
			return err
		}
		defer s.Store.Close()
		c.out.Reads(path)
		if n := s.Store.Skipped; n > 0 {
			fmt.Fprintf(c.stderr, "netc: %s: %s skipped that no result is in, as a run that is killed leaves behind\n",
				path, counted(n, "line"))
		}
	}
	if *f.out != "" {
		if err := c.out.Check(*f.out); err != nil {
			return err
		}
	}
	if scorer != nil {
		clean, err := makeFolder(scorer, s.Store)
		if err != nil {
			return err
		}
		defer clean()
	}
	bar := newSearchProgress(c.stderr, s)
	s.Report = bar.report
	outcome, err := s.Run(ctx)
	bar.finish()
	if err != nil {
		return f.ended(c, s, outcome, err)
	}
	if err := printOutcome(c, s, outcome, *f.asJSON); err != nil {
		return err
	}
	if *f.out != "" && (len(outcome.Best) > 0 || f.picks()) {
		return f.write(c, file, s, outcome)
	}
	if len(outcome.Best) == 0 {
		return noBest(s, outcome)
	}
	return nil
}

// noCandidate is what --pick is when it is not given.
const noCandidate = -1

// picks says whether a candidate was named that is to be written.
func (f *searchFlags) picks() bool { return *f.pick != noCandidate }

// noBest says why no candidate has a score.
func noBest(s *search.Search, o *search.Outcome) error {
	over := 0
	for _, r := range o.Results {
		if r.Status == search.Over {
			over++
		}
	}
	switch {
	case over == len(o.Results):
		return wrongf("no candidate is within the limits of --within: %s", s.Missed(o.Least))
	case over > 0:
		return wrongf("no candidate has a score: %s over the limits of --within (%s), the others have failed",
			isAre(over), s.Missed(o.Least))
	}
	return wrongf("no candidate has a score")
}

func isAre(n int) string {
	if n == 1 {
		return "1 is"
	}
	return fmt.Sprintf("%d are", n)
}

// ended says how far a search has come that ends early, and gives results that could not be stored.
func (f *searchFlags) ended(c *call, s *search.Search, o *search.Outcome, err error) error {
	kept := ""
	if s.Store != nil && len(o.Results) > 0 {
		kept = fmt.Sprintf("; %s has the results up to here, and the same command goes on from them", s.Store.Path())
	}
	var lost *search.StoreError
	switch {
	case errors.Is(err, context.Canceled):
		return wrongf("interrupted after %s%s", counted(len(o.Results), "candidate"), kept)
	case errors.As(err, &lost):
		fmt.Fprintf(c.stderr, "netc: %s could not be stored:\n", counted(len(lost.Results), "result"))
		if err := writeJSON(c.stderr, lost.Results); err != nil {
			return err
		}
		return wrongf("cannot add to the results: %v%s", err, kept)
	}
	return fmt.Errorf("%w%s", err, kept)
}

// resultsPath is the file of results, "" for none: what a graph shows by itself is faster made again than read.
func (f *searchFlags) resultsPath(file string) string {
	if *f.results != "" || *f.score == "" {
		return *f.results
	}
	base := strings.TrimSuffix(filepath.Base(file), ".net")
	if file == standardInput {
		base = "search"
	}
	return base + ".results"
}
