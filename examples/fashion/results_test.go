package main

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/search"
)

var update = flag.Bool("update", false, "write what the results say into README.md and scaling.svg")

// TestPage makes the tables and the plot of README.md from the files of results, as far as those are, and holds the
// page to them. The results are those of the networks that the .net files have now.
func TestPage(t *testing.T) {
	grid, gridSize := results(t, "coefficients-*.results", "scaled.net", "s1", 0.92e6)
	slices.SortStableFunc(grid, func(a, b *measured) int {
		x, _ := a.mean()
		y, _ := b.mean()
		return cmp.Compare(y, x)
	})
	rows, equalSize := results(t, "equal-*.results", "equal.net", "e", math.Inf(1))
	for _, m := range rows {
		if m.values["size"] == "0" {
			m.values["way"] = "baseline" // which is every way's
		}
	}
	slices.SortStableFunc(rows, func(a, b *measured) int {
		return cmp.Or(cmp.Compare(a.values["size"], b.values["size"]), cmp.Compare(a.order(), b.order()))
	})

	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	text := replaced(t, string(page), "coefficients", coefficientTable(grid, gridSize))
	text = replaced(t, text, "equal", equalTable(rows, equalSize))
	text = replaced(t, text, "baseline", baselineTable(t))
	text = replaced(t, text, "families", familiesTable(t))
	hold(t, "README.md", text)
	hold(t, "scaling.svg", plot(rows))
}

// measured is a network with its scores, one a seed.
type measured struct {
	values map[string]string // of what was free
	macs   float64
	scores []float64 // percent
}

// ways are the lines of the plot: how the networks are scaled.
var ways = []string{"depth", "width", "resolution", "compound"}

func (m *measured) way() string { return strings.Trim(m.values["way"], `"`) }

func (m *measured) order() int { return slices.Index(ways, m.way()) }

// mean returns the mean of the scores and their standard deviation, which one alone has none of.
func (m *measured) mean() (mean, deviation float64) {
	for _, s := range m.scores {
		mean += s / float64(len(m.scores))
	}
	for _, s := range m.scores {
		deviation += (s - mean) * (s - mean)
	}
	if n := len(m.scores); n > 1 {
		return mean, math.Sqrt(deviation / float64(n-1))
	}
	return mean, 0
}

// accuracy writes the mean, and the deviation where there is one.
func (m *measured) accuracy() string {
	mean, deviation := m.mean()
	if len(m.scores) > 1 {
		return fmt.Sprintf("%.2f ± %.2f%%", mean, deviation)
	}
	return fmt.Sprintf("%.2f%%", mean)
}

// hold compares a file with what it should be, or writes it.
func hold(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s is not what the results say: go test ./examples/fashion -run TestPage -update (%v)", path, err)
	}
}

// results reads what is done, of all seeds, by the order of the candidates. It also counts the networks of the space
// with at most so many MACs.
func results(t *testing.T, pattern, file, variant string, most float64) (all []*measured, size int) {
	t.Helper()
	program, err := compiler.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	space, err := program.Space(variant, nil)
	if err != nil {
		t.Fatal(err)
	}
	networks := map[string]bool{}
	space.Each(func(point []int) bool {
		if space.Satisfies(point) != nil {
			return true
		}
		n, err := space.Build(point)
		if err != nil {
			t.Fatal(err)
		}
		if float64(n.Graph.MACs()) <= most {
			networks[n.Graph.String()] = true
		}
		return true
	})
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]*measured{}
	for _, path := range paths {
		_, found, err := search.ReadResults(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range found {
			if r.Status != search.Done || r.Like != nil {
				continue
			}
			n, err := space.Build(r.Point)
			if err != nil {
				t.Fatal(err)
			}
			if macs := float64(n.Graph.MACs()); macs != r.Costs["macs"] {
				t.Errorf("%s: candidate %d had %g MACs, and has %g in %s", path, r.Number, r.Costs["macs"], macs, file)
			}
			m := known[space.Text(r.Point)]
			if m == nil {
				m = &measured{values: r.Values, macs: r.Costs["macs"]}
				known[space.Text(r.Point)] = m
				all = append(all, m)
			}
			m.scores = append(m.scores, 100*r.Score)
		}
	}
	return all, len(networks)
}

// seeds is how many every network is to be trained with.
const seeds = 3

// runs says how many trainings there have been of those that there are to be.
func runs(all []*measured, size int) string {
	n := 0
	for _, m := range all {
		n += len(m.scores)
	}
	return fmt.Sprintf("\nMeasured: %d of %d runs, %d networks with %d seeds each.\n\n", n, seeds*size, size, seeds)
}

