package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler"
)

const diffDetails = `
A network is a FILE, or FILE:VARIANT where the file has several variants; ":VARIANT" is another variant of the first
file. Layers are compared by their names. Exit code 1 says that the networks differ.`

// layerDiff is a layer that two networks do not have alike; of one that only one of them has, the other row is nil.
type layerDiff struct {
	Name string    `json:"name"`
	A    *layerRow `json:"a"`
	B    *layerRow `json:"b"`
}

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
	differences := compareLayers(layerRows(a.Graph), layerRows(b.Graph))
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

// compareLayers lists the layers that differ in the order of the first network; what only the second has stands behind
// the layer that it follows there.
func compareLayers(a, b []layerRow) []layerDiff {
	inA, inB := map[string]bool{}, map[string]*layerRow{}
	for i := range a {
		inA[a[i].Name] = true
	}
	added := map[string][]*layerRow{} // by the layer of a before them; "" at the beginning
	last := ""
	for i := range b {
		r := &b[i]
		inB[r.Name] = r
		if inA[r.Name] {
			last = r.Name
		} else {
			added[last] = append(added[last], r)
		}
	}
	differences := []layerDiff{}
	add := func(after string) {
		for _, r := range added[after] {
			differences = append(differences, layerDiff{r.Name, nil, r})
		}
	}
	add("")
	for i := range a {
		r := &a[i]
		if other := inB[r.Name]; other == nil || !r.equal(other) {
			differences = append(differences, layerDiff{r.Name, r, other})
		}
		add(r.Name)
	}
	return differences
}

// equal reports whether two layers are the same operation with the same settings on the same inputs.
func (r *layerRow) equal(other *layerRow) bool {
	return r.Op == other.Op && r.inputs() == other.inputs() &&
		slices.Equal(r.settings, other.settings) && slices.Equal(r.from, other.from)
}

// describe is a layer in a cell beside the other network's, which may be nil: what it is, the settings that differ, the
// shape of its result, and the layers that it reads where those are others.
func (r *layerRow) describe(other *layerRow) string {
	if r == nil {
		return "-"
	}
	words := []string{r.Op}
	if other != nil {
		for _, s := range r.settings {
			if !slices.Contains(other.settings, s) {
				words = append(words, strings.ReplaceAll(strings.ToLower(s), ":", ""))
			}
		}
	} else if r.Kernel.Height*r.Kernel.Width > 1 {
		words = append(words, fmt.Sprintf("kernel %s", r.Kernel))
	}
	words = append(words, r.Out.String())
	if other != nil && !slices.Equal(r.from, other.from) {
		words = append(words, "of "+strings.Join(r.from, ", "))
	}
	return strings.Join(words, " ")
}

func printDiff(out io.Writer, a, b *compiler.Network, differences []layerDiff) error {
	if len(differences) == 0 {
		_, err := fmt.Fprintf(out, "%s and %s have the same layers\n", a.Graph.Name, b.Graph.Name)
		return err
	}
	differences = append(slices.Clone(differences), layerDiff{}) // the sums
	return table(out, fmt.Sprintf("layer\t%s\t%s\tparams\tMACs\t", a.Graph.Name, b.Graph.Name), len(differences),
		func(w io.Writer, i int) {
			d := differences[i]
			if d.Name == "" {
				params, macs := b.Graph.ParamCount()-a.Graph.ParamCount(), b.Graph.MACs()-a.Graph.MACs()
				fmt.Fprintf(w, "all\t%s\t%s\t%s\t%s\t\n",
					thousands(a.Graph.ParamCount()), thousands(b.Graph.ParamCount()), signed(params), signed(macs))
				return
			}
			var none layerRow
			x, y := &none, &none
			if d.A != nil {
				x = d.A
			}
			if d.B != nil {
				y = d.B
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t\n", d.Name, d.A.describe(d.B), d.B.describe(d.A),
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
