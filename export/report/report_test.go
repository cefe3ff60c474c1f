package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/source"
)

// family builds the variants of an example.
func family(t *testing.T, path string) []Network {
	t.Helper()
	program, err := compiler.Load("../../examples/" + path)
	if err != nil {
		t.Fatal(err)
	}
	return networksOf(t, program)
}

func networksOf(t *testing.T, program *compiler.Program) []Network {
	t.Helper()
	built, err := program.BuildAll()
	if err != nil {
		t.Fatal(err)
	}
	var networks []Network
	for _, n := range built {
		networks = append(networks, Network{Name: n.Variant, Graph: n.Graph, Width: n.Width, Depth: n.Depth,
			Memory: 123_456})
	}
	return networks
}

// full is a page with everything on it, and names that are made to break it.
func full(t *testing.T) *Page {
	return pageOf(family(t, "fashion/fashion.net"))
}

func pageOf(networks []Network) *Page {
	for i := range networks {
		networks[i].Latency = &Latency{Median: time.Duration(i+1) * 123 * time.Microsecond}
	}
	d := &Detail{Network: networks[0], Machine: &Machine{"AVX2, 2 workers", 2e11, 1e10}}
	for i, n := range networks[0].Graph.Nodes {
		if n.MACs() > 0 {
			bytes := 4 * int64(n.Shape.Elements())
			d.Steps = append(d.Steps, Step{n.Name, time.Duration(i+1) * 777, 2 * n.MACs(), bytes})
		}
	}
	search := &Search{Score: "accuracy", Cost: "MACs", Failed: 2}
	for i := range 12 {
		cost := float64(1+i) * 1e6
		search.Points = append(search.Points, Point{Name: fmt.Sprint("c", i),
			Settings: []string{"width = 1", `act = "<b>"`},
			Score:    math.Sqrt(cost) - float64(i%3)*100, Cost: cost, Front: i%3 == 0})
	}
	search.Points[4].Stopped = 3
	return &Page{Title: `<script>alert("x")</script>`, Source: "a&b.net", Command: "netc report", Networks: networks,
		Figure: networks[:min(3, len(networks))], Detail: d, Search: search}
}

func written(t *testing.T, p *Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestWrite: the page shows every number, is well-formed, the same at each time, and holds no foreign markup.
func TestWrite(t *testing.T) {
	p := full(t)
	text := written(t, p)
	if again := written(t, p); again != text {
		t.Error("the page differs when it is written again")
	}
	for _, want := range []string{"&lt;script&gt;", "a&amp;b.net", "52,628", "3,032,640", "144,810", "123 kB",
		"0.123 ms",
		"Roofline", "11 candidates scored to the end, 1 stopped early (hollow), 2 failed",
		`class="mark stopped"`, "c4: accuracy 2136 when it was stopped after epoch 3, MACs 5 M",
		"act = &#34;&lt;b&gt;&#34;", "stage2.0"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := strings.Count(text, "<script>"); n != 1 {
		t.Errorf("the page has %d scripts", n)
	}
	if strings.Contains(text, "ZgotmplZ") || strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
		t.Error("a value could not be written")
	}
	for _, address := range []string{"http://", "https://", "url(", "@import", "src="} {
		if strings.Contains(text, address) {
			t.Errorf("the page needs something else: %s", address)
		}
	}
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict, d.Entity = true, xml.HTMLEntity
	for {
		if _, err := d.Token(); err != nil {
			if !errors.Is(err, io.EOF) {
				t.Errorf("the page is not well-formed: %v", err)
			}
			break
		}
	}
}

// TestParts: what there is nothing to show of is left out.
func TestParts(t *testing.T) {
	text := written(t, &Page{Title: "One", Networks: family(t, "fashion/fashion.net")[:1]})
	for _, absent := range []string{"Growth", "What scaling does", "Where the work", "Search", "latency", "<svg"} {
		if strings.Contains(text, absent) {
			t.Errorf("the page of one network has %q", absent)
		}
	}
}

// TestIdle: steps that compute nothing, move nothing or took no time are not on the chart of the roofline, and a chart
// of none is no chart.
func TestIdle(t *testing.T) {
	busy := Step{"busy", time.Microsecond, 1000, 100}
	d := &Detail{Machine: &Machine{"AVX2", 2e11, 1e10}}
	for _, idle := range []Step{{"time", 0, 1000, 100}, {"flops", time.Microsecond, 0, 100},
		{"bytes", time.Microsecond, 1000, 0}} {
		d.Steps = []Step{idle}
		if c := roofline(d); c != nil {
			t.Errorf("without %s: %v", idle.Name, c)
		}
		d.Steps = []Step{idle, busy}
		c := roofline(d)
		if c == nil {
			t.Fatalf("beside one without %s the busy step is not shown", idle.Name)
		}
		text := fmt.Sprint(c)
		if strings.Contains(text, idle.Name+": ") || !strings.Contains(text, "busy: 0.001 ms, 100.0% of") ||
			strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
			t.Errorf("without %s: %s", idle.Name, text)
		}
	}
	d.Steps = []Step{busy}
	for _, none := range []*Detail{nil, {Steps: d.Steps}, {Machine: d.Machine}} {
		if c := roofline(none); c != nil {
			t.Errorf("%v has a chart", none)
		}
	}
}

