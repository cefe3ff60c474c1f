package plan

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
)

// TestSharedWeights holds that the weights of a layer that is applied several times are in a plan once, for every
// kernel that reads them, whatever the sizes of what it is applied to; that a sketch counts them so, and that results
// are right.
func TestSharedWeights(t *testing.T) {
	text, err := os.ReadFile("../../export/onnx/testdata/shared.ir")
	if err != nil {
		t.Fatal(err)
	}
	g, err := ir.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	example := eval.Noise(g, 3, 1)[0]
	set := eval.Calibrated(g, 3, example)
	want, err := eval.Run(g, set, example)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []kernel.ElementType{kernel.F32, kernel.F16} {
		p, err := Of(g, set.Values(), WithWeights(kind))
		if err != nil {
			t.Fatal(err)
		}
		if kind == kernel.F32 {
			for i, got := range execute(p, example, 1<<len(p.Outputs)-1, 1) {
				sameValues(t, g, p, g.Outputs[i].Node, got, want[i])
			}
		}
		offsets := map[string][]int{} // of a step's weights
		for i := range p.Steps {
			for _, o := range operandsOf(p.Steps[i].Kernel) {
				if o.role == weights {
					offsets[p.Steps[i].Name] = append(offsets[p.Steps[i].Name], o.ref.Offset)
				}
			}
		}
		compared := 0
		for name, first := range offsets {
			rest, ok := strings.CutPrefix(name, "p3.")
			if !ok {
				continue
			}
			for _, at := range []string{"p4.", "stage.0.", "stage.1."} {
				again, ok := offsets[at+rest]
				if !ok {
					t.Errorf("there is no step %s", at+rest)
				}
				for i := range again {
					compared++
					if again[i] != first[i] {
						t.Errorf("%s has its weights at %v, %s at %v", name, first, at+rest, again)
					}
				}
			}
		}
		for _, pair := range [][2]string{{"folded.last", "unfolded"}, {"left", "right"}} {
			x, y := offsets[pair[0]], offsets[pair[1]]
			if len(x) != 2 || len(y) != 2 || x[0] != y[0] || x[1] != y[1] {
				t.Errorf("%s and %s have their weights at %v and %v", pair[0], pair[1], x, y)
			}
		}
		if compared < 3*8 {
			t.Errorf("only %d operands are compared", compared)
		}
		sketch, err := Sketch(g, WithWeights(kind))
		if err != nil {
			t.Fatal(err)
		}
		apart, err := ir.Parse(regexp.MustCompile(` of \S+ at \S+`).ReplaceAllString(string(text), ""))
		if err != nil {
			t.Fatal(err)
		}
		several, err := Of(apart, eval.Calibrated(apart, 3, example).Values(), WithWeights(kind))
		if err != nil {
			t.Fatal(err)
		}
		if got, all := bytesOf(p), bytesOf(several); got != bytesOf(sketch) || got >= all/2 {
			t.Errorf("%d bytes of weights, in the sketch %d, of layers of their own %d", got, bytesOf(sketch), all)
		}
	}
}

func bytesOf(p *Plan) (n int) {
	for _, s := range p.Sections {
		n += s.Elements * s.Type.Size()
	}
	return n
}
