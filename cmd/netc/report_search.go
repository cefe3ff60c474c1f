package main

import (
	"slices"
	"strconv"

	"github.com/netc-lang/netc/compiler/search"
	"github.com/netc-lang/netc/export/report"
)

// searched reads the results of a search for a report.
func searched(path, cost string) (*report.Search, error) {
	header, results, err := search.ReadResults(path)
	if err != nil {
		return nil, err
	}
	found := &report.Search{Score: "score", Cost: cost}
	if cost == "" {
		found.Cost = "macs"
		if slices.ContainsFunc(results, func(r *search.Result) bool { return r.Costs["latency"] > 0 }) {
			found.Cost = "latency"
		}
	}
	if header.Least {
		found.Score = header.Score
	}
	front := search.Objective{Least: header.Least, Front: []string{found.Cost}}.Best(results)
	for _, r := range results {
		switch r.Status {
		case search.Failed:
			found.Failed++
		case search.Done, search.Stopped:
			v, ok := r.Costs[found.Cost]
			if !ok {
				return nil, wrongf("%s has no %s of candidate %d: its costs are others", path, found.Cost, r.Number)
			}
			p := report.Point{Name: strconv.Itoa(r.Number), Settings: searchedSettings(header, r), Score: r.Score,
				Cost: v, Front: slices.Contains(front, r)}
			if n := len(r.Epochs); r.Status == search.Stopped && n > 0 {
				p.Stopped, p.Score = r.Epochs[n-1].Epoch, r.Epochs[n-1].Score
			}
			found.Points = append(found.Points, p)
		}
	}
	return found, nil
}

// searchedSettings lists what a search has chosen, in the order of the space.
func searchedSettings(header search.Header, r *search.Result) []string {
	var settings []string
	for _, d := range header.Dimensions {
		settings = append(settings, d.Name+" = "+r.Values[d.Name])
	}
	return settings
}
