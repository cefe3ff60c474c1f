package expect_test

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/expect"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// TestEveryRunFails explains with a runner that fails at its k-th try, for every k: its error comes out.
func TestEveryRunFails(t *testing.T) {
	o := makeOriginal(t, "hard")
	g := tiny(t, "plain")
	golden := read(t, o.archive(t), g)
	wrong := errors.New("the processor is broken")
	for k := 0; ; k++ {
		calls := 0
		e, err := golden.Explain(g, o.set, func(g *ir.Graph, set params.Set, image []float32) ([][]float32, error) {
			if calls++; calls > k {
				return nil, wrong
			}
			return eval.Run(g, set, image)
		})
		if calls <= k {
			if err != nil || len(e.Changes) == 0 {
				t.Errorf("when none fails: %+v, %v", e, err)
			}
			if k < 3 {
				t.Errorf("only %d networks are tried", k)
			}
			break
		}
		if err != wrong || e.Changes != nil {
			t.Fatalf("try %d fails: %+v, %v", k, e, err)
		}
	}
}

// TestBrokenImages: examples that do not fit the network are errors, wherever they are computed.
func TestBrokenImages(t *testing.T) {
	o := makeOriginal(t, "tensorflow")
	g := tiny(t, "plain")
	for i := range 2 {
		golden := read(t, o.archive(t), g)
		golden.Images = slices.Clone(golden.Images)
		golden.Images[i] = golden.Images[i][:5]
		for name, f := range map[string]func() error{
			"check":   func() error { _, err := golden.Check(g, o.set); return err },
			"explain": func() error { _, err := golden.Explain(g, o.set, eval.Run); return err },
			"rival": func() error {
				_, err := golden.Rival(g, o.set, expect.Result{Difference: math.Inf(1)})
				return err
			},
		} {
			if err := f(); err == nil || !strings.Contains(err.Error(), "the example has 5 values") {
				t.Errorf("%s with image %d: %v", name, i, err)
			}
		}
	}
}

// TestNoRival: an epsilon that comes nearer, but not far nearer, is not asked about.
func TestNoRival(t *testing.T) {
	o := makeOriginal(t, "plain")
	other := variantOf(t, strings.Replace(text, "epsilon: float = 1e-5", "epsilon: float = 1e-3", 1), "plain")
	for i, image := range o.images { // between the two, a little nearer to the other
		out, err := eval.Run(other, o.set, image)
		if err != nil {
			t.Fatal(err)
		}
		for k := range out[0] {
			o.outputs[i][k] = 0.4*o.outputs[i][k] + 0.6*out[0][k]
		}
	}
	golden := read(t, o.archive(t), o.graph)
	r, err := golden.Check(o.graph, o.set)
	if err != nil || !(r.Difference > 1e-5) {
		t.Fatalf("the epsilon does not show: %v, %v", r, err)
	}
	if e, err := golden.Rival(o.graph, o.set, r); err != nil || len(e.Changes) != 0 {
		t.Errorf("got %+v, %v", e, err)
	}
}

// TestUnreadable reads archives that are not there, that have no arrays, and whose arrays are damaged.
func TestUnreadable(t *testing.T) {
	o := makeOriginal(t, "plain")
	image, output := array("input", []int{1, 3, 16, 16}, o.images[0]), array("output", []int{1, 5}, o.outputs[0])
	damaged := func(member string) string {
		path := writeArchive(t, image, output)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		whole[bytes.Index(whole, []byte(member))+len(member)+60] ^= 1 // behind where the array's header is
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, tt := range []struct{ path, want string }{
		{filepath.Join(t.TempDir(), "none.npz"), "no such file"},
		{damaged("input.npy"), "input"}, {damaged("output.npy"), "output"},
		{writeArchive(t, output), `no array is called input; it has "output"`},
		{writeArchive(t, image), `no array is called output; it has "input"`},
		{writeArchive(t, image, output, array("x", []int{1}, []float32{1})),
			`the array "x" is neither the input nor an output of the network: call them input and output`},
		{"../checkpoint/torch/testdata/training.pth", ""},
	} {
		_, err := expect.Read(tt.path, o.graph)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.path) {
			t.Errorf("%s: %v, want %s", tt.path, err, tt.want)
		}
	}
	g := variantOf(t, two, "A")
	arrays := []compilertest.Array{array("image", []int{1, 3, 4, 5}, o.images[0][:60]),
		array("more", []int{1, 6}, o.images[0][:6]), array("x", []int{1}, []float32{1})}
	if _, err := expect.Read(writeArchive(t, arrays...), g); err == nil || !strings.HasSuffix(err.Error(),
		`neither the input nor an output of the network: they are called image, more, result, picture`) {
		t.Errorf("got %v", err)
	}
}
