package latency

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netc-lang/netc/codegen/engine"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/source"
)

func planOf(t testing.TB, g *ir.Graph) *plan.Plan {
	t.Helper()
	p, err := plan.Sketch(g)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// calibrated is a model whose times follow a law: what the regression has to find.
func calibrated(t *testing.T, law func(s Sample) float64) (*Model, *compiler.Program) {
	t.Helper()
	program, err := compiler.LoadFile(source.NewFile("calibration.net", calibration))
	if err != nil {
		t.Fatal(err)
	}
	m := &Model{Version: Version, Reference: 1e-3, Whole: 1}
	for _, variant := range []string{"silu", "basic"} {
		for _, width := range widths {
			for _, resolution := range []int{32, 96, 224} {
				n, err := program.Build(variant, map[string]any{"width": width, "resolution": resolution})
				if err != nil {
					t.Fatal(err)
				}
				p := planOf(t, n.Graph)
				for i := range p.Steps {
					s := sampleOf(&p.Steps[i])
					s.Time = law(s)
					m.Samples = append(m.Samples, s)
				}
			}
		}
	}
	return m, program
}

// TestPredict: steps in sizes that were not measured follow the law of those that were.
func TestPredict(t *testing.T) {
	law := func(s Sample) float64 { // a constant, and not quite linear in the work
		return math.Log(1e-3 + 3e-9*math.Exp(0.97*s.Work))
	}
	m, program := calibrated(t, law)
	for _, variant := range []string{"silu", "basic"} {
		for _, width := range []float64{0.6, 1.2, 1.7} {
			n, err := program.Build(variant, map[string]any{"width": width, "resolution": 144})
			if err != nil {
				t.Fatal(err)
			}
			p := planOf(t, n.Graph)
			want := 0.0
			for i := range p.Steps {
				want += math.Exp(law(sampleOf(&p.Steps[i])))
			}
			got, unknown := m.Units(p)
			if !(math.Abs(got/want-1) <= 0.03) || len(unknown) > 0 {
				t.Errorf("%s %g: predicted %g, want %g; unknown are %v", variant, width, got, want, unknown)
			}
			if d, _ := m.Predict(p); !(math.Abs(d.Seconds()/(got*m.Reference)-1) <= 1e-5) {
				t.Errorf("%s %g: predicted %v for %g units of %g s", variant, width, d, got, m.Reference)
			}
		}
	}
	// A kind that nobody measured is named, and guessed by its work.
	n, err := program.Build("hard", nil)
	if err != nil {
		t.Fatal(err)
	}
	got, unknown := m.Units(planOf(t, n.Graph))
	named := slices.ContainsFunc(unknown, func(k string) bool { return strings.Contains(k, "HardSwish") })
	if !(got > 0) || math.IsInf(got, 0) || !named {
		t.Errorf("%g units, unknown are %v", got, unknown)
	}
}

// TestCovers: of usual convolutional networks and of transformers, every kind of step is calibrated.
func TestCovers(t *testing.T) {
	program, err := compiler.LoadFile(source.NewFile("calibration.net", calibration))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, variant := range program.Variants() {
		n, err := program.Build(variant, map[string]any{"resolution": 96})
		if err != nil {
			t.Fatal(err)
		}
		p := planOf(t, n.Graph)
		for i := range p.Steps {
			known[sampleOf(&p.Steps[i]).Kind] = true
		}
	}
	for _, file := range []string{"efficientnet", "resnet", "resnetv2", "regnetx", "mobilenetv2", "mobilenetv3",
		"mobilenetv4", "mnasnet", "mixnet", "ghostnet", "ghostnetv2", "densenet", "nasnet", "convnext",
		"vit"} {
		example, err := compiler.Load("../../examples/" + file + "/" + file + ".net")
		if err != nil {
			t.Fatal(err)
		}
		n, err := example.Build(example.Variants()[0], map[string]any{"resolution": 96})
		if err != nil {
			t.Fatal(err)
		}
		p := planOf(t, n.Graph)
		for i := range p.Steps {
			if kind := sampleOf(&p.Steps[i]).Kind; !known[kind] {
				t.Errorf("%s: %s is not calibrated", n.Graph.Name, kind)
			}
		}
	}
}

// TestKinds: what changes a step's time beyond its sizes makes another kind, and other sizes do not.
func TestKinds(t *testing.T) {
	kind := func(layer string) (kinds []string) {
		text := "network N {\n    input image[32, 12, 12]\n    first Conv(32) -> ReLU\n    last " + layer +
			"\n}\n\nfamily N { A: }\n"
		program, err := compiler.LoadFile(source.NewFile("n.net", text))
		if err != nil {
			t.Fatal(err)
		}
		n, err := program.Build("A", nil)
		if err != nil {
			t.Fatal(err)
		}
		p := planOf(t, n.Graph)
		for i := range p.Steps {
			kinds = append(kinds, sampleOf(&p.Steps[i]).Kind)
		}
		return kinds
	}
	base := kind("Conv(48, kernel: 3, stride: 2) -> ReLU")
	if other := kind("Conv(64, kernel: 5, stride: 2) -> ReLU"); !slices.Equal(base, other) {
		t.Errorf("other sizes: %q and %q", base, other)
	}
	for _, layer := range []string{
		"Conv(48, kernel: 3, stride: 2) -> SiLU", "DepthwiseConv(3, stride: 2) -> ReLU", "Conv(48) -> ReLU",
	} {
		if other := kind(layer); slices.Equal(base, other) {
			t.Errorf("%s is of the kind %q", layer, base)
		}
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// TestSummed: steps take the median of what the rounds after the first add to their times, in units of the reference.
func TestSummed(t *testing.T) {
	g, err := ir.Parse("graph \"g\"\nx = Input(Shape: {1, 2, 2}) : [1, 2, 2]\na = Conv(Out: 1, Kernel: 1, Stride: 1, " +
		"Dilation: 1, Groups: 1) x : [1, 2, 2]\nb = Conv(Out: 1, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) a : " +
		"[1, 2, 2]\noutput b\n")
	if err != nil {
		t.Fatal(err)
	}
	p := planOf(t, g)
	profile := func(a, b time.Duration) (f engine.Profile) {
		f.Layers = make([]engine.Layer, len(p.Steps))
		f.Layers[0].Time, f.Layers[1].Time = a, b
		return f
	}
	const s = time.Second
	r := summed(p, []round{{9, 900, profile(70*s, 90*s)}, {2, 12, profile(74*s, 92*s)}, {1, 10, profile(75*s, 96*s)},
		{4, 44, profile(81*s, 101*s)}})
	if r.reference != 2 || r.whole != 2 || len(r.samples) != len(p.Steps) {
		t.Errorf("reference %g, whole %g, %d samples", r.reference, r.whole, len(r.samples))
	}
	// Step a takes 4 s of 2, 1 of 1, 6 of 4; b takes 2 of 2, 4 of 1, 5 of 4.
	for i, want := range []float64{1.5, 1.25} {
		if got := math.Exp(r.samples[i].Time); !(math.Abs(got-want) <= 1e-12) {
			t.Errorf("step %d takes %g units, want %g", i, got, want)
		}
	}
}

// TestCalibrate runs the calibration, as short as it can be, and reads back what it saves.
func TestCalibrate(t *testing.T) {
	defer func(w []float64, r []int) { widths, resolutions = w, r }(widths, resolutions)
	widths, resolutions = []float64{0.5}, []int{32}
	steps := 0
	progress := func(done, all int) {
		if steps++; done != steps || all < done {
			t.Errorf("%d of %d, after %d", done, all, steps)
		}
	}
	m, err := Calibrate(context.Background(), Options{Workers: 1, Machine: "here", Netc: "v1", Progress: progress})
	if err != nil {
		t.Fatal(err)
	}
	if !(m.Reference > 0) || !(m.Whole > 0.2) || len(m.Samples) < 100 {
		t.Errorf("reference %g, whole %g, %d samples", m.Reference, m.Whole, len(m.Samples))
	}
	if steps == 0 {
		t.Error("nothing is told of the progress")
	}
	var file bytes.Buffer
	if err := m.Save(&file); err != nil {
		t.Fatal(err)
	}
	if err := m.Save(failing{}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("a write that fails: %v", err)
	}
	text := file.String()
	again, err := Load(&file)
	if err != nil || fmt.Sprint(again) != fmt.Sprint(m) {
		t.Errorf("it was read back as %v, %v", again, err)
	}
	for name, broken := range map[string]string{
		"":               "it is no calibration",
		"{}":             "of version 0",
		`{"Version": 1}`: "has no times",
		strings.Replace(text, `"Sizes": [`, `"Sizes": [ 0,`, 1):  "sizes and with",
		strings.Replace(text, `"Version": 1`, `"Version": 7`, 1): "of version 7",
		text[:len(text)/2]: "it is no calibration",
	} {
		if _, err := Load(strings.NewReader(name)); err == nil || !strings.Contains(err.Error(), broken) {
			t.Errorf("%.40q: %v, want %s", name, err, broken)
		}
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Calibrate(cancelled, Options{Workers: 1}); err == nil {
		t.Error("a calibration that is given up has no error")
	}
}

var accuracy = flag.Bool("accuracy", false, "calibrate, and compare predictions with measurements")

// TestAccuracy calibrates and prints how far predictions are from measurements: go test ./codegen/latency -run
// TestAccuracy -accuracy -v. Every network is measured on three visits, minutes apart, and the prediction compared with
// the median of them; how far the other two visits are from that median says what measuring itself is worth on this
// machine, which no prediction can be better than.
func TestAccuracy(t *testing.T) {
	if !*accuracy {
		t.Skip("only with -accuracy")
	}
	m, err := Calibrate(context.Background(), Options{Workers: 1, Each: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	reference, err := NewReference(1)
	if err != nil {
		t.Fatal(err)
	}
	examples := slices.DeleteFunc(compilertest.Examples(t, true), func(n *compiler.Network) bool {
		return n.Graph.ParamCount() > 30_000_000
	})
	visits := make([][]float64, len(examples))
	for range 3 {
		for i, n := range examples {
			run, err := measure(n, reference, Options{Workers: 1, Each: 300 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			measured := 0.0
			for _, s := range run.samples {
				measured += math.Exp(s.Time)
			}
			visits[i] = append(visits[i], measured*run.whole)
		}
	}
	var errors, scatter []float64
	for i, n := range examples {
		runs := slices.Sorted(slices.Values(visits[i]))
		measured := median(runs)
		predicted, unknown := m.Units(planOf(t, n.Graph))
		off := predicted/measured - 1
		errors = append(errors, math.Abs(off))
		scatter = append(scatter, 1-runs[0]/measured, runs[len(runs)-1]/measured-1)
		t.Logf("%-32s measured %8.2f, predicted %8.2f units: %+.1f%% %v", n.Graph.Name, runs, predicted, 100*off,
			unknown)
	}
	for _, list := range []struct {
		what string
		of   []float64
	}{{"predictions are off by", errors}, {"another visit is off by", scatter}} {
		slices.Sort(list.of)
		t.Logf("%d networks: %s %.1f%% in the median, %.1f%% at the 90th percentile", len(errors), list.what,
			100*list.of[len(list.of)/2], 100*list.of[len(list.of)*9/10])
	}
}
