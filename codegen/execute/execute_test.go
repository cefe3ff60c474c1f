package execute

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/netc-lang/netc/codegen/engine"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler/checkpoint/numpy"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
)

// TestInfer runs random networks on several images and several workers, and compares with the interpreter.
func TestInfer(t *testing.T) {
	for seed := range uint64(40) {
		g := eval.RandomGraph(seed, false)
		const n = 3
		images := eval.Noise(g, seed, n)
		set := eval.Calibrated(g, seed, images...)
		p, err := plan.Of(g, set.Values())
		if err != nil {
			t.Fatal(err)
		}
		inputs := make([][]float32, len(g.Inputs))
		for _, image := range images {
			for i, part := range eval.Split(g, image) {
				inputs[i] = append(inputs[i], part...)
			}
		}
		results, err := New(p, engine.WithWorkers(2)).Infer(context.Background(), inputs...)
		if err != nil {
			t.Fatal(err)
		}
		for i, image := range images {
			want, err := eval.Run(g, set, image)
			if err != nil {
				t.Fatal(err)
			}
			for k := range want {
				same(t, g, results[k][i*len(want[k]):(i+1)*len(want[k])], want[k])
			}
		}
		broken := slices.Clone(inputs)
		broken[0] = broken[0][1:]
		if _, err := New(p).Infer(context.Background(), broken...); err == nil && len(inputs[0]) > n {
			t.Error("a part of an image is taken for one")
		}
		if len(inputs) > 1 {
			fewer := slices.Clone(inputs)
			fewer[0] = fewer[0][:len(fewer[0])/n]
			want := fmt.Sprintf("of the input %s there are 1 values, of %s %d", g.Inputs[0].Name, g.Inputs[1].Name, n)
			if _, err := New(p).Infer(context.Background(), fewer...); err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		}
	}
}

func same(t *testing.T, g *ir.Graph, got, want []float32) {
	t.Helper()
	largest := 0.0
	for _, v := range want {
		largest = max(largest, math.Abs(float64(v)))
	}
	for i := range want {
		if difference := math.Abs(float64(got[i] - want[i])); !(difference <= 2e-4*largest+1e-6) {
			t.Fatalf("result %d is %g, want %g\n%s", i, got[i], want[i], g)
		}
	}
}

// TestReadImages reads the same images in every form, and refuses what is no such thing.
func TestReadImages(t *testing.T) {
	dir, shape := t.TempDir(), ir.Shape{1, 2, 3}
	want := []float32{1, -2, 3.5, 0, 5, 6, 7, 8, 9, 10, 11, 12}
	write := func(name string, text func(b *bytes.Buffer) error) string {
		var b bytes.Buffer
		if err := text(&b); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	array := func(dims ...int) func(b *bytes.Buffer) error {
		return func(b *bytes.Buffer) error { return numpy.WriteArray(b, dims, want[:elements(dims)]) }
	}
	integers := func(b *bytes.Buffer) error {
		err := array(1, 2, 3)(b)
		copy(b.Bytes()[bytes.Index(b.Bytes(), []byte("<f4")):], "<i4")
		return err
	}
	raw := func(b *bytes.Buffer) error { return WriteFloats(b, want) }
	archive := filepath.Join(dir, "two.npz")
	compilertest.WriteArchive(t, archive, compilertest.Array{Name: "other", Shape: []int{1}, Values: []float32{1}},
		compilertest.Array{Name: "image", Shape: []int{2, 1, 2, 3}, Values: want})
	for _, c := range []struct {
		path  string
		count int // of floats; 0: it is refused
		says  string
	}{
		{write("several.npy", array(2, 1, 2, 3)), 12, ""}, {write("one.npy", array(1, 2, 3)), 6, ""},
		{write("raw", raw), 12, ""}, {archive, 12, ""},
		{write("turned.npy", array(2, 3, 1)), 0, "takes images of shape [1, 2, 3]"},
		{write("flat.npy", array(6)), 0, "takes images"},
		{write("integers.npy", integers), 0, "convert it to float32, as the network was trained"},
		{write("short", func(b *bytes.Buffer) error { return WriteFloats(b, want[:7]) }), 0,
			"28 bytes are no whole number"},
		{write("damaged.npy", raw), 0, "it is called .npy and does not begin as such a file"},
		{write("damaged.npz", raw), 0, "it is called .npz and does"},
		{write("picture", func(b *bytes.Buffer) error {
			b.WriteString("\x89PNG\r\n\x1a\n")
			return WriteFloats(b, want[:4])
		}), 0, "it is a picture"},
		{write("empty", func(*bytes.Buffer) error { return nil }), 0, "0 bytes"}, {dir, 0, "no file of numbers"},
		{filepath.Join(dir, "none"), 0, "no such file"},
	} {
		got, err := ReadImages(c.path, "image", shape)
		if c.count == 0 {
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v, want …%s…", c.path, err, c.says)
			}
			continue
		}
		if err != nil || !slices.Equal(got, want[:c.count]) {
			t.Errorf("%s: %v, %v", c.path, got, err)
		}
	}
	if got, err := ReadStream(bytes.NewReader([]byte{0, 0, 128, 63}), "image", ir.Shape{1, 1, 1}); err != nil ||
		got[0] != 1 {
		t.Errorf("through a pipe: %v, %v", got, err)
	}
}

