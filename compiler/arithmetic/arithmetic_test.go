package arithmetic_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/arithmetic"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/ir"
)

func network(t *testing.T, o build.Override) *ir.Graph {
	t.Helper()
	program, err := compiler.Load("../../examples/efficientnet/efficientnet.net")
	if err != nil {
		t.Fatal(err)
	}
	n, err := program.Build("B0", o)
	if err != nil {
		t.Fatal(err)
	}
	return n.Graph
}

func TestDiffers(t *testing.T) {
	plain := build.Override{"resolution": 224}
	tests := []struct {
		name     string
		settings build.Override
		stated   arithmetic.Arithmetic
		want     arithmetic.Arithmetic
		got      string
	}{
		{"nothing said", plain, arithmetic.Arithmetic{}, arithmetic.Arithmetic{}, ""},
		{"it has it", plain, arithmetic.Arithmetic{1e-5, arithmetic.Symmetric, ir.SiLU}, arithmetic.Arithmetic{}, ""},
		{"another epsilon", plain, arithmetic.Arithmetic{1e-3, arithmetic.Symmetric, ""},
			arithmetic.Arithmetic{Epsilon: 1e-3}, "epsilon 1e-05"},
		{"another padding", plain, arithmetic.Arithmetic{1e-5, arithmetic.Same, ""},
			arithmetic.Arithmetic{Padding: "same"}, "padding symmetric"},
		{"both", build.Override{"epsilon": 1e-3, "padding": "same"}, arithmetic.Arithmetic{1e-5, arithmetic.Symmetric,
			""},
			arithmetic.Arithmetic{Epsilon: 1e-5, Padding: "symmetric"}, "epsilon 0.001, padding same"},
		{"another activation", plain, arithmetic.Arithmetic{Activation: ir.HardSwish},
			arithmetic.Arithmetic{Activation: ir.HardSwish}, "activations [SiLU Sigmoid]"},
		{"all images are odd", build.Override{"resolution": 225}, arithmetic.Arithmetic{Padding: arithmetic.Same},
			arithmetic.Arithmetic{}, ""},
	}
	for _, tt := range tests {
		want, got := tt.stated.Differs(network(t, tt.settings))
		if want != tt.want || strings.Join(got, ", ") != tt.got {
			t.Errorf("%s: got %v and %q, want %v and %q", tt.name, want, got, tt.want, tt.got)
		}
	}
}

// TestApply: the rewritten graph is the one that the settings of the language make.
func TestApply(t *testing.T) {
	for _, resolution := range []int{224, 225, 227} {
		tensorflow := arithmetic.Arithmetic{Epsilon: 1e-3, Padding: arithmetic.Same}
		got, ok := tensorflow.Apply(network(t, build.Override{"resolution": resolution}))
		if !ok {
			t.Fatal("the shapes change")
		}
		want := network(t, build.Override{"resolution": resolution, "epsilon": 1e-3, "padding": "same"})
		got.Name = want.Name
		if got.String() != want.String() {
			t.Errorf("at %d the graphs differ", resolution)
		}
	}
}

