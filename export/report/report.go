// Package report writes one page that shows a family: its table, how its figures grow, where the work of a network
// goes, what scaling does to the baseline, and what a search found.
//
// A Page of networks and measurements comes in (Write); an HTML file goes out that needs nothing else: no network, no
// other file. It can be read at the width of a phone, in dark and in light, and by keyboard: what a mark of a chart
// stands for is told when the mark is pointed at or has the focus, and every chart's numbers stand in a table, too.
//
// The files: figures.go takes the numbers from graphs; chart.go draws axes and marks as SVG, lines.go, scatter.go and
// figure.go what is made of them; page.html puts all together.
package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"time"

	"github.com/netc-lang/netc/compiler/ir"
)

// Page is what a page shows. Parts that are empty are left out.
type Page struct {
	Title    string    // the family's name, or both networks' that are compared
	Source   string    // the file that it is of
	Command  string    // the command that made the page
	Networks []Network // the variants, in the file's order
	Figure   []Network // the baseline and what each way of scaling makes of it
	Detail   *Detail
	Search   *Search
}

// Network is one concrete network.
type Network struct {
	Name         string
	Graph        *ir.Graph // canonical
	Width, Depth float64   // factors of the scaling, 1 where there is none
	Memory       int64     // bytes of an inference's values in generated Go, with one worker
	Latency      *Latency  // nil when it was not measured
}

// Latency is how long an inference of one image takes.
type Latency struct{ Median, Low, High time.Duration }

// Detail is one network, layer by layer.
type Detail struct {
	Network Network
	Machine *Machine // nil when nothing was measured
	Steps   []Step   // of an inference, when it was measured
}

// Machine is what the processor can do at most.
type Machine struct {
	Name      string  // its instruction sets, and how many workers
	FLOPs     float64 // floating-point operations a second
	Bandwidth float64 // bytes a second, from memory
}

// Step is a measured step of an inference: one layer, or several that run as one.
type Step struct {
	Name  string // of the layer
	Time  time.Duration
	FLOPs int64 // of one inference
	Bytes int64 // that it reads and writes
}

// Search is what a search found.
type Search struct {
	Score, Cost string // what they are, and their units: "accuracy", "MACs"
	Points      []Point
	Failed      int // candidates without a score
}

// Point is a candidate that has a score.
type Point struct {
	Name        string
	Settings    []string
	Score, Cost float64
	Front       bool // no other is better in both
	Stopped     int  // the epoch after which it was given up, with the score by then; 0: it was scored to its end
}

//go:embed page.html
var pageText string

//go:embed page.css
var style string

//go:embed page.js
var script string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"thousands": thousands, "bytes": byteCount, "milliseconds": milliseconds, "short": short,
}).Parse(pageText))

// Write writes the page. The error is the writer's.
func Write(w io.Writer, p *Page) error {
	err := page.Execute(w, struct {
		*Page
		Style    template.CSS
		Script   template.JS
		Rows     []Figure
		Growth   []chart
		Drawings []drawing
		Lines    []part
		Layers   []part
		Roofline *chart
		Front    *chart
		Timed    bool
	}{
		Page: p, Style: template.CSS(style), Script: template.JS(script),
		Rows: Figures(p.Networks), Growth: growth(p.Networks), Drawings: drawings(p.Figure),
		Lines: parts(p.Detail, lineOf), Layers: parts(p.Detail, layerOf),
		Roofline: roofline(p.Detail), Front: front(p.Search),
		Timed: slices.ContainsFunc(p.Networks, func(n Network) bool { return n.Latency != nil }),
	})
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}