// replaced replaces what stands between the comments NAME and end.
func replaced(t *testing.T, text, name, with string) string {
	t.Helper()
	begin := "<!-- " + name + " -->\n"
	before, rest, found := strings.Cut(text, begin)
	_, after, closed := strings.Cut(rest, "<!-- end -->")
	if !found || !closed {
		t.Fatalf("README.md has no part %s", name)
	}
	return before + begin + with + "<!-- end -->" + after
}

// coefficientTable lists the grid, the best first.
func coefficientTable(grid []*measured, size int) string {
	var b strings.Builder
	b.WriteString(runs(grid, size))
	b.WriteString("| α | β | γ | MACs | accuracy | seeds |\n|---|---|---|---|---|---|\n")
	for _, m := range grid {
		for _, name := range []string{"alpha", "beta", "gamma"} {
			fmt.Fprintf(&b, "| %s ", strings.TrimSuffix(m.values[name], ".0"))
		}
		fmt.Fprintf(&b, "| %.0fk | %s | %d |\n", m.macs/1e3, m.accuracy(), len(m.scores))
	}
	b.WriteString("\n")
	return b.String()
}

// equalTable lists the networks of equal work.
func equalTable(rows []*measured, size int) string {
	var b strings.Builder
	b.WriteString(runs(rows, size))
	b.WriteString("| size | scaled by | MACs | accuracy | seeds |\n|---|---|---|---|---|\n")
	for _, m := range rows {
		fmt.Fprintf(&b, "| %s | %s | %.0fk | %s | %d |\n", m.values["size"], m.way(), m.macs/1e3, m.accuracy(),
			len(m.scores))
	}
	b.WriteString("\n")
	return b.String()
}

// baselineTable lists the best of the search for a baseline, and what it began with.
func baselineTable(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat("baseline.results"); err != nil {
		return "\nNot measured yet.\n\n"
	}
	header, all, err := search.ReadResults("baseline.results")
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		return "\nNot measured yet.\n\n"
	}
	stopped := 0
	var done []*search.Result
	for _, r := range all {
		switch r.Status {
		case search.Stopped:
			stopped++
		case search.Done:
			done = append(done, r)
		}
	}
	first := all[0] // candidate 0, the file as it is
	slices.SortStableFunc(done, func(a, b *search.Result) int { return cmp.Compare(b.Score, a.Score) })
	shown := done[:min(5, len(done))]
	if !slices.Contains(shown, first) {
		shown = append(shown, first)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\nMeasured: %d of 64 candidates, of which %d were stopped early.\n\n", len(all), stopped)
	b.WriteString("| candidate | MACs | accuracy | what differs from F0 |\n|---|---|---|---|\n")
	for _, r := range shown {
		var differs []string
		for _, d := range header.Dimensions {
			if v := r.Values[d.Name]; v != first.Values[d.Name] {
				differs = append(differs, d.Name+" "+v)
			}
		}
		fmt.Fprintf(&b, "| %d | %.0fk | %.2f%% | %s |\n", r.Number, r.Costs["macs"]/1e3, 100*r.Score,
			strings.Join(differs, ", "))
	}
	return b.String() + "\n"
}

// familiesTable lists F0 to F3, and the family of the baseline that was found.
func familiesTable(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, name := range []string{"fashion", "found"} {
		trained, timed := byPhi(t, name+"-[0-9].results"), byPhi(t, name+"-latency.results")
		for _, phi := range slices.Sorted(maps.Keys(trained)) {
			m := &measured{macs: trained[phi][0].Costs["macs"]}
			for _, r := range trained[phi] {
				m.scores = append(m.scores, 100*r.Score)
			}
			latency := "not measured"
			if runs := timed[phi]; len(runs) > 0 {
				latency = fmt.Sprintf("%.3f ms", 1e3*runs[0].Costs["latency"])
			}
			fmt.Fprintf(&b, "| %s.net | %s | %.2fM | %s | %s | %d |\n", name, phi, m.macs/1e6, latency, m.accuracy(),
				len(m.scores))
		}
	}
	if b.Len() == 0 {
		return "\nNot measured yet.\n\n"
	}
	return "\n| family | φ | MACs | latency | test accuracy | seeds |\n|---|---|---|---|---|---|\n" + b.String() + "\n"
}

// byPhi reads what is done of a family, of all seeds.
func byPhi(t *testing.T, pattern string) map[string][]*search.Result {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	done := map[string][]*search.Result{}
	for _, path := range paths {
		_, all, err := search.ReadResults(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			if r.Status == search.Done {
				done[r.Values["phi"]] = append(done[r.Values["phi"]], r)
			}
		}
	}
	return done
}