func TestFlags(t *testing.T) {
	a := arithmetic.Arithmetic{Epsilon: 1e-3, Padding: arithmetic.Same}
	if got := a.Flags(); got != "--set epsilon=0.001 --set padding=same" {
		t.Errorf("got %s", got)
	}
	if got := (arithmetic.Arithmetic{Epsilon: 1.001e-5}).Flags(); got != "--set epsilon=1.001e-05" {
		t.Errorf("got %s", got)
	}
	for want, a := range map[string]arithmetic.Arithmetic{
		"": {}, "epsilon 1": {Epsilon: 1}, "padding same": {Padding: arithmetic.Same},
		"activation SiLU": {Activation: ir.SiLU}, "epsilon 0.001, padding same": a,
		"epsilon 0.5, activation SiLU": {Epsilon: 0.5, Activation: ir.SiLU},
	} {
		if got := a.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for want, a := range map[string]arithmetic.Arithmetic{
		"": {Activation: ir.SiLU}, "--set epsilon=1": {Epsilon: 1}, "--set padding=same": {Padding: arithmetic.Same},
	} {
		if got := a.Flags(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestCould: a rule may pad so at some size, whichever it is, and no rule pads as the other alone does.
func TestCould(t *testing.T) {
	conv := ir.Window{Kernel: ir.Square(3), Stride: ir.Square(2), Dilation: ir.Square(1)}
	odd, even, mixed := ir.Padding{Top: 1, Left: 1, Bottom: 1, Right: 1}, ir.Padding{Bottom: 1, Right: 1},
		ir.Padding{Left: 1, Bottom: 1, Right: 1}
	for _, tt := range []struct {
		rule arithmetic.Padding
		pad  ir.Padding
		want bool
	}{
		{arithmetic.Same, odd, true}, {arithmetic.Same, even, true}, {arithmetic.Same, mixed, true},
		{arithmetic.Same, ir.Padding{Top: 1, Left: 1}, false}, {arithmetic.Same, ir.Padding{}, false},
		{arithmetic.Symmetric, odd, true}, {arithmetic.Symmetric, even, false}, {arithmetic.Symmetric, mixed, false},
	} {
		if got := tt.rule.Could(conv, tt.pad); got != tt.want {
			t.Errorf("%s pads %v: %v, want %v", tt.rule, tt.pad, got, tt.want)
		}
	}
}

const padded = `graph "padded"
image = Input(Shape: {2, 8, 8}) : [2, 8, 8]
symmetric = Conv(Out: 2, Kernel: 3, Stride: 2, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}) image : [2, 4, 4]
norm = BatchNorm(Epsilon: 0.001, Momentum: 0.1) symmetric : [2, 4, 4]
same = Conv(Out: 2, Kernel: 3, Stride: 2, Dilation: 1, Groups: 1, Pad: {0, 0, 1, 1}) norm : [2, 2, 2]
own = Conv(Out: 2, Kernel: 3, Stride: 2, Dilation: 1, Groups: 1, Pad: {2, 1, 0, 1}) same : [2, 1, 1]
layers = LayerNorm(Axes: {0}, Epsilon: 0.002) own : [2, 1, 1]
output layers
`

// TestEpsilons lists those of both kinds of norms, each once, as they occur.
func TestEpsilons(t *testing.T) {
	g, err := ir.Parse(padded)
	if err != nil {
		t.Fatal(err)
	}
	if got := arithmetic.Epsilons(g); !slices.Equal(got, []float64{0.001, 0.002}) {
		t.Errorf("got %v", got)
	}
	if g, err = ir.Parse(strings.ReplaceAll(padded, "0.002", "0.001")); err != nil {
		t.Fatal(err)
	}
	if got := arithmetic.Epsilons(g); !slices.Equal(got, []float64{0.001}) {
		t.Errorf("of the same twice: got %v", got)
	}
}

// TestApplyParts: what a statement does not say stays as it is, and so does padding by neither rule.
func TestApplyParts(t *testing.T) {
	replace := strings.NewReplacer
	for _, tt := range []struct {
		stated arithmetic.Arithmetic
		change *strings.Replacer
	}{
		{arithmetic.Arithmetic{}, replace()},
		{arithmetic.Arithmetic{Activation: ir.SiLU}, replace()},
		{arithmetic.Arithmetic{Epsilon: 0.5},
			replace("Epsilon: 0.001", "Epsilon: 0.5", "Epsilon: 0.002", "Epsilon: 0.5")},
		{arithmetic.Arithmetic{Padding: arithmetic.Same}, replace("{1, 1, 1, 1}", "{0, 0, 1, 1}")},
		{arithmetic.Arithmetic{Padding: arithmetic.Symmetric}, replace("{0, 0, 1, 1}", "{1, 1, 1, 1}")},
	} {
		g, err := ir.Parse(padded)
		if err != nil {
			t.Fatal(err)
		}
		want, err := ir.Parse(tt.change.Replace(padded))
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := tt.stated.Apply(g); !ok || got.String() != want.String() {
			t.Errorf("%v: got\n%s\nwant\n%s", tt.stated, got, want)
		}
	}
}

// TestRewrite refuses operations that cannot stand where they should, or that change the shape of a parameter or of an
// output; shapes within may change.
func TestRewrite(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(c *ir.Conv)
		want   bool
	}{
		"nothing":   {func(*ir.Conv) {}, true},
		"a padding": {func(c *ir.Conv) { c.Pad = ir.Padding{Bottom: 2, Right: 2} }, true},
		"a kernel": {func(c *ir.Conv) {
			c.Kernel, c.Pad = ir.Square(1), ir.Padding{}
		}, false},
		"an output": {func(c *ir.Conv) { c.Stride = ir.Square(2) }, false},
		"groups":    {func(c *ir.Conv) { c.Groups = 3 }, false},
	} {
		g, err := ir.Parse(`graph "one"
image = Input(Shape: {2, 4, 4}) : [2, 4, 4]
conv = Conv(Out: 2, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}) image : [2, 4, 4]
output conv
`)
		if err != nil {
			t.Fatal(err)
		}
		_, ok := arithmetic.Rewrite(g, func(n *ir.Node) ir.Op {
			if c, is := n.Op.(ir.Conv); is {
				tt.change(&c)
				return c
			}
			return n.Op
		})
		if ok != tt.want {
			t.Errorf("%s may change: %t", name, ok)
		}
	}
}
