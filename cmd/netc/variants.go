package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/ir"
)

// variantRow is one variant as "variants --json" prints it. An image that is not square has no resolution.
type variantRow struct {
	Variant     string  `json:"variant"`
	Input       []int   `json:"input"` // channels, height and width of an image
	Resolution  *int    `json:"resolution"`
	Width       float64 `json:"width"`
	Depth       float64 `json:"depth"`
	Params      int64   `json:"params"`
	MACs        int64   `json:"macs"`
	Activations int64   `json:"activations"`
}

const variantsDetails = `
Resolution is the height and width of the images, or HEIGHTxWIDTH, or the shape of an input that is no image; width and
depth are the factors that the scaling gives. Activations are the elements that the convolutions put out for one image,
which say more about the time on accelerators than MACs do (arXiv:2003.13678).
What params and MACs count, "netc help summary" says.`

func runVariants(c *call) error {
	defer uncollected()()
	asJSON := c.flags.Bool("json", false, "print JSON for programs")
	file, err := c.parseOne()
	if err != nil {
		return err
	}
	program, err := c.program(file)
	if err != nil {
		return err
	}
	networks, err := program.BuildAll()
	if err != nil {
		return err
	}
	return printVariants(c, networks, *asJSON)
}

func printVariants(c *call, networks []*compiler.Network, asJSON bool) error {
	rows := make([]variantRow, len(networks))
	for i, n := range networks {
		rows[i] = rowOf(n)
	}
	if asJSON {
		return writeJSON(c.stdout, rows)
	}
	const header = "variant\tresolution\twidth\tdepth\tparams\tMACs\tactivations\t"
	return table(c.stdout, header, len(rows), func(w io.Writer, i int) {
		r := rows[i]
		fmt.Fprintf(w, "%s\t%s\t%.4g\t%.4g\t%s\t%s\t%s\t\n", r.Variant, r.resolution(), r.Width, r.Depth,
			thousands(r.Params), thousands(r.MACs), thousands(r.Activations))
	})
}

func rowOf(n *compiler.Network) variantRow {
	r := variantRow{n.Variant, n.Graph.Input().Shape, nil, n.Width, n.Depth, n.Graph.ParamCount(), n.Graph.MACs(),
		n.Graph.Activations()}
	if n.Resolution > 0 {
		r.Resolution = &n.Resolution
	}
	return r
}

// resolution is 224 for square images, and for others HEIGHTxWIDTH, as --resolution takes it. Of an input that is no
// image it is the shape.
func (r variantRow) resolution() string {
	if r.Resolution != nil {
		return strconv.Itoa(*r.Resolution)
	}
	if len(r.Input) != 3 {
		return ir.Shape(r.Input).String()
	}
	return fmt.Sprintf("%dx%d", r.Input[1], r.Input[2])
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// table prints rows in columns, numbers to the right.
func table(out io.Writer, header string, rows int, row func(w io.Writer, i int)) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, header)
	for i := range rows {
		row(w, i)
	}
	return w.Flush()
}

// thousands prints 5288548 as 5,288,548.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
