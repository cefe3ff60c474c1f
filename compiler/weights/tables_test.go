package weights

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
)

// TestAdaptKernels makes kernels for other numbers of channels of those for red, green and blue: one is their sum, of
// more each repeats them in turn, so that the sum over all channels stays.
func TestAdaptKernels(t *testing.T) {
	from := []float32{1, 2, 10, 20, 100, 200, 3, 4, 30, 40, 300, 400} // of two kernels of 1×2 pixels
	for channels, want := range map[int][]float32{
		1: {111, 222, 333, 444},
		2: {1.5, 3, 15, 30, 4.5, 6, 45, 60},
		6: {0.5, 1, 5, 10, 50, 100, 0.5, 1, 5, 10, 50, 100, 1.5, 2, 15, 20, 150, 200, 1.5, 2, 15, 20, 150, 200},
	} {
		if got := adaptKernels(from, ir.Shape{2, channels, 1, 2}); !slices.Equal(got, want) {
			t.Errorf("%d channels: got %v, want %v", channels, got, want)
		}
	}
}

// TestAdapts binds a network for grey images to a checkpoint for colours, by the layers that are to be adapted.
func TestAdapts(t *testing.T) {
	text := func(channels int) string {
		return fmt.Sprintf("graph \"g\"\nimage = Input(Shape: {%d, 4, 4}) : [%d, 4, 4]\n", channels, channels) +
			"stem = Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1, Bias: true) image : [2, 4, 4]\n" +
			"deep = Conv(Out: 3, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) stem : [3, 4, 4]\n" +
			"act = Activation(Function: ReLU) deep : [3, 4, 4]\noutput act\n"
	}
	parse := func(channels int) *ir.Graph {
		g, err := ir.Parse(text(channels))
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	file := func() *stored.Checkpoint {
		return &stored.Checkpoint{States: []stored.State{state(parse(3), "", same)}}
	}
	for _, channels := range []int{1, 6} {
		g := parse(channels)
		b, err := Bind(file(), g, Options{Adapt: []string{"stem"}})
		if err != nil {
			t.Errorf("%d channels: %v", channels, err)
			continue
		}
		var adapted []string
		for _, bound := range b.Bound {
			if bound.Adapted() {
				adapted = append(adapted, bound.Param.Name)
			}
			if own := g.Params()[slices.IndexFunc(g.Params(), func(p *ir.Param) bool {
				return p.Name == bound.Param.Name
			})]; bound.Param != own {
				t.Errorf("%d channels: %s is not the network's own", channels, bound.Param.Name)
			}
		}
		set, err := b.Load()
		if err != nil {
			t.Errorf("%d channels: %v", channels, err)
			continue
		}
		sum := float32(0) // of all channels of the first kernel; that of three is three times what one has
		weight := set["stem.weight"].Data[:channels]
		for _, w := range weight {
			sum += w
		}
		if want := float32(6); sum != want || !slices.Equal(adapted, []string{"stem.weight"}) ||
			len(set["stem.weight"].Data) != 2*channels {
			t.Errorf("%d channels: the kernel is %v, want a sum of %g; adapted are %v", channels, weight, want, adapted)
		}
	}
	for layer, want := range map[string]string{
		"none": "the network has no such layer; netc summary lists them",
		"deep": "only a convolution of the network's input can be adapted",
		"act":  "only a convolution of the network's input can be adapted", "stem": "",
	} {
		if got := adaptable(parse(1), layer); got != want {
			t.Errorf("%s: got %q, want %q", layer, got, want)
		}
		if _, err := Bind(file(), parse(1), Options{Adapt: []string{layer}}); want != "" &&
			(err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %s", layer, err, want)
		}
	}
	if got := adaptable(parse(3), "stem"); got != "it has 3 channels already" {
		t.Errorf("of three channels: %q", got)
	}
	grouped, err := ir.Parse(strings.NewReplacer("Groups: 1, Bias", "Groups: 2, Bias").Replace(text(2)))
	if err != nil {
		t.Fatal(err)
	}
	if got := adaptable(grouped, "stem"); got != "only a convolution of the network's input can be adapted" {
		t.Errorf("of groups: %q", got)
	}
}

// tensorOf is a tensor of a shape.
func tensorOf(shape ...int64) *stored.Tensor {
	return &stored.Tensor{Name: fmt.Sprint(shape), Shape: shape}
}

// TestNameless makes layers of tensors that stand in a row: matrices with up to one vector behind them, four vectors of
// one length by themselves, and what is left.
func TestNameless(t *testing.T) {
	matrix, v := tensorOf(8, 4), func() *stored.Tensor { return tensorOf(8) }
	for i, tt := range []struct {
		tensors []*stored.Tensor
		want    string
	}{
		{[]*stored.Tensor{matrix}, "weight"}, {[]*stored.Tensor{matrix, v()}, "weight+bias"},
		{[]*stored.Tensor{matrix, v(), v(), v(), v()}, "weight norm"},
		{[]*stored.Tensor{matrix, v(), v(), v(), v(), v()}, "weight+bias norm"},
		{[]*stored.Tensor{v(), v(), v(), v()}, "norm"}, {[]*stored.Tensor{v(), v(), v()}, "? ? ?"},
		{[]*stored.Tensor{v(), v(), v(), tensorOf(7)}, "? ? ? ?"},
		{[]*stored.Tensor{matrix, v(), v()}, "? ? ?"}, {[]*stored.Tensor{matrix, matrix, v()}, "weight weight+bias"},
	} {
		var got []string
		for _, l := range gatherNameless(tt.tensors) {
			switch {
			case l.norm && len(l.fields) == 4 && len(l.tensors) == 4:
				got = append(got, "norm")
			case l.fields["weight"] != nil && l.fields["bias"] != nil:
				got = append(got, "weight+bias")
			case l.fields["weight"] != nil:
				got = append(got, "weight")
			case len(l.tensors) == 1:
				got = append(got, "?")
			}
		}
		if text := strings.Join(got, " "); text != tt.want {
			t.Errorf("%d: got %s, want %s", i, text, tt.want)
		}
	}
}

// TestOneStyle: fits in an order of dimensions that most layers of the file cannot have are left out, unless a layer
// has no other.
func TestOneStyle(t *testing.T) {
	one, many := []int{0}, []int{1, 2, 3}
	for i, tt := range []struct {
		fits   []fit
		theirs [][]int
		want   string // the fits that stay, by ours
	}{
		{[]fit{{0, 0, []string{"OIHW"}}, {1, 1, []string{"HWIO"}}}, [][]int{many, one}, "[0 1]"},
		{[]fit{{0, 0, []string{"OIHW"}}, {1, 1, []string{"HWIO"}}, {2, 1, []string{"OIHW"}}},
			[][]int{many, one}, "[0 2]"},
		{[]fit{{0, 0, []string{"OIHW"}}, {1, 1, []string{"HWIO"}}, {2, 2, []string{"OIHW", "HWIO"}},
			{3, 3, []string{"OIHW"}}, {4, 3, []string{"HWIO"}}}, [][]int{one, many, one, one}, "[0 1 2 4]"},
		{[]fit{{0, 0, []string{"OI"}}, {1, 1, []string{"IO"}}, {2, 1, []string{"OI"}}, {3, 2, []string{""}}},
			[][]int{many, one, many}, "[0 2 3]"},
		{[]fit{{0, 0, []string{""}}, {1, 1, []string{"OHWI"}}, {2, 2, []string{"OHWI"}}, {3, 2, []string{"OIHW"}}},
			[][]int{many, one, one}, "[0 1 2]"},
	} {
		var ours []int
		for _, f := range ofOneStyle(slices.Clone(tt.fits), tt.theirs) {
			ours = append(ours, f.ours)
		}
		if got := fmt.Sprint(ours); got != tt.want {
			t.Errorf("%d: %s stay, want %s", i, got, tt.want)
		}
	}
}

// TestLacking: batch norms of the file that have no scale, or no shift, are told of where the network's have it.
func TestLacking(t *testing.T) {
	network := func(settings string) []networkLayer {
		g, err := ir.Parse("graph \"g\"\nimage = Input(Shape: {4, 2, 2}) : [4, 2, 2]\n" +
			"n = BatchNorm(Epsilon: 0.1, Momentum: 0.1" + settings + ") image : [4, 2, 2]\noutput n\n")
		if err != nil {
			t.Fatal(err)
		}
		return []networkLayer{{node: g.Nodes[1], params: g.Nodes[1].Params}}
	}
	layer := func(norm bool, fields ...string) *fileLayer {
		l := &fileLayer{norm: norm, fields: map[string]*stored.Tensor{}}
		for _, f := range fields {
			l.fields[f] = tensorOf(4)
		}
		return l
	}
	const noScale = "The file's batch norms have no scale: say it in the network, BatchNorm(scale: false)."
	const noShift = "The file's batch norms have no shift: say it in the network, BatchNorm(shift: false)."
	for _, tt := range []struct {
		name    string
		network []networkLayer
		file    []*fileLayer
		want    string
	}{
		{"whole", network(""), []*fileLayer{layer(true, "weight", "bias"), layer(true, "weight", "bias")}, ""},
		{"no scale", network(""), []*fileLayer{layer(true, "bias"), layer(true, "bias")}, noScale},
		{"no shift", network(""), []*fileLayer{layer(true, "weight")}, noShift},
		{"one has a scale", network(""), []*fileLayer{layer(true, "bias"), layer(true, "weight", "bias"),
			layer(true, "bias"), layer(true, "bias")}, ""},
		{"as in the network", network(", NoScale: true"), []*fileLayer{layer(true, "bias")}, ""},
		{"without batch norms", network(""), []*fileLayer{layer(false, "weight")}, ""},
		{"no layer", network(""), nil, ""},
	} {
		if got := lacking(tt.network, tt.file); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestOverall: what the signs of all scales, shifts and means say of batch norms.
func TestOverall(t *testing.T) {
	const zero = "scale: the scales of all batch norms are zero, and so would be all results"
	const shifts = "exchanged: of the batch norms' scales 9 are negative and of their shifts none: " +
		"they are taken for each other"
	const means = "exchanged: of the batch norms' scales 9 are negative and of their running means none: " +
		"they are taken for each other"
	for _, tt := range []struct {
		scale, shift, mean signs
		want               []string
	}{
		{signs{0, 5, 0}, signs{}, signs{}, []string{zero}}, {signs{0, 5, 1}, signs{}, signs{}, nil},
		{signs{1, 5, 0}, signs{}, signs{}, nil}, {signs{5, 5, 5}, signs{9, 0, 9}, signs{9, 0, 9}, nil},
		{signs{2, 5, 2}, signs{}, signs{}, nil}, {signs{}, signs{}, signs{}, nil},
		{signs{9, 0, 9}, signs{0, 0, 200}, signs{9, 0, 9}, []string{shifts}},
		{signs{9, 0, 9}, signs{9, 0, 9}, signs{0, 0, 200}, []string{means}},
		{signs{9, 0, 9}, signs{0, 0, 200}, signs{0, 0, 200}, []string{shifts, means}},
		{signs{9, 0, 36}, signs{0, 0, 200}, signs{9, 0, 9}, nil},
		{signs{9, 0, 35}, signs{0, 0, 200}, signs{9, 0, 9}, []string{shifts}},
	} {
		all := map[ir.Role]*signs{ir.Scale: &tt.scale, ir.Shift: &tt.shift, ir.RunningMean: &tt.mean}
		if got := overall(all); !slices.Equal(got, tt.want) {
			t.Errorf("%v %v %v: got %q, want %q", tt.scale, tt.shift, tt.mean, got, tt.want)
		}
	}
}

// TestNonFiniteText lists some of the tensors, and says how many there are more.
func TestNonFiniteText(t *testing.T) {
	const end = "\nSuch weights give no sensible results; --allow-nonfinite takes them all the same."
	for more, want := range map[int]string{0: "", 1: "\n  and 1 more tensors", 7: "\n  and 7 more tensors"} {
		e := &NonFiniteError{}
		for i := range maxListed + more {
			e.Tensors = append(e.Tensors, fmt.Sprint("t", i))
		}
		if want = strings.Join(e.Tensors[:maxListed], "\n  ") + want + end; e.Error() != want {
			t.Errorf("%d more: got %s, want %s", more, e, want)
		}
	}
	if got, want := (&NonFiniteError{Tensors: []string{"a"}}).Error(), "a"+end; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