// TestDrawable: networks are drawn that convolve or multiply, and begin with an image; a figure that one of them lacks
// has no chart of how it grows.
func TestDrawable(t *testing.T) {
	graph := func(lines string) *ir.Graph {
		g, err := ir.Parse("graph \"g\"\n" + lines)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	const image = "x = Input(Shape: {3, 8, 8}) : [3, 8, 8]\n"
	whole := graph(image + "a = Conv(Out: 4, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) x : [4, 8, 8]\noutput a\n")
	for _, tt := range []struct {
		g    *ir.Graph
		want int
	}{
		{whole, 1}, {graph(image + "a = Flatten() x : [192]\noutput a\n"), 0},
		{graph("x = Input(Shape: {5}) : [5]\na = Linear(Out: 2) x : [2]\noutput a\n"), 0},
	} {
		if got := drawings([]Network{{Graph: tt.g}}); len(got) != tt.want {
			t.Errorf("%d drawings, want %d, of\n%s", len(got), tt.want, tt.g)
		}
	}
	measured := func(ms ...int) []Network {
		var all []Network
		for _, n := range ms {
			one := Network{Name: "n", Graph: whole, Memory: 1}
			if n > 0 {
				one.Latency = &Latency{Median: time.Duration(n) * time.Millisecond}
			}
			all = append(all, one)
		}
		return all
	}
	for _, tt := range []struct {
		networks []Network
		want     bool
	}{
		{measured(1, 2), true}, {measured(0, 2), false}, {measured(1, 0), false}, {measured(0, 0), false},
		{measured(1, 0, 2), false},
	} {
		charts := growth(tt.networks)
		if got := slices.ContainsFunc(charts, func(c chart) bool { return c.Heading == "Latency" }); got != tt.want ||
			len(charts) < 4 {
			t.Errorf("%d charts, of latency %t, want %t", len(charts), got, tt.want)
		}
	}
}

// TestSearchScales: costs from 0 on, or of the same size, stand on a linear axis, others on one of magnitudes, and no
// place is beyond the chart.
func TestSearchScales(t *testing.T) {
	for _, costs := range [][]float64{{0, 5}, {0, 0}, {1, 2}, {1, 100}, {-3, 900}, {7}} {
		s := &Search{Score: "accuracy", Cost: "MACs"}
		for i, c := range costs {
			s.Points = append(s.Points, Point{Name: fmt.Sprint("c", i), Score: float64(i), Cost: c, Front: true})
		}
		text := fmt.Sprint(front(s))
		for _, wrong := range []string{"NaN", "Inf", "-9223"} {
			if strings.Contains(text, wrong) {
				t.Errorf("%v: %s in %s", costs, wrong, text)
			}
		}
		if n := strings.Count(text, "<circle"); n != len(costs) {
			t.Errorf("%v: %d marks", costs, n)
		}
		_, line, _ := strings.Cut(text, `<polyline class="series" points="`) // in steps over the points of the front
		line, _, _ = strings.Cut(line, `"`)
		if n := len(strings.Fields(line)); n != 2*len(costs)-1 {
			t.Errorf("%v: a line of %d places", costs, n)
		}
	}
}

// TestVariantNames: as many names stand under the axis as there is room for, the first of all among them.
func TestVariantNames(t *testing.T) {
	for n, want := range map[int]int{1: 1, 3: 3, 8: 8, 9: 5, 17: 9, 18: 6, 40: 8} {
		var all []Figure
		var values []float64
		for i := range n {
			all, values = append(all, Figure{Name: fmt.Sprint("<V", i)}), append(values, float64(i+1))
		}
		text := string(variantLine("Parameters", all, values, func(Figure) string { return "much" }).html())
		if got := strings.Count(text, ">&lt;V"); got != want || !strings.Contains(text, ">&lt;V0<") {
			t.Errorf("%d variants: %d names", n, got)
		}
		if got := strings.Count(text, "<circle"); got != n {
			t.Errorf("%d variants: %d marks", n, got)
		}
	}
}

// TestScales: every number lies within its axis, and ticks are round and few.
func TestScales(t *testing.T) {
	for _, numbers := range [][]float64{{1}, {3, 3}, {52628, 209352}, {5e6, 4.8e8}, {1e-4, 1}, {0.1, 1e12}} {
		scales := map[string]scale{"log": logScale(numbers, 200, 10), "linear": linearScale(numbers, 200, 10)}
		for name, s := range scales {
			for _, x := range numbers {
				if at := s.at(x); !(at >= 10 && at <= 200) {
					t.Errorf("%s of %v: %g is at %g", name, numbers, x, at)
				}
			}
			if len(s.ticks) == 0 || len(s.ticks) > 14 {
				t.Errorf("%s of %v: ticks %v", name, numbers, s.ticks)
			}
			for _, tick := range s.ticks {
				if tick < s.from || tick > s.to {
					t.Errorf("%s of %v: tick %g is outside of %g to %g", name, numbers, tick, s.from, s.to)
				}
			}
		}
	}
}

// TestBrowser lays the page out in Chromium: nothing but tables, which scroll by themselves, is wider than the screen,
// and the keyboard reaches every mark and is told what it stands for.
func TestBrowser(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("needs Debian's chromium: ", err)
	}
	const probe = `<script>
const marks = [...document.querySelectorAll(".mark")];
let told = 0;
for (const m of marks) {
  m.focus();
  m.dispatchEvent(new FocusEvent("focus")); // a window in the background gets none
  const output = m.closest("figure").querySelector("output");
  if (document.activeElement === m && output.textContent === m.getAttribute("aria-label")) told++;
}
document.title = ["page", document.documentElement.scrollWidth, innerWidth, marks.length, told].join(" ");
</script></body>`
	page := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(page, []byte(strings.Replace(written(t, full(t)), "</body>", probe, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, width := range []int{390, 1280} {
		c := exec.Command(browser, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+t.TempDir(),
			fmt.Sprintf("--window-size=%d,900", width), "--dump-dom", "file://"+page)
		out, err := c.Output()
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(out), "<title>page ")
		var wide, window, marks, told int
		if _, err := fmt.Sscan(strings.ReplaceAll(rest, "<", " "), &wide, &window, &marks, &told); err != nil {
			t.Fatalf("the script did not run: %v", err)
		}
		if wide > window || window > max(width, 500) {
			t.Errorf("at %d pixels the page is %d of %d wide", width, wide, window)
		}
		if marks < 30 || told != marks {
			t.Errorf("at %d pixels %d of %d marks tell what they are", width, told, marks)
		}
	}
}

var update = flag.Bool("update", false, "rewrite the expected page")

// TestPage compares the page as text, without its style and script.
func TestPage(t *testing.T) {
	program, err := compiler.LoadFile(source.NewFile("n.net", `network N(width: float = 1) {
    input image[3, 16, 16]
    stem Conv(scaled(8, width), kernel: 3, stride: 2) -> BatchNorm -> ReLU
    stage Conv(scaled(16, width), kernel: 3) -> ReLU x 2
    head GlobalAvgPool -> Flatten -> Linear(5)
}

function scaled(n: int, with: float) = round(n * with)

family N {
    small:
    large: width = 2
}
`))
	if err != nil {
		t.Fatal(err)
	}
	text := written(t, pageOf(networksOf(t, program)))
	for _, part := range []string{style, script} {
		if !strings.Contains(text, part) {
			t.Error("the page lacks its style or its script")
		}
		text = strings.Replace(text, part, "", 1)
	}
	const path = "testdata/page.html"
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, expected := strings.Split(text, "\n"), strings.Split(string(want), "\n")
	for i, line := range got {
		if i >= len(expected) || line != expected[i] {
			t.Fatalf("line %d is\n%s\nand not as in %s", i+1, line, path)
		}
	}
	if len(got) != len(expected) {
		t.Errorf("%s has %d lines, the page %d", path, len(expected), len(got))
	}
}

// TestFailingWrite passes on what a writer fails with, wherever in the page that is.
func TestFailingWrite(t *testing.T) {
	p := full(t)
	length := len(written(t, p))
	for at := 0; at < length; at += 997 {
		if err := Write(&failing{left: at}, p); !errors.Is(err, io.ErrShortWrite) {
			t.Fatalf("after %d bytes of %d: %v", at, length, err)
		}
	}
}

// failing takes so many bytes.
type failing struct{ left int }

func (f *failing) Write(p []byte) (int, error) {
	if len(p) > f.left {
		return f.left, io.ErrShortWrite
	}
	f.left -= len(p)
	return len(p), nil
}
