package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/netc-lang/netc/cmd/netc/output"
	"github.com/netc-lang/netc/export/report"
)

const compareDetails = `
A network is a FILE, or FILE:VARIANT where the file has several variants; ":VARIANT" is another variant of the file
before. With -o, it writes a page that shows them side by side, as "netc report" does.

Memory is that of an inference's values in generated Go, with one worker; weights come to it. Layers are convolutions,
linear layers and products of matrices.`

func runCompare(c *call) error {
	defer uncollected()()
	asJSON := c.flags.Bool("json", false, "print JSON for programs")
	measure := c.flags.Bool("measure", false, "time the networks on this machine, in turn")
	seconds := c.flags.Float64("seconds", 8, "measure for `S` seconds")
	out := outputFlag(c, "a page to write; - is standard output")
	names, err := c.parse()
	if err != nil {
		return err
	}
	if len(names) < 2 {
		return usagef("it takes two networks or more, got %d", len(names))
	}
	page := &report.Page{Title: strings.Join(names, ", "), Command: "netc compare"}
	var files []string
	for i, name := range names {
		if strings.HasPrefix(name, ":") && i > 0 {
			name = files[i-1] + name
		}
		n, err := c.network(name)
		if err != nil {
			return err
		}
		file, _ := splitVariant(name)
		files = append(files, file)
		one, err := costed(n)
		if err != nil {
			return err
		}
		page.Networks = append(page.Networks, one)
	}
	page.Source = strings.Join(slices.Compact(slices.Clone(files)), ", ")
	if *measure {
		finish := busy(c.stderr, "measuring")
		err := timeNetworks(page.Networks, runtime.GOMAXPROCS(0), time.Duration(*seconds*float64(time.Second)))
		finish()
		if err != nil {
			return err
		}
	}
	switch {
	case *out != "":
		write := func(w io.Writer) error { return report.Write(w, page) }
		return c.out.Write(output.File{Path: *out, Write: write})
	case *asJSON:
		return writeJSON(c.stdout, report.Figures(page.Networks))
	}
	return printCompared(c.stdout, page.Networks)
}

// printCompared prints a row for each figure, and behind those of the second and later networks what they are of the
// first's.
func printCompared(w io.Writer, networks []report.Network) error {
	all := report.Figures(networks)
	header := "\t"
	for i, f := range all {
		header += f.Name + "\t"
		if i > 0 {
			header += "\t"
		}
	}
	type line struct {
		name string
		of   func(f report.Figure) int64
	}
	lines := []line{
		{"params", func(f report.Figure) int64 { return f.Params }},
		{"MACs", func(f report.Figure) int64 { return f.MACs }},
		{"activations", func(f report.Figure) int64 { return f.Activations }},
		{"memory, bytes", func(f report.Figure) int64 { return f.Memory }},
		{"layers", func(f report.Figure) int64 { return int64(f.Layers) }},
	}
	if all[0].Latency > 0 {
		lines = append(lines, line{"latency, µs", func(f report.Figure) int64 { return f.Latency.Microseconds() }})
	}
	return table(w, header, len(lines)+1, func(w io.Writer, i int) {
		if i == 0 {
			fmt.Fprint(w, "input\t")
			for k, f := range all {
				fmt.Fprintf(w, "%s\t", f.Input)
				if k > 0 {
					fmt.Fprint(w, "\t")
				}
			}
			fmt.Fprintln(w)
			return
		}
		l := lines[i-1]
		fmt.Fprintf(w, "%s\t", l.name)
		first := l.of(all[0])
		for k, f := range all {
			fmt.Fprintf(w, "%s\t", thousands(l.of(f)))
			if k > 0 {
				fmt.Fprintf(w, "× %.3g\t", float64(l.of(f))/float64(max(first, 1)))
			}
		}
		fmt.Fprintln(w)
	})
}
