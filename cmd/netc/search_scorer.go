package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/netc-lang/netc/compiler/search"
	"github.com/netc-lang/netc/compiler/search/evaluator"
)

// scoredBy is what the file of results says of the scores in it.
func (f *searchFlags) scoredBy() string {
	switch {
	case *f.minimize != "":
		return "least " + *f.minimize
	case *f.maximize != "":
		return "most " + *f.maximize
	}
	return *f.score
}

// scorer sets what scores candidates. It returns it where it is a command, which needs a folder for its files.
func (f *searchFlags) scorer(c *call, file string, s *search.Search) (*evaluator.Scorer, error) {
	given := 0
	for _, text := range []string{*f.score, *f.minimize, *f.maximize} {
		if text != "" {
			given++
		}
	}
	switch {
	case given != 1:
		return nil, usagef("say what is best: one of --score, --minimize and --maximize")
	case *f.minimize != "":
		if len(s.Objective.Near) > 0 {
			return nil, usagef("--near multiplies a score that is to be large: with --minimize, give --within")
		}
		s.Scorer, s.Objective.Score, s.Objective.Least = costScorer(*f.minimize), f.scoredBy(), true
		return nil, nil
	case *f.maximize != "":
		s.Scorer, s.Objective.Score = costScorer(*f.maximize), f.scoredBy()
		return nil, nil
	}
	executor, err := f.newExecutor(c)
	if err != nil {
		return nil, err
	}
	scorer := &evaluator.Scorer{Line: *f.score, Files: candidateFiles(file), Folder: *f.work, Keep: *f.work != "",
		Limit: *f.limit, Seed: *f.seed, Executor: executor,
		Job: fmt.Sprintf("netc-%s", strconv.FormatInt(time.Now().UnixMilli(), 36))}
	if err := scorer.Check(); err != nil {
		return nil, usagef("--score: %v", err)
	}
	s.Scorer, s.Exclusive = scorer, executor.Local()
	return scorer, nil
}

// costScorer takes the cost of its name for the score.
type costScorer string

// Score implements search.Scorer.
func (s costScorer) Score(_ context.Context, c *search.Candidate, _ func(search.Epoch) bool) (float64, error) {
	return c.Costs[string(s)], nil
}

func (f *searchFlags) newExecutor(c *call) (evaluator.Executor, error) {
	args := strings.Fields(*f.args)
	if (*f.executor == "kubernetes") != (*f.manifest != "") {
		return nil, usagef("--executor kubernetes and --job belong together")
	}
	switch *f.executor {
	case "local":
		if len(args) > 0 {
			return nil, usagef("--executor-args belongs to --executor slurm, kubernetes or ray")
		}
		return evaluator.Here{}, nil
	case "slurm":
		return evaluator.Slurm{Args: args}, nil
	case "ray":
		return evaluator.Ray{Args: args}, nil
	case "kubernetes":
		text, err := os.ReadFile(*f.manifest)
		if err != nil {
			return nil, err
		}
		c.out.Reads(*f.manifest)
		k := evaluator.Kubernetes{Manifest: string(text), Args: args}
		if err := k.Check(); err != nil {
			return nil, fmt.Errorf("%s: %w", *f.manifest, err)
		}
		return k, nil
	}
	return nil, usagef("there is no executor %q: those are local, slurm, kubernetes and ray", *f.executor)
}