// TestBrokenStream: what breaks while it is read is told as such.
func TestBrokenStream(t *testing.T) {
	broken := io.MultiReader(bytes.NewReader([]byte{0, 0, 128, 63}), iotest.ErrReader(io.ErrClosedPipe))
	if _, err := ReadStream(broken, "image", ir.Shape{1, 1, 1}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("the error is %v", err)
	}
}

func elements(dims []int) int { return ir.Shape(dims).Elements() }

// TestResults writes results and reads them back.
func TestResults(t *testing.T) {
	outputs := []plan.Output{{Name: "logits", Shape: ir.Shape{2}}, {Name: "features", Shape: ir.Shape{1, 1, 3}}}
	results := [][]float32{{1, 2, 4, 3}, {1, 2, 3, 4, 5, 9}}
	path := filepath.Join(t.TempDir(), "results.npz")
	var b bytes.Buffer
	if err := WriteArchive(&b, outputs, 2, results); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadImages(path, "features", ir.Shape{1, 1, 3}); err != nil || !slices.Equal(got, results[1]) {
		t.Errorf("%v, %v", got, err)
	}
	want := "logits [2]\n       0  4\n       1  3\nfeatures [1, 1, 3]: 4 to 9, mean 6\n"
	if got := Text(outputs, 1, results); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	nan := float32(math.NaN())
	if got := largest([]float32{1, nan, 3, 3, -1, nan, 2}); !slices.Equal(got, []int{1, 5, 2, 3, 6}) {
		t.Errorf("the largest are %v", got)
	}
}

// TestMeasure holds that functions run in turn, and that the shares of their times are in order.
func TestMeasure(t *testing.T) {
	var order []int
	all, err := Measure(time.Millisecond, Repeat(func() error { order = append(order, 0); return nil }),
		Repeat(func() error { order = append(order, 1); return nil }))
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	if changes := len(slices.Compact(slices.Clone(order))); changes < 6 {
		t.Errorf("they take turns %d times", changes)
	}
	for _, l := range all {
		if l.Inferences == 0 || l.Shortest > l.Low || l.Low > l.Median || l.Median > l.High {
			t.Errorf("%+v", l)
		}
	}
	if _, err := Measure(time.Millisecond, Repeat(func() error { return os.ErrInvalid })); err != os.ErrInvalid {
		t.Errorf("the error is %v", err)
	}
}

// TestFastest: layers that compute nothing, or whose time is too short for the clock, say nothing of the machine.
func TestFastest(t *testing.T) {
	profile := func(layers ...engine.Layer) engine.Profile { return engine.Profile{Layers: layers} }
	one, two := engine.Layer{FLOPs: 100, Time: time.Second}, engine.Layer{FLOPs: 300, Time: 2 * time.Second}
	idle, quick := engine.Layer{Time: time.Second}, engine.Layer{FLOPs: 1000}
	for _, tt := range []struct {
		before, after engine.Profile
		want          float64
	}{
		{profile(), profile(one, two), 150}, {profile(one, one), profile(two, two), 300}, {profile(), profile(idle), 0},
		{profile(), profile(quick, one), 100}, {profile(one), profile(one, idle, quick), 0}, {profile(), profile(), 0},
		{profile(two), profile(one, one), 100},
	} {
		if got := fastest(tt.before, tt.after); got != tt.want {
			t.Errorf("from %v to %v: %g, want %g", tt.before, tt.after, got, tt.want)
		}
	}
}

// TestLatencyText says times in milliseconds.
func TestLatencyText(t *testing.T) {
	l := Latency{Median: 1500 * time.Microsecond, Low: time.Millisecond, High: 2 * time.Second, Shortest: 250,
		Inferences: 7}
	if got, want := l.String(), "1.500 ms (middle half 1.000 to 2000.000, shortest 0.000, 7 inferences)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestMachinePeak: it takes a while to copy 64 MB, a thousandth of a second at 134 GB/s, and to multiply.
func TestMachinePeak(t *testing.T) {
	flops, bandwidth := MachinePeak(2)
	if !(flops > 1e7 && flops < 1e14) || !(bandwidth > 1e8 && bandwidth < 1e13) {
		t.Errorf("%g operations and %g bytes a second", flops, bandwidth)
	}
}
