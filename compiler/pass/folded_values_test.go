package pass_test

import (
	"slices"
	"testing"

	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/pass"
)

// TestFoldedValues derives each value by itself and holds it against those that the pass derives for a whole set.
func TestFoldedValues(t *testing.T) {
	g, err := ir.Parse(`graph "norms"
image = Input(Channels: 3, Height: 5, Width: 4) : [3, 5, 4]
first = BatchNorm(Epsilon: 0.1, Momentum: 0.1) image : [3, 5, 4]
plain = Conv(Out: 4, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1) first : [4, 3, 2]
norm = BatchNorm(Epsilon: 0.001, Momentum: 0.1) plain : [4, 3, 2]
biased = Conv(Out: 4, Kernel: 1, Stride: 1, Dilation: 1, Groups: 2, Bias: true) norm : [4, 3, 2]
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
`)
	if err != nil {
		t.Fatal(err)
	}
	set := eval.Calibrated(g, 3)
	after, want := pass.Run(pass.Export(true), g, set, nil)
	if len(after.Nodes) != len(g.Nodes)-6 {
		t.Errorf("%d of %d nodes are left", len(after.Nodes), len(g.Nodes))
	}
	values := pass.FoldedValues(g, after, set.Values())
	for _, p := range after.Params() {
		got, err := values.Get(p)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want.Of(p).Data) {
			t.Errorf("%s differs", p.Name)
		}
		read, err := values(p)
		if err != nil {
			t.Fatal(err)
		}
		for at, n := 0, 1; at < len(got); at, n = at+n, n%7+1 { // in pieces that begin and end within channels
			n = min(n, len(got)-at)
			if piece := make([]float32, n); read(piece) != nil || !slices.Equal(piece, got[at:at+n]) {
				t.Errorf("%s differs from element %d on", p.Name, at)
			}
		}
	}
}
