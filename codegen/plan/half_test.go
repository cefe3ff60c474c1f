package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
)

// mixed has values of both types: the window of odd has no routine, and dense none of float16. What both read, deep, is
// converted once; the squares of dense are converted back for the residual.
const mixed = `graph "mixed"
image = Input(Shape: {3, 16, 16}) : [3, 16, 16]
stem = Conv(Out: 40, Kernel: 3, Stride: 2, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}, Bias: true) image : [40, 8, 8]
deep = Conv(Out: 40, Kernel: 3, Stride: 1, Dilation: 1, Groups: 40, Pad: {1, 1, 1, 1}, Bias: true) stem : [40, 8, 8]
mean = GlobalAvgPool() deep : [40, 1, 1]
scaled = Mul() deep mean : [40, 8, 8]
project = Conv(Out: 24, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1, Bias: true) scaled : [24, 8, 8]
dense = Conv(Out: 24, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}, Bias: true) deep : [24, 8, 8]
odd = Conv(Out: 24, Kernel: 2, Stride: 1, Dilation: 1, Groups: 24, Bias: true) dense : [24, 7, 7]
point = Conv(Out: 72, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1, Bias: true) odd : [72, 7, 7]
last = GlobalAvgPool() point : [72, 1, 1]
flat = Flatten() last : [72]
logits = Linear(Out: 5, Bias: true) flat : [5]
output logits project
`

// TestHalfSteps holds which steps compute with float16, and that their values are converted where types meet, once.
func TestHalfSteps(t *testing.T) {
	g, err := ir.Parse(mixed)
	if err != nil {
		t.Fatal(err)
	}
	values := eval.Calibrated(g, 1).Values()
	p, err := Build(&pass.Lowered{Graph: g}, values, WithArithmetic(kernel.F16))
	if err != nil {
		t.Fatal(err)
	}
	floats, err := Build(&pass.Lowered{Graph: g}, values)
	if err != nil {
		t.Fatal(err)
	}
	if p.String() != floats.String() || floats.Half != nil {
		t.Error("the plan beside the one of float16 is another than without")
	}
	var got []string
	for _, s := range p.Half.Steps {
		operands := operandsOf(s.Kernel)
		got = append(got, fmt.Sprintf("%s %s %s→%s", s.Name,
			strings.TrimPrefix(fmt.Sprintf("%T", s.Kernel), "*kernel."),
			operands[1].ref.Value.Layout.Type, operands[0].ref.Value.Layout.Type))
	}
	want := []string{
		"deep PlanarDepthwise f32→f16",
		"mean AverageSums f32→f32",
		"project Pointwise f16→f16",
		"deep Cast f16→f32",
		"dense Conv f32→f32",
		"odd Depthwise f32→f32",
		"odd Cast f32→f16",
		"point Pointwise f16→f16",
		"last GlobalAverage f16→f32",
		"logits Linear f32→f32",
		"project Cast f16→f32",
		"project Unblock f32→f32",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the steps are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if p.Half.Packing() != p.Packing() {
		t.Errorf("weights are packed as\n%s\nand\n%s", p.Half.Packing(), p.Packing())
	}
	if p.Half.Arena >= p.Arena {
		t.Errorf("the arena has %d bytes, and %d with float16", p.Arena, p.Half.Arena)
	}
}

// TestNoHalf: a network without a step that computes with float16 has one plan; a bias that float16 cannot hold is
// refused.
func TestNoHalf(t *testing.T) {
	g, err := ir.Parse(`graph "dense"
image = Input(Shape: {3, 1, 1}) : [3, 1, 1]
flat = Flatten() image : [3]
logits = Linear(Out: 20, Bias: true) flat : [20]
output logits
`)
	if err != nil {
		t.Fatal(err)
	}
	build := func(value float32) (*Plan, error) {
		return Build(&pass.Lowered{Graph: g}, func(p *ir.Param) (params.Reader, error) {
			return params.Of(slices.Repeat([]float32{value}, p.Shape.Elements())), nil
		}, WithArithmetic(kernel.F16))
	}
	if p, err := build(65504); err != nil || p.Half != nil {
		t.Errorf("another plan of %v, %v", p, err)
	}
	if _, err := build(70_000); err == nil || !strings.Contains(err.Error(), "logits has the parameter 70000, beyond") {
		t.Errorf("a parameter beyond float16: %v", err)
	}
}

// TestHalfExamples plans every example for float16: all operands are of types that their kernels read, and weights lie
// where they do without. Of most networks the larger part is computed with float16.
func TestHalfExamples(t *testing.T) {
	some := 0
	for _, n := range compilertest.Examples(t, false) {
		p, err := Sketch(n.Graph, WithArithmetic(kernel.F16))
		if err != nil {
			t.Fatal(err)
		}
		if p.Half == nil {
			continue
		}
		some++
		if p.Half.Packing() != p.Packing() {
			t.Errorf("%s: weights are packed in two ways", n.Graph.Name)
		}
		var half, all int64
		for _, s := range p.Half.Steps {
			all += s.FLOPs
			if operands := operandsOf(s.Kernel); operands[0].ref.Value.Layout.Type == kernel.F16 {
				half += s.FLOPs
			}
		}
		t.Logf("%s: %.0f%% of the operations are of float16, in %.2f of the memory", n.Graph.Name,
			100*float64(half)/float64(all), float64(p.Half.Arena)/float64(p.Arena))
	}
	if some < 10 {
		t.Errorf("of %d examples only a part is computed with float16", some)
	}
}
