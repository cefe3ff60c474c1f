package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/netc-lang/netc/codegen/latency"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/export/report"
)

// TestPredictor: the calibration of this machine predicts what it says; one that is missing, damaged or of another netc
// is told of, and what it has not seen is told once.
func TestPredictor(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	var stderr bytes.Buffer
	c := newCall()
	c.stderr = &stderr
	path, err := calibrationPath(2)
	if one, err2 := calibrationPath(1); err != nil || err2 != nil || one == path {
		t.Fatalf("%s is for one and for two workers: %v, %v", path, err, err2)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := predictor(c, 2); err == nil || err.Error() !=
		"this machine is not calibrated for 2 workers: run netc calibrate --workers 2" {
		t.Errorf("without a calibration: %v", err)
	}
	writeTestFile(t, path, "{}")
	if _, err := predictor(c, 2); err == nil ||
		!strings.HasPrefix(err.Error(), path+": it is a calibration of version 0") {
		t.Errorf("with none: %v", err)
	}
	m := &latency.Model{Version: latency.Version, Netc: "0.0.0", Reference: 1e-3, Whole: 1.5,
		Samples: []latency.Sample{{Kind: "nothing", Work: 1, Time: 2}}}
	network := freeSpace(t).Baseline
	p, err := plan.Sketch(network.Graph)
	if err != nil {
		t.Fatal(err)
	}
	want, unknown := m.Predict(p)
	for _, version := range []string{"0.0.0", compiler.Version} {
		m.Netc = version
		var file bytes.Buffer
		if err := m.Save(&file); err != nil {
			t.Fatal(err)
		}
		writeTestFile(t, path, file.String())
		stderr.Reset()
		predict, err := predictor(c, 2)
		if err != nil {
			t.Fatal(err)
		}
		const old = "netc: warning: the calibration is of 0.0.0: run netc calibrate again\n"
		if (stderr.String() == old) != (version == "0.0.0") {
			t.Errorf("of %s: %q", version, &stderr)
		}
		line := []string{"search", "--predict", "--workers", "2", "--minimize", "latency", "--variant", "f0", "--free",
			"width=[1, 2]", "../../examples/fashion/fashion.net"}
		if out, _ := netc(t, exitDone, line...); !strings.Contains(out, "the best by the least latency") {
			t.Errorf("searched by predictions:\n%s", out)
		}
		stderr.Reset()
		for range 2 {
			if got, err := predict(network); err != nil || got != want.Seconds() || got <= 0 {
				t.Errorf("predicted %g, want %g: %v", got, want.Seconds(), err)
			}
		}
		const guess = "netc: warning: no layer like this was calibrated, its time is a guess: "
		if n := strings.Count(stderr.String(), guess); n != len(unknown) || n == 0 {
			t.Errorf("%d kinds are unknown, told:\n%s", len(unknown), &stderr)
		}
	}
}

// TestCalibrates: a calibration is made for as many workers and seconds as the command line says, lies where
// predictions look for it, or where -o says, and is told of; one that fails leaves nothing.
func TestCalibrates(t *testing.T) {
	defer func(f func(context.Context, latency.Options) (*latency.Model, error)) { calibrate = f }(calibrate)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	own := filepath.Join(t.TempDir(), "own")
	usual, err := calibrationPath(3)
	if err != nil {
		t.Fatal(err)
	}
	var failure error
	asked := ""
	calibrate = func(_ context.Context, o latency.Options) (*latency.Model, error) {
		asked = fmt.Sprint(o.Workers, " ", o.Each, " ", o.Netc, " ", o.Machine)
		return &latency.Model{Version: latency.Version, Machine: o.Machine, Netc: o.Netc, Reference: 1, Whole: 1,
			Samples: make([]latency.Sample, 5)}, failure
	}
	for _, tt := range []struct {
		line    []string
		path    string
		workers int
		each    string
	}{{[]string{"--workers", "3"}, usual, 3, "100ms"}, {[]string{"--seconds", "2", "-o", own}, own, 1, "2s"}} {
		failure = errFull
		_, said := netc(t, exitWrongInput, append([]string{"calibrate"}, tt.line...)...)
		if _, err := os.Stat(tt.path); err == nil || !strings.Contains(said, errFull.Error()) {
			t.Errorf("%q fails, and leaves a file, or says %s", tt.line, said)
		}
		failure = nil
		_, said = netc(t, exitDone, append([]string{"calibrate"}, tt.line...)...)
		if want := fmt.Sprintf("netc: 5 layers measured on %s: %s\n", machine(tt.workers), tt.path); said != want {
			t.Errorf("%q: got %s, want %s", tt.line, said, want)
		}
		want := fmt.Sprint(tt.workers, " ", tt.each, " ", compiler.Version, " ", machine(tt.workers))
		if m, err := latency.Load(strings.NewReader(readTestFile(t, tt.path))); err != nil || len(m.Samples) != 5 ||
			asked != want {
			t.Errorf("%q: %v, asked for %s, want %s", tt.line, err, asked, want)
		}
	}
	if _, err := predictor(newCall(), 3); err != nil {
		t.Error(err)
	}
}

// TestCalibrationFails: where there is no folder for it, a calibration says so before it measures.
func TestCalibrationFails(t *testing.T) {
	for _, name := range []string{"XDG_CACHE_HOME", "HOME"} {
		t.Setenv(name, "")
	}
	const want = "there is no folder for caches: give -o"
	if _, said := netc(t, exitWrongInput, "calibrate"); !strings.Contains(said, want) {
		t.Error(said)
	}
	if _, said := netc(t, exitWrongInput, "search", "--minimize", "latency", "--predict", "--variant", "f0",
		"../../examples/fashion/fashion.net"); !strings.Contains(said, want) {
		t.Error(said)
	}
	file := filepath.Join(t.TempDir(), "file")
	writeTestFile(t, file, "")
	t.Setenv("XDG_CACHE_HOME", file)
	if _, said := netc(t, exitWrongInput, "calibrate"); !strings.Contains(said, "not a directory") {
		t.Error(said)
	}
}

// TestSearched: a report shows the scores over the cost that is asked for, or latencies where there are any, counts
// what has failed, and says after which epoch a candidate was stopped, with the score by then.
func TestSearched(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r")
	const header = `{"netc-search": 1, "file": "n.net", "variant": "A", "network": "x", "score": "run",
		"dimensions": [{"name": "k", "values": ["1", "3", "5", "7"]}]}`
	lines := ""
	for _, line := range []string{
		`"candidate": 0, "values": {"k": "1"}, "status": "done", "score": 1, "costs": {"macs": 10, "latency": 0.5}`,
		`"candidate": 1, "values": {"k": "3"}, "status": "failed", "costs": {"macs": 20}, "error": "x"`,
		`"candidate": 2, "values": {"k": "5"}, "status": "stopped", "costs": {"macs": 30, "latency": 0.25},
			"epochs": [{"epoch": 1, "score": 5}, {"epoch": 3, "score": 7}]`,
		`"candidate": 3, "values": {"k": "7"}, "status": "done", "score": 0.5, "costs": {"macs": 40, "latency": 0.75}`,
	} {
		lines += "\n{" + strings.ReplaceAll(line, "\n", "") + "}"
	}
	whole := strings.ReplaceAll(header, "\n", "") + lines + "\n"
	writeTestFile(t, path, whole)
	for cost, want := range map[string][3]float64{"": {0.5, 0.25, 0.75}, "macs": {10, 30, 40}} {
		s, err := searched(path, cost)
		if err != nil {
			t.Fatal(err)
		}
		if s.Failed != 1 || s.Score != "score" || len(s.Points) != 3 || (s.Cost == "latency") != (cost == "") {
			t.Fatalf("%q: %+v", cost, s)
		}
		for i, p := range s.Points {
			if p.Cost != want[i] || p.Front != (i == 0) || p.Stopped != [3]int{0, 3, 0}[i] ||
				p.Score != [3]float64{1, 7, 0.5}[i] || p.Settings[0] != "k = "+[3]string{"1", "5", "7"}[i] {
				t.Errorf("%q: point %d is %+v", cost, i, p)
			}
		}
	}
	writeTestFile(t, path, strings.Replace(strings.ReplaceAll(whole, "latency", "memory"), `"score": "run"`,
		`"score": "least macs", "least": true`, 1))
	s, err := searched(path, "")
	if err != nil || s.Cost != "macs" || s.Score != "least macs" || !s.Points[0].Front {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := searched(path, "latency"); err == nil ||
		!strings.Contains(err.Error(), "has no latency of candidate 0") {
		t.Error(err)
	}
}

// TestMeasured: networks are timed where that is asked for, and what a budget of time fits is called the largest found.
func TestMeasured(t *testing.T) {
	_, try := mistakes(t)
	in := func(line ...string) string {
		t.Helper()
		var out, problems bytes.Buffer
		if code := run(line, strings.NewReader(""), &out, &problems); code != exitDone {
			t.Fatalf("%v: %s", line, &problems)
		}
		return out.String()
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "n.net")
	writeTestFile(t, file, strings.Replace(tiny, "scaling Size(resolution: int = 16) {\n    channels(c) = c",
		"scaling Size(resolution: int = 16, width: float = 1.0) {\n    channels(c) = round(c * width)", 1))
	if got := in("compare", "--measure", "--seconds", "0.01", file, file); !strings.Contains(got, "latency, µs") {
		t.Errorf("measured:\n%s", got)
	}
	if got := in("compare", file, file); strings.Contains(got, "latency") {
		t.Errorf("not measured:\n%s", got)
	}
	timed := in("search", "--budget", "latency=100s", "--seconds", "0.0001", file)
	if !strings.Contains(timed, "largest found ") || !strings.Contains(timed, " latency ") {
		t.Errorf("a budget of time:\n%s", timed)
	}
	if got := in("search", "--budget", "1MMACs", file); strings.Contains(got, "found") ||
		strings.Contains(got, "latency") {
		t.Errorf("a budget of work:\n%s", got)
	}
	if code, said := try("report --measure --seconds 0.01 -o OUT FILE"); code != exitDone {
		t.Error(said)
	}
}

// TestTimeNetworks: networks that are timed have a latency between its bounds.
func TestTimeNetworks(t *testing.T) {
	g := freeSpace(t).Baseline
	networks := []report.Network{reported(g), reported(g)}
	if err := timeNetworks(networks, 1, 10*time.Millisecond); err != nil || networks[0].Latency == nil ||
		networks[1].Latency == nil {
		t.Fatalf("%+v, %v", networks, err)
	}
	l := networks[0].Latency
	if l.Low <= 0 || l.Low > l.Median || l.Median > l.High {
		t.Errorf("%+v", l)
	}
}
