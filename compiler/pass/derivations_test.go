package pass_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
)

// norms has convolutions with one batch norm behind them, with two, with part of one, and with one that has to stay.
const norms = `graph "norms"
image = Input(Shape: {3, 5, 4}) : [3, 5, 4]
first = BatchNorm(Epsilon: 0.1, Momentum: 0.1) image : [3, 5, 4]
plain = Conv(Out: 4, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1) first : [4, 3, 2]
norm = BatchNorm(Epsilon: 0.001, Momentum: 0.1) plain : [4, 3, 2]
again = BatchNorm(Epsilon: 0.01, Momentum: 0.1) norm : [4, 3, 2]
biased = Conv(Out: 4, Kernel: 1, Stride: 1, Dilation: 1, Groups: 2, Bias: true) again : [4, 3, 2]
norm2 = BatchNorm(Epsilon: 0.001, Momentum: 0.1) biased : [4, 3, 2]
shared = Conv(Out: 4, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) norm2 : [4, 3, 2]
norm3 = BatchNorm(Epsilon: 0.001, Momentum: 0.1) shared : [4, 3, 2]
sum = Add() norm3 shared : [4, 3, 2]
left = Conv(Out: 3, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) sum : [3, 3, 2]
left.norm = BatchNorm(Epsilon: 0.01, Momentum: 0.1) left : [3, 3, 2]
right = Conv(Out: 5, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}, Bias: true) sum : [5, 3, 2]
drop = Dropout(Rate: 0.5) right : [5, 3, 2]
both = Concat() left.norm drop : [8, 3, 2]
both.norm = BatchNorm(Epsilon: 0.001, Momentum: 0.1) both : [8, 3, 2]
early = Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) both.norm : [2, 3, 2]
unread = BatchNorm(Epsilon: 0.001, Momentum: 0.1) early : [2, 3, 2]
output early
`

// folded says which batch norms go into which convolution, and from which channel on.
var folded = map[string][]struct {
	norm    string
	epsilon float64
	channel int
}{
	"plain":  {{"norm", 0.001, 0}, {"again", 0.01, 0}},
	"biased": {{"norm2", 0.001, 0}},
	"left":   {{"left.norm", 0.01, 0}, {"both.norm", 0.001, 0}},
	"right":  {{"both.norm", 0.001, 3}},
}

func normsGraph(t *testing.T) *ir.Graph {
	t.Helper()
	g, err := ir.Parse(norms)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// foldedByHand returns the parameters that folding changes, worked out from the table above.
func foldedByHand(set params.Set) map[string][]float32 {
	want := map[string][]float32{}
	for conv, all := range folded {
		weight := slices.Clone(set[conv+".weight"].Data)
		outputs := set[conv+".weight"].Shape[0]
		bias := make([]float32, outputs)
		if b := set[conv+".bias"]; b != nil {
			copy(bias, b.Data)
		}
		for _, f := range all {
			of := func(role ir.Role, i int) float64 { return float64(set[f.norm+"."+role.Field()].Data[f.channel+i]) }
			for o := range outputs {
				factor := of(ir.Scale, o) / math.Sqrt(of(ir.RunningVariance, o)+f.epsilon)
				each := len(weight) / outputs
				for i := range each {
					weight[o*each+i] = float32(float64(weight[o*each+i]) * factor)
				}
				bias[o] = float32(float64(bias[o])*factor + (of(ir.Shift, o) - of(ir.RunningMean, o)*factor))
			}
		}
		want[conv+".weight"], want[conv+".bias"] = weight, bias
	}
	return want
}

// TestDerivations evaluates every parameter, as a whole and in pieces that begin and end within channels.
func TestDerivations(t *testing.T) {
	g := normsGraph(t)
	set := eval.Calibrated(g, 3)
	after, derived := pass.Run(pass.Export(true, false), g, nil)
	if len(after.Nodes) != len(g.Nodes)-7 {
		t.Errorf("%d of %d nodes are left", len(after.Nodes), len(g.Nodes))
	}
	byHand := foldedByHand(set)
	values := derived.Values(set.Values())
	for _, p := range after.Params() {
		want, changed := byHand[p.Name]
		if !changed {
			want = set[p.Name].Data
		}
		got, err := values.Get(p)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s is %v, want %v", p.Name, got, want)
		}
		read, err := values(p)
		if err != nil {
			t.Fatal(err)
		}
		for at, n := 0, 1; at < len(got); at, n = at+n, n%7+1 {
			n = min(n, len(got)-at)
			if piece := make([]float32, n); read(piece) != nil || !slices.Equal(piece, got[at:at+n]) {
				t.Errorf("%s differs from element %d on", p.Name, at)
			}
		}
	}
}

// TestDerivationsFail has each parameter of the graph before fail, when it is opened and when it is read: whatever
// depends on it must fail with that very error, and nothing else.
func TestDerivationsFail(t *testing.T) {
	g := normsGraph(t)
	set := eval.Calibrated(g, 3)
	after, derived := pass.Run(pass.Lowering, g, nil)
	broken := errors.New("the file is broken")
	for _, failing := range g.Params() {
		for _, opening := range []bool{true, false} {
			values := derived.Values(func(p *ir.Param) (params.Reader, error) {
				switch {
				case p.Name != failing.Name:
					return set.Values()(p)
				case opening:
					return nil, broken
				}
				return func([]float32) error { return broken }, nil
			})
			for _, p := range after.Params() {
				got, err := values.Get(p)
				switch wanted := dependsOn(p.Name, failing.Name); {
				case wanted && err != broken:
					t.Errorf("%s fails, and %s of it is %v, %v", failing.Name, p.Name, got, err)
				case !wanted && err != nil:
					t.Errorf("%s fails, and so does %s: %v", failing.Name, p.Name, err)
				}
			}
		}
	}
}

// dependsOn reports whether a parameter is made of another, itself perhaps.
func dependsOn(name, of string) bool {
	if name == of {
		return true
	}
	for conv, all := range folded {
		for _, f := range all {
			for _, role := range []ir.Role{ir.Scale, ir.Shift, ir.RunningMean, ir.RunningVariance} {
				if (name == conv+".weight" || name == conv+".bias") && of == f.norm+"."+role.Field() {
					return true
				}
			}
		}
	}
	return false
}

// TestPhasesFail: what a transposed convolution's phases are made of fails with its weight.
func TestPhasesFail(t *testing.T) {
	g, err := ir.Parse("graph \"g\"\nx = Input(Shape: {2, 3, 3}) : [2, 3, 3]\ny = ConvTranspose(Out: 2, Kernel: 3, " +
		"Stride: 2, Dilation: 1, Groups: 1) x : [2, 7, 7]\noutput y\n")
	if err != nil {
		t.Fatal(err)
	}
	after, derived := pass.Run(pass.Lowering, g, nil)
	broken := errors.New("the file is broken")
	for _, opening := range []bool{true, false} {
		values := derived.Values(func(*ir.Param) (params.Reader, error) {
			if opening {
				return nil, broken
			}
			return func([]float32) error { return broken }, nil
		})
		for _, p := range after.Params() {
			if got, err := values.Get(p); err != broken {
				t.Errorf("%s is %v, %v", p.Name, got, err)
			}
		}
	}
}
