package main

import (
	"fmt"
	"io"

	"github.com/netc-lang/netc/compiler/ir"
)

// layerRow is one layer as "summary --json" prints it. In is the shape of the first input.
type layerRow struct {
	Name   string `json:"name"`
	Op     string `json:"op"`
	In     []int  `json:"in"`
	Out    []int  `json:"out"`
	Params int64  `json:"params"`
	MACs   int64  `json:"macs"`
}

func runSummary(c *call) error {
	defer uncollected()()
	asJSON := c.flags.Bool("json", false, "print JSON for programs")
	variant := variantFlag(c)
	file, err := c.parseOne()
	if err != nil {
		return err
	}
	network, err := load(file, *variant)
	if err != nil {
		return err
	}
	rows := layerRows(network.Graph)
	if *asJSON {
		return writeJSON(c.stdout, rows)
	}
	err = table(c.stdout, "layer\top\tin\tout\tparams\tMACs\t", len(rows), func(w io.Writer, i int) {
		r := rows[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t\n", r.Name, r.Op, ir.Shape(r.In), ir.Shape(r.Out), thousands(r.Params), thousands(r.MACs))
	})
	if err == nil {
		_, err = fmt.Fprintf(c.stdout, "%s: %s params, %s MACs\n", network.Graph.Name, thousands(network.Graph.ParamCount()), thousands(network.Graph.MACs()))
	}
	return err
}

func layerRows(g *ir.Graph) []layerRow {
	var rows []layerRow
	for _, n := range g.Nodes {
		if len(n.Inputs) == 0 {
			continue
		}
		op := ir.InfoOf(n.Op).Name
		if a, ok := n.Op.(ir.Activation); ok {
			op = string(a.Function)
		}
		rows = append(rows, layerRow{n.Name, op, n.Inputs[0].Shape, n.Shape, n.ParamCount(), n.MACs()})
	}
	return rows
}