// plot draws accuracy over MACs: the mean of the seeds, a bar of one standard deviation up and down, and a line for
// each way of scaling, all from the baseline.
func plot(rows []*measured) string {
	const width, height, left, right, top, bottom = 640, 400, 60, 110, 16, 48
	low, high := math.Inf(1), math.Inf(-1)
	for _, m := range rows {
		mean, deviation := m.mean()
		low, high = min(low, mean-deviation), max(high, mean+deviation)
	}
	low, high = math.Floor(low), math.Ceil(high)
	if !(high > low) {
		low, high = 0, 100
	}
	const least, most = 0.4e6, 2.3e6
	x := func(macs float64) float64 { return left + (width-left-right)*math.Log(macs/least)/math.Log(most/least) }
	y := func(accuracy float64) float64 { return top + (height-top-bottom)*(high-accuracy)/(high-low) }

	var b strings.Builder
	const namespace = "http://www.w3.org/2000/svg"
	fmt.Fprintf(&b, `<svg xmlns="%s" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">
<style>
  svg { background: #fff; color: #222 } text { fill: currentColor }
  .grid { stroke: #ddd } .axis { stroke: currentColor }
  .baseline { --c: #222 } .depth { --c: #c2410c } .width { --c: #1d4ed8 } .resolution { --c: #15803d }
  .compound { --c: #7e22ce }
  .way { stroke: var(--c); fill: none; stroke-width: 1.5 } .mark { fill: var(--c); stroke: var(--c); stroke-width: 1.5 }
  .name { fill: var(--c) }
  @media (prefers-color-scheme: dark) {
    svg { background: #14171a; color: #e8eaed } .grid { stroke: #363c43 }
    .baseline { --c: #e8eaed } .depth { --c: #fb923c } .width { --c: #7aa2ff } .resolution { --c: #4ade80 }
    .compound { --c: #d8a4ff }
  }
</style>
<title>Accuracy over multiply-accumulates</title>
`, namespace, width, height)
	step := 1.0
	for (high-low)/step > 8 {
		step *= 2
	}
	for a := low; a <= high; a += step {
		fmt.Fprintf(&b, `<path class="grid" d="M%d %.1fH%d"/>`, left, y(a), width-right)
		fmt.Fprintf(&b, "<text text-anchor=\"end\" x=\"%d\" y=\"%.1f\">%g%%</text>\n", left-8, y(a)+4, a)
	}
	for _, m := range []float64{0.5, 0.7, 1, 1.4, 2} {
		fmt.Fprintf(&b, `<path class="grid" d="M%.1f %dV%d"/>`, x(m*1e6), top, height-bottom)
		fmt.Fprintf(&b, "<text text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%gM</text>\n", x(m*1e6), height-bottom+18, m)
	}
	fmt.Fprintf(&b, "<path class=\"axis\" fill=\"none\" d=\"M%d %dV%dH%d\"/>\n", left, top, height-bottom, width-right)
	fmt.Fprintf(&b, "<text text-anchor=\"middle\" x=\"%d\" y=\"%d\">MACs</text>\n", (left+width-right)/2, height-10)
	var base []*measured
	for _, m := range rows {
		if m.way() == "baseline" {
			base = append(base, m)
		}
	}
	names := map[string]float64{} // heights of the names at the right, which keep apart
	for _, way := range ways {
		points := slices.Clone(base)
		for _, m := range rows {
			if m.way() == way {
				points = append(points, m)
			}
		}
		if len(points) == len(base) {
			continue
		}
		line := "M"
		for _, m := range points {
			mean, deviation := m.mean()
			line += fmt.Sprintf("%.1f %.1f ", x(m.macs), y(mean))
			if deviation > 0 {
				fmt.Fprintf(&b, "<path class=\"way %s\" d=\"M%.1f %.1fV%.1fm-4 0h8M%.1f %.1fh8\"/>\n", m.way(),
					x(m.macs), y(mean-deviation), y(mean+deviation), x(m.macs)-4, y(mean-deviation))
			}
			fmt.Fprintf(&b, `<path class="mark %s" d="M%.1f %.1f%s">`, m.way(), x(m.macs), y(mean), marks[m.way()])
			fmt.Fprintf(&b, "<title>%s: %.0fk MACs, %.2f%%</title></path>\n", m.way(), m.macs/1e3, mean)
		}
		last := points[len(points)-1]
		mean, _ := last.mean()
		at := y(mean) + 4
		for moved := true; moved; {
			moved = false
			for _, other := range names {
				if math.Abs(at-other) < 15 {
					at, moved = other+15, true
				}
			}
		}
		names[way] = at
		fmt.Fprintf(&b, "<path class=\"way %s\" d=\"%s\"/>\n", way, strings.TrimSpace(line))
		fmt.Fprintf(&b, "<text class=\"name %s\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", way, x(last.macs)+10, at, way)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// marks are the shapes of points, drawn from their middle: what tells the ways apart without colours.
var marks = map[string]string{
	"baseline": "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", "depth": "m-4 -4h8v8h-8z", "width": "m0 -5l5 9h-10z",
	"resolution": "m0 -5l5 5l-5 5l-5 -5z", "compound": "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
}
