package search

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl/source"
)

// byMACs scores by MACs.
type byMACs struct{}

func (byMACs) Score(_ context.Context, c *Candidate, _ func(Epoch) bool) (float64, error) {
	return c.Costs["macs"], nil
}

// TestTimeLeft: what is left takes as long for each candidate as those of this run took; what earlier runs did counts
// as done.
func TestTimeLeft(t *testing.T) {
	for _, tt := range []struct {
		known, total, fresh int
		want                time.Duration
	}{
		{10, 60, 10, 50 * time.Minute}, {10, 60, 5, 100 * time.Minute}, {60, 60, 10, 0}, {10, 0, 10, 0}, {10, 60, 0, 0},
	} {
		var told Progress
		r := &run{Search: &Search{Report: func(p Progress) { told = p }}, begun: time.Now().Add(-10 * time.Minute),
			fresh: tt.fresh, total: tt.total, progress: Progress{Known: tt.known}}
		r.report(nil)
		if off := told.Left - tt.want; off < 0 || off > time.Minute {
			t.Errorf("%+v: %v are left", tt, told.Left)
		}
	}
}

// TestParseQuantity holds amounts to what they are of and how many.
func TestParseQuantity(t *testing.T) {
	costs := append(Static(), Cost{Name: "latency", Unit: "s"}, Cost{Name: "memory", Unit: "B"})
	for text, want := range map[string]Quantity{
		"8ms": {"latency", 8e-3}, "1.5GMACs": {"macs", 1.5e9}, "386MMACs": {"macs", 386e6}, "20MB": {"weights", 20e6},
		"1.5MiB": {"weights", 1.5 * (1 << 20)}, "5Mparams": {"params", 5e6}, "params=5M": {"params", 5e6},
		"macs=1e9": {"macs", 1e9}, "memory=20MB": {"memory", 20e6}, "latency=8ms": {"latency", 8e-3},
		"latency=0.008": {"latency", 8e-3}, "300us": {"latency", 3e-4}, "2s": {"latency", 2},
		"7Mactivations": {"activations", 7e6}, "1.5Gmacs": {"macs", 1.5e9}, "386mmacs": {"macs", 386e6},
		"20mb": {"weights", 20e6}, "8MS": {"latency", 8e-3}, "5MParams": {"params", 5e6},
		"memory=1.5mib": {"memory", 1.5 * (1 << 20)}, "macs=2g": {"macs", 2e9}, "1 GMACs": {"macs", 1e9},
		"500kB": {"weights", 5e5},
	} {
		got, err := ParseQuantity(text, costs)
		if err != nil || got.Cost != want.Cost || got.Value < want.Value*(1-1e-12) || got.Value > want.Value*(1+1e-12) {
			t.Errorf("%s: %v, %v, want %v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"5M": "does not say what it is of", "": "no amount", "8xs": "no amount", "-8ms": "no amount",
		"NaN":     "no amount",
		"speed=5": `no cost "speed"`, "macs=8ms": "not measured in the unit", "latency=8MB": "not measured in the unit",
		"0ms": "no amount",
	} {
		if _, err := ParseQuantity(text, costs); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// TestFitBudget holds what fits to fitting, and the next step of the setting to costing too much.
func TestFitBudget(t *testing.T) {
	program, err := compiler.Load("../../examples/efficientnet/efficientnet.net")
	if err != nil {
		t.Fatal(err)
	}
	macs := Static()[0]
	for _, budget := range []float64{100e6, 386e6, 1.5e9} {
		fits, err := FitBudget(program, "B0", nil, budget, macs)
		if err != nil || len(fits) != 4 {
			t.Fatal(fits, err)
		}
		for _, f := range fits {
			if f.Network == nil {
				continue
			}
			step := 0.01
			if f.Setting == "resolution" {
				step = 1
			}
			k := knob{setting: f.Setting, whole: step == 1}
			here, err1 := program.Build("B0", k.set(nil, f.Value))
			next, err2 := program.Build("B0", k.set(nil, f.Value+step))
			if err1 != nil || err2 != nil {
				t.Fatal(err1, err2)
			}
			x, y := float64(here.Graph.MACs()), float64(next.Graph.MACs())
			if x > budget || y <= budget || f.Cost != x {
				t.Errorf("%s = %g: %g MACs of %g, then %g", f.Setting, f.Value, x, budget, y)
			}
		}
		if phi := fits[0]; budget == 386e6 && (phi.Setting != "phi" || phi.Value < 0 || phi.Value > 0.2) {
			t.Errorf("B0 fits its own MACs, got %v", phi)
		}
	}
	fits, err := FitBudget(program, "B0", nil, 1, macs)
	if err != nil || fits[0].Network != nil {
		t.Error("something fits one MAC", err)
	}
	timed := macs
	timed.Timed = true
	fits, err = FitBudget(program, "B0", nil, 600e6, timed)
	for _, f := range fits {
		if f.Network == nil || f.Cost > 600e6 || f.Cost < 300e6 {
			t.Errorf("measured by the clock, %s = %g has %g MACs", f.Setting, f.Value, f.Cost)
		}
	}
	if err != nil || len(fits) != 4 {
		t.Error(fits, err)
	}
	fits, err = FitBudget(program, "B0", nil, 30e6, Static()[3])
	for _, f := range fits {
		if f.Setting == "resolution" {
			t.Error("weights do not depend on the resolution")
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// TestFitBudgetGaps holds what fits to being the largest value of all that build, where many do not.
func TestFitBudgetGaps(t *testing.T) {
	macs := Static()[0]
	for _, c := range []struct {
		file, variant, setting string
		budget, want           float64 // want 0: nothing fits
	}{
		{"yolov8", "N", "resolution", 10e9, 960}, // multiples of 32
		{"yolov8", "N", "resolution", 2e9, 416},
		{"vit", "Tiny", "width", 20e9, 1.06}, // multiples of the heads
		{"inception", "V3", "resolution", 500e6, 106},
		{"inception", "V3", "resolution", 1e6, 0},
		{"unet", "Base", "resolution", 1e9, 32},
		{"unet", "Base", "resolution", 200e6, 16},
	} {
		program, err := compiler.Load("../../examples/" + c.file + "/" + c.file + ".net")
		if err != nil {
			t.Fatal(err)
		}
		for _, timed := range []bool{false, true} {
			if timed && c.file != "yolov8" {
				continue
			}
			cost, got := macs, Fit{}
			cost.Timed = timed
			fits, err := FitBudget(program, c.variant, nil, c.budget, cost)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range fits {
				if f.Setting == c.setting {
					got = f
				}
			}
			if got.Value != c.want && !(timed && c.want > 0 && got.Value < c.want && got.Value > 0.9*c.want) {
				t.Errorf("%s of %s in %g MACs: %g, want %g (timed: %t)", c.setting, c.file, c.budget, got.Value, c.want,
					timed)
			}
		}
		if c.file != "inception" || c.want == 0 || testing.Short() {
			continue
		}
		largest := 0.0
		for _, k := range knobs() {
			for i := 0; k.setting == c.setting && i <= k.count; i++ {
				x := (&fitting{knob: k}).value(i)
				n, err := program.Build(c.variant, k.set(nil, x))
				if err == nil && float64(n.Graph.MACs()) <= c.budget {
					largest = x
				}
			}
		}
		if largest != c.want {
			t.Errorf("%s of %s in %g MACs: of all values, %g is the largest, want %g", c.setting, c.file, c.budget,
				largest, c.want)
		}
	}
}

// TestFitBudgetOwn holds the variant's own value to being one that may fit, also where it is none of those tried, and
// settings that change nothing of the cost to being left out, also where few of their values build.
func TestFitBudgetOwn(t *testing.T) {
	const text = `import "std/scaling"

network N {
    input image[3, resolution, resolution]
    require floor(resolution / 32) * 32 == resolution
    require width == 1.0 / 3
    stem Conv(48, kernel: 3)
    pool GlobalAvgPool -> Flatten
}

family N by Multipliers {
    A: width = 1.0 / 3, resolution = 32
}
`
	program, err := compiler.LoadFile(source.NewFile("n.net", text))
	if err != nil {
		t.Fatal(err)
	}
	fits, err := FitBudget(program, "A", nil, 1e6, Static()[1])
	if err != nil || len(fits) != 1 || fits[0].Setting != "width" || fits[0].Value != 1.0/3 {
		t.Error(fits, err)
	}
	fits, err = FitBudget(program, "A", nil, 1e18, Static()[0]) // all that builds fits, and then nothing
	if err != nil || len(fits) != 2 || fits[1].Value != 2048 {
		t.Error(fits, err)
	}
	fits, err = FitBudget(program, "A", nil, 1, Static()[0])
	if err != nil || len(fits) != 2 || fits[0].Network != nil || fits[1].Network != nil {
		t.Error(fits, err)
	}
}

// TestFitBudgetEnds: the smallest resolution that is tried is 8, from wherever the search begins, and few networks are
// built to find what fits.
func TestFitBudgetEnds(t *testing.T) {
	const text = "network N(resolution: int) {\n    input image[3, resolution, resolution]\n" +
		"    stem Conv(10)\n}\n\nfamily N {\n    A: resolution = 512\n}\n"
	program, err := compiler.LoadFile(source.NewFile("n.net", text))
	if err != nil {
		t.Fatal(err)
	}
	for budget, want := range map[float64]float64{30 * 63: 0, 30 * 64: 8, 30*81 - 1: 8, 30 * 81: 9, 30 * 600 * 600: 600,
		30 * 2048 * 2048: 2048} {
		calls := 0
		cost := Cost{Name: "macs", Of: func(n *compiler.Network) (float64, error) {
			calls++
			return float64(n.Graph.MACs()), nil
		}}
		fits, err := FitBudget(program, "A", nil, budget, cost)
		if err != nil || len(fits) != 1 || fits[0].Value != want {
			t.Errorf("in %g MACs fits %v, %v, want %g", budget, fits, err, want)
		}
		if calls > 80 {
			t.Errorf("in %g MACs: %d networks are measured", budget, calls)
		}
	}
}

// TestFitBudgetDips: beyond the first value that costs too much, those are found that fit again: up to 40 that do not
// lie before them, and none above one and a half of the budget.
func TestFitBudgetDips(t *testing.T) {
	const text = "network N(resolution: int) {\n    input image[3, resolution, resolution]\n" +
		"    stem Conv(10)\n}\n\nfamily N {\n    A: resolution = 64\n}\n"
	program, err := compiler.LoadFile(source.NewFile("n.net", text))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ dip, peak, cost, want int }{
		{80, 0, 0, 80}, {104, 0, 0, 104}, {105, 0, 0, 64}, {80, 70, 96, 80}, {80, 70, 97, 64}, {80, 90, 97, 80},
	} {
		cost := Cost{Name: "macs", Of: func(n *compiler.Network) (float64, error) {
			switch r := n.Graph.Input().Shape[1]; {
			case r == tt.dip:
				return 64, nil
			case r == tt.peak:
				return float64(tt.cost), nil
			case r > 64 && r < 512:
				return 65, nil
			default:
				return float64(r), nil
			}
		}}
		fits, err := FitBudget(program, "A", nil, 64, cost)
		if err != nil || len(fits) != 1 || fits[0].Value != float64(tt.want) {
			t.Errorf("%+v: fits %v, %v", tt, fits, err)
		}
	}
}

// TestOwnValue: where the variant's own value lies between two that are tried, it is the best if it fits.
func TestOwnValue(t *testing.T) {
	const text = `import "std/scaling"

network N {
    input image[3, 8, 8]
    stem Conv(4800, kernel: 1)
}

family N by Multipliers {
    A: width = 1.0 / 3, resolution = 8
}
`
	program, err := compiler.LoadFile(source.NewFile("n.net", text))
	if err != nil {
		t.Fatal(err)
	}
	own, err := program.Build("A", nil)
	if err != nil {
		t.Fatal(err)
	}
	params, err := Static()[1].Of(own)
	if err != nil {
		t.Fatal(err)
	}
	for budget, want := range map[float64]float64{params: 1.0 / 3, params - 1: 0.33} {
		fits, err := FitBudget(program, "A", nil, budget, Static()[1])
		if err != nil {
			t.Fatal(err)
		}
		if len(fits) != 1 || fits[0].Setting != "width" || fits[0].Network == nil || fits[0].Value != want {
			t.Errorf("in %g parameters fits %v, want a width of %g", budget, fits, want)
		}
	}
}

// TestStatic holds the costs of a network to figures by hand.
func TestStatic(t *testing.T) {
	const text = "network N {\n    input image[3, 8, 8]\n    a Conv(10, kernel: 3) -> BatchNorm\n}\n\n" +
		"family N {\n    A:\n}\n"
	program, err := compiler.LoadFile(source.NewFile("n.net", text))
	if err != nil {
		t.Fatal(err)
	}
	n, err := program.Build("A", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"macs": 270 * 64, "params": 270 + 20, "activations": 640, "weights": 4 * (270 + 40)}
	for _, c := range Static() {
		if got, err := c.Of(n); err != nil || got != want[c.Name] {
			t.Errorf("%s: got %g, %v, want %g", c.Name, got, err, want[c.Name])
		}
	}
}

// TestNumbers: a model is told of numbers from 0 to 1, wherever a place has them from and to, and of nothing else.
func TestNumbers(t *testing.T) {
	const text = "network N(act: layer = ReLU in [ReLU, SiLU]) {\n    input image[3, 8, 8]\n" +
		"    a Conv(16 in [8, 16, 40]) -> act\n    b Conv(8 in [8])\n}\n\nfamily N {\n    A:\n}\n"
	program, err := compiler.LoadFile(source.NewFile("n.net", text))
	if err != nil {
		t.Fatal(err)
	}
	space, err := program.Space("A", nil)
	if err != nil {
		t.Fatal(err)
	}
	r := &run{Search: &Search{Space: space}}
	want := map[string]string{"act": "[]", "a.out": "[0 0.25 1]", "b.out": "[0]"}
	for i, numbers := range r.newSpace().Numbers {
		if name := space.Dimensions[i].Name; fmt.Sprint(numbers) != want[name] {
			t.Errorf("%s has the numbers %v, want %s", name, numbers, want[name])
		}
	}
}

// TestNoneGrows says why nothing grows, whatever of the reasons there are.
func TestNoneGrows(t *testing.T) {
	for _, tt := range []struct {
		unmoved, given []string
		want           string
	}{
		{nil, nil, "the network does not grow by phi, depth, width or resolution"},
		{[]string{"resolution"}, nil, "params do not depend on resolution; the network grows by nothing else"},
		{nil, []string{"width"}, "width is given; the network grows by nothing else"},
		{[]string{"phi", "depth", "resolution"}, []string{"cost", "width"}, "params do not depend on phi, depth and " +
			"resolution, and cost and width are given; the network grows by nothing else"},
	} {
		if got := (&NoneGrowsError{"params", tt.unmoved, tt.given}).Error(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
