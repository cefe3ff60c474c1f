package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/search"
)

// budgetRow is what fits a budget by one setting, as "search --budget --json" prints it. A setting of which nothing
// fits has no value.
type budgetRow struct {
	Setting string      `json:"setting"`
	Value   *float64    `json:"value"`
	Cost    float64     `json:"cost"` // of what the budget is of
	Weights int64       `json:"weights"`
	Variant *variantRow `json:"network"`
}

// runBudget says which phi, depth, width or resolution fits a budget, and what that network is.
func runBudget(c *call, f *searchFlags, program *compiler.Program, costs []search.Cost) error {
	q, err := search.ParseQuantity(*f.budget, costs)
	if err != nil {
		return usagef("--budget: %v", err)
	}
	cost := costs[slices.IndexFunc(costs, func(cost search.Cost) bool { return cost.Name == q.Cost })]
	stop := busy(c.stderr, "looking for what fits")
	fits, err := search.FitBudget(program, f.chosen.variant, f.chosen.override, q.Value, cost)
	stop()
	var none *search.NoneGrowsError
	switch {
	case errors.As(err, &none) && len(none.Unmoved) > 0:
		return wrongf("%w: give the budget of another cost, of %s", err, costNames(costs))
	case errors.As(err, &none) && len(none.Given) == 0:
		return wrongf("%w: scale its family with std/scaling", err)
	case err != nil:
		return err
	}
	rows, some, err := budgetRows(fits)
	if err != nil {
		return err
	}
	if *f.asJSON {
		err = writeJSON(c.stdout, rows)
	} else {
		err = printBudget(c, rows, cost, q)
	}
	if err == nil && !some {
		return wrongf("no network of the family is within %s of %s", cost.Format(q.Value), cost.Name)
	}
	return err
}

func budgetRows(fits []search.Fit) (rows []budgetRow, some bool, err error) {
	for _, fit := range fits {
		row := budgetRow{Setting: fit.Setting}
		if n := fit.Network; n != nil {
			static, err := costsOf(n, search.Static())
			if err != nil {
				return nil, false, err
			}
			some = true
			row.Value, row.Cost, row.Weights = &fit.Value, fit.Cost, int64(static[3])
			v := rowOf(n)
			row.Variant = &v
		}
		rows = append(rows, row)
	}
	return rows, some, nil
}

func printBudget(c *call, rows []budgetRow, cost search.Cost, q search.Quantity) error {
	own := slices.ContainsFunc(search.Static(), func(s search.Cost) bool { return s.Name == cost.Name })
	largest := "largest"
	if cost.Timed {
		largest = "largest found" // not every value is measured, and no two measurements are the same
	}
	header := largest + "\tresolution\twidth\tdepth\tparams\tMACs\tactivations\tweights\t"
	if !own {
		header += cost.Name + "\t"
	}
	command := ""
	err := table(c.stdout, header+"of budget\t", len(rows), func(w io.Writer, i int) {
		r := rows[i]
		if r.Value == nil {
			fmt.Fprintf(w, "no %s fits\t%s\n", r.Setting, strings.Repeat("-\t", strings.Count(header, "\t")))
			return
		}
		if command == "" {
			command = fmt.Sprintf("--%s %g", r.Setting, *r.Value)
		}
		v := r.Variant
		fmt.Fprintf(w, "%s %g\t%s\t%.4g\t%.4g\t%s\t%s\t%s\t%.4g MB\t", r.Setting, *r.Value, v.resolution(), v.Width,
			v.Depth, thousands(v.Params), thousands(v.MACs), thousands(v.Activations), float64(r.Weights)/1e6)
		if !own {
			fmt.Fprintf(w, "%s\t", cost.Format(r.Cost))
		}
		fmt.Fprintf(w, "%.1f%%\t\n", 100*r.Cost/q.Value)
	})
	if err != nil || command == "" {
		return err
	}
	_, err = fmt.Fprintf(c.stdout, "\nEach row changes one setting. The first as a network: netc gen, onnx, torch and "+
		"scale with %s\n", command)
	return err
}
