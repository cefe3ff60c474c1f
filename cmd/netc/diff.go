package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/diff"
)

const diffDetails = `
A network is a FILE, or FILE:VARIANT where the file has several variants; ":VARIANT" is another variant of the first
file. Layers are compared by their names. Exit code 1 says that the networks differ.`

func runDiff(c *call) error {
	defer uncollected()()
	asJSON := c.flags.Bool("json", false, "print JSON for programs")
	names, err := c.parse()
	if err != nil {
		return err
	}
	if len(names) != 2 {
		return usagef("it takes two networks, got %d", len(names))
	}
	if file, _ := splitVariant(names[0]); strings.HasPrefix(names[1], ":") {
		names[1] = file + names[1]
	}
	a, err := c.network(names[0])
	if err != nil {
		return err
	}
	b, err := c.network(names[1])
	if err != nil {
		return err
	}
	differences := diff.Compare(diff.Layers(a.Graph), diff.Layers(b.Graph))
	if *asJSON {
		err = writeJSON(c.stdout, differences)
	} else {
		err = printDiff(c.stdout, a, b, differences)
	}
	if err == nil && len(differences) > 0 {
		return errDiffers
	}
	return err
}

// splitVariant takes FILE:VARIANT apart. What is a file is one, whatever its name.
func splitVariant(name string) (file, variant string) {
	if _, err := os.Stat(name); err == nil {
		return name, ""
	}
	i := strings.LastIndex(name, ":")
	if i < 0 || strings.ContainsAny(name[i:], `/\`) {
		return name, ""
	}
	return name[:i], name[i+1:]
}

// network builds what FILE or FILE:VARIANT names.
func (c *call) network(name string) (*compiler.Network, error) {
	file, variant := splitVariant(name)
	program, err := c.program(file)
	if err != nil {
		return nil, err
	}
	if variant == "" {
		if err := chooseVariant(file, program, file+":VARIANT"); err != nil {
			return nil, err
		}
	}
	return program.Build(variant, nil)
}

func printDiff(out io.Writer, a, b *compiler.Network, differences []diff.Difference) error {
	if len(differences) == 0 {
		_, err := fmt.Fprintf(out, "%s and %s have the same layers\n", a.Graph.Name, b.Graph.Name)
		return err
	}
	differences = append(slices.Clone(differences), diff.Difference{}) // the sums
	return table(out, fmt.Sprintf("layer\t%s\t%s\tparams\tMACs\t", a.Graph.Name, b.Graph.Name), len(differences),
		func(w io.Writer, i int) {
			d := differences[i]
			if d.Name == "" {
				params, macs := b.Graph.ParamCount()-a.Graph.ParamCount(), b.Graph.MACs()-a.Graph.MACs()
				fmt.Fprintf(w, "all\t%s\t%s\t%s\t%s\t\n",
					thousands(a.Graph.ParamCount()), thousands(b.Graph.ParamCount()), signed(params), signed(macs))
				return
			}
			var none diff.Layer
			x, y := &none, &none
			if d.A != nil {
				x = d.A
			}
			if d.B != nil {
				y = d.B
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t\n", d.Name, d.A.Describe(d.B), d.B.Describe(d.A),
				signed(y.Params-x.Params), signed(y.MACs-x.MACs))
		})
}

// signed prints a difference with its sign.
func signed(n int64) string {
	switch {
	case n > 0:
		return "+" + thousands(n)
	case n < 0:
		return "-" + thousands(-n)
	}
	return "0"
}
