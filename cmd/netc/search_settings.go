package main

import (
	"errors"
	"flag"
	"slices"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/search"
	"github.com/netc-lang/netc/compiler/search/method"
)

// search makes the search that the flags describe, without its scorer.
func (f *searchFlags) search(space *compiler.Space, costs []search.Cost) (*search.Search, error) {
	s := &search.Search{Space: space, Costs: search.Static(), Seed: *f.seed, Count: *f.candidates, Jobs: *f.jobs,
		Lookahead: *f.lookahead, Retries: *f.retries}
	if s.Count < 1 || s.Jobs < 1 || s.Lookahead < 1 || s.Retries < 0 {
		return nil, usagef("--candidates, --jobs and --lookahead are at least 1, --retries at least 0")
	}
	if err := f.objective(s, costs); err != nil {
		return nil, err
	}
	if err := f.setMethod(s); err != nil {
		return nil, err
	}
	var err error
	if s.Halving, err = f.halving(); err != nil {
		return nil, err
	}
	learns := s.Halving != nil || s.NewMethod(&method.Space{}).Learns()
	if learns && s.Jobs > s.Lookahead {
		return nil, usagef(
			"--jobs %d needs --lookahead %[1]d or more: a candidate depends on the results of those before", s.Jobs)
	}
	return s, nil
}

// objective reads what is to be best, and which costs that takes.
func (f *searchFlags) objective(s *search.Search, costs []search.Cost) error {
	wanted := map[string]bool{}
	for _, text := range f.within {
		q, err := search.ParseQuantity(text, costs)
		if err != nil {
			return usagef("--within: %v", err)
		}
		s.Within = append(s.Within, q)
		wanted[q.Cost] = true
	}
	for _, text := range f.near {
		amount, exponent, given := strings.Cut(text, ",")
		q, err := search.ParseQuantity(amount, costs)
		if err != nil {
			return usagef("--near: %v", err)
		}
		n := search.Near{Quantity: q, Exponent: search.MnasExponent}
		if given {
			if n.Exponent, err = strconv.ParseFloat(strings.TrimSpace(exponent), 64); err != nil {
				return usagef("--near: %q is no exponent: write --near 8ms,-0.07", exponent)
			}
		}
		s.Objective.Near = append(s.Objective.Near, n)
		wanted[q.Cost] = true
	}
	s.Objective.Front = f.front
	for _, name := range append(slices.Clone(f.costs.more), f.front...) {
		wanted[name] = true
	}
	for _, name := range []string{*f.minimize, *f.maximize} {
		wanted[name] = name != ""
	}
	for _, name := range sortedKeys(wanted) {
		i := slices.IndexFunc(costs, func(cost search.Cost) bool { return cost.Name == name })
		if i < 0 {
			return usagef("there is no cost %q: the costs are %s", name, costNames(costs))
		}
		if !slices.ContainsFunc(s.Costs, func(cost search.Cost) bool { return cost.Name == name }) {
			s.Costs = append(s.Costs, costs[i])
		}
	}
	return nil
}

// setMethod chooses the method that --method names, or what suits the space. A grid is tried to its end, unless
// --candidates says how much of it.
func (f *searchFlags) setMethod(s *search.Search) (err error) {
	var name string
	var unknown method.UnknownError
	name, s.NewMethod, err = method.Named(*f.method, s.Space.Size(), s.Count)
	switch {
	case errors.As(err, &unknown):
		return usagef("%v", err)
	case err != nil:
		return wrongf("%v: take larger steps, or --method random, evolution or model", err)
	}
	if name == method.GridName && !f.given("candidates") {
		s.Count = 0
	}
	return nil
}

// given reports whether the command line has a flag.
func (f *searchFlags) given(name string) bool {
	found := false
	f.chosen.call.flags.Visit(func(given *flag.Flag) { found = found || given.Name == name })
	return found
}

// halving reads --stop.
func (f *searchFlags) halving() (*search.Halving, error) {
	if *f.stop == "" {
		return nil, nil
	}
	numbers := []int{0, 0, 3}
	parts := strings.Split(*f.stop, ":")
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || len(parts) < 2 || len(parts) > 3 {
			return nil, usagef("write --stop FIRST:LAST or FIRST:LAST:ETA, such as 3:27")
		}
		numbers[i] = n
	}
	h, err := search.NewHalving(numbers[0], numbers[1], numbers[2])
	if err != nil {
		return nil, usagef("--stop: %v", err)
	}
	return h, nil
}

func rungs(h *search.Halving) []int {
	if h == nil {
		return nil
	}
	return h.Rungs
}
