package weights_test

import (
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/weights"
)

// TestCheckOperations holds what a file says of its layers against the network: how they pad, in numbers or by a rule,
// and with what epsilon they normalise.
func TestCheckOperations(t *testing.T) {
	g, err := ir.Parse(`graph "n"
image = Input(Shape: {3, 16, 16}) : [3, 16, 16]
stem = Conv(Out: 4, Kernel: 3, Stride: 2, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}) image : [4, 8, 8]
norm = BatchNorm(Epsilon: 1e-05) stem : [4, 8, 8]
next = Conv(Out: 4, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}) norm : [4, 8, 8]
output next
`)
	if err != nil {
		t.Fatal(err)
	}
	pads := func(p ...int64) *stored.Layer { return &stored.Layer{Pads: p} }
	rule := func(r string) *stored.Layer { return &stored.Layer{Rule: r} }
	epsilon := func(e float64) *stored.Layer { return &stored.Layer{Epsilon: e} }
	one := pads(1, 1, 1, 1)
	for _, tt := range []struct {
		name             string
		stem, norm, next *stored.Layer
		known            bool
		want             string
	}{
		{"nothing", nil, nil, nil, false, ""},
		{"all in numbers", one, epsilon(1e-5), one, true, ""},
		{"an epsilon of float32", one, epsilon(float64(float32(1e-5))), one, true, ""},
		{"by a rule that does the same", one, epsilon(1e-5), rule("same"), true, ""},
		{"by the network's rule", rule("symmetric"), epsilon(1e-5), rule("symmetric"), true, ""},
		{"the other rule", rule("same"), epsilon(1e-5), one, true, "it has padding same, and the network padding " +
			"symmetric: give --set padding=same"},
		{"the other rule, in numbers", pads(0, 0, 1, 1), epsilon(1e-5), one, true, "give --set padding=same"},
		{"neither rule", pads(0, 0, 0, 0), epsilon(1e-5), one, true, "stem pads {0 0 0 0} in the model, and {1 1 1 1}"},
		{"two rules", rule("same"), epsilon(1e-5), pads(2, 2, 2, 2), true,
			`stem pads by the rule "same" in the model, which is {0 0 1 1}, and {1 1 1 1} in the network`},
		{"another epsilon", one, epsilon(1e-3), one, true, "it has epsilon 0.001, and the network epsilon 1e-05: give " +
			"--set epsilon=0.001"},
		{"both", rule("same"), epsilon(1e-3), one, true, "give --set epsilon=0.001 --set padding=same"},
		{"no padding of one", one, epsilon(1e-5), nil, false, ""},
		{"no padding of one, and nothing in its layer", one, epsilon(1e-5), &stored.Layer{}, false, ""},
		{"no epsilon", one, nil, one, false, ""},
		{"no epsilon in its layer", one, &stored.Layer{}, one, false, ""},
	} {
		c := mappedBy(mapping.Identity(), g)
		for i := range c.States[0].Tensors {
			a := &c.States[0].Tensors[i]
			layer, _, _ := strings.Cut(a.Name, ".")
			a.Layer = map[string]*stored.Layer{"stem": tt.stem, "norm": tt.norm, "next": tt.next}[layer]
		}
		b, err := weights.Bind(c, g, weights.Options{})
		if err != nil {
			t.Fatal(err)
		}
		known, doubts, err := b.CheckOperations(g)
		if known != tt.known || len(doubts) > 0 || (err == nil) != (tt.want == "") ||
			err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: known %t, doubts %q, %v, want %q", tt.name, known, doubts, err, tt.want)
		}
	}
}
