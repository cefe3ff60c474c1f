package weights

import (
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/dsl/source"
)

// TestWords binds by rules for layers: what the tensors of each are called in it is known of every framework.
func TestWords(t *testing.T) {
	g := graph(t)
	tests := []struct {
		framework, rules string
		names            []string // of conv, norm (scale, shift, mean, variance), logits
	}{
		{"Keras", "conv = conv1\nnorm = conv1/bn\nlogits = predictions",
			[]string{"conv1/kernel:0", "conv1/bn/gamma:0", "conv1/bn/beta:0", "conv1/bn/moving_mean:0",
				"conv1/bn/moving_variance:0", "predictions/kernel:0", "predictions/bias:0"}},
		{"Flax, by the network's own names", "",
			[]string{"params/conv/kernel", "params/norm/scale", "params/norm/bias", "batch_stats/norm/mean",
				"batch_stats/norm/var", "params/logits/kernel", "params/logits/bias"}},
		{"Haiku", "conv = net/~/conv\nnorm = net/~/bn\nlogits = net/~/linear",
			[]string{"net/~/conv/w", "net/~/bn/scale", "net/~/bn/offset", "net/~/bn/~/mean_ema/average",
				"net/~/bn/~/var_ema/average", "net/~/linear/w", "net/~/linear/b"}},
		{"tf-slim", "conv = M/Conv\nnorm = M/Conv/BatchNorm\nlogits = M/Logits",
			[]string{"M/Conv/weights", "M/Conv/BatchNorm/gamma", "M/Conv/BatchNorm/beta",
				"M/Conv/BatchNorm/moving_mean", "M/Conv/BatchNorm/moving_variance", "M/Logits/weights",
				"M/Logits/biases"}},
		{"MXNet", "conv = conv0\nnorm = bn0\nlogits = fc1",
			[]string{"arg:conv0_weight", "arg:bn0_gamma", "arg:bn0_beta", "aux:bn0_moving_mean", "aux:bn0_moving_var",
				"arg:fc1_weight", "arg:fc1_bias"}},
		{"Paddle", "conv = c._conv\nnorm = c._batch_norm\nlogits = fc",
			[]string{"c._conv.weight", "c._batch_norm.weight", "c._batch_norm.bias", "c._batch_norm._mean",
				"c._batch_norm._variance", "fc.weight", "fc.bias"}},
	}
	for _, tt := range tests {
		t.Run(tt.framework, func(t *testing.T) {
			s := state(g, "", same)
			for i := range s.Tensors {
				s.Tensors[i].Name = tt.names[i]
			}
			slices.SortFunc(s.Tensors, func(a, b stored.Tensor) int { return strings.Compare(a.Name, b.Name) })
			slot := s.Tensors[0]
			slot.Name += "/Momentum"
			s.Tensors = append(s.Tensors, slot)
			o := Options{}
			if tt.rules != "" {
				var err error
				if o.Mapping, err = mapping.Parse(source.NewFile("test.map", tt.rules)); err != nil {
					t.Fatal(err)
				}
			}
			if strings.HasPrefix(tt.framework, "Flax") {
				s.Tensors = s.Tensors[:len(s.Tensors)-1] // Flax has its optimizer elsewhere
			}
			b, err := Bind(&stored.Checkpoint{States: []stored.State{s}}, g, o)
			if err != nil {
				t.Fatal(err)
			}
			set, err := b.Load()
			if err != nil {
				t.Fatal(err)
			}
			checkValues(t, g, set)
		})
	}
}

// normless is a network whose batch norm has no scale.
const normless = `graph "normless"
image = Input(Shape: {2, 3, 3}) : [2, 3, 3]
conv = Conv(Out: 4, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [4, 3, 3]
norm = BatchNorm(Epsilon: 0.01, Momentum: 0.1, NoScale: true) conv : [4, 3, 3]
output norm
`

// TestNeutral passes over a scale of ones that the network has not, and over no other.
func TestNeutral(t *testing.T) {
	g, err := ir.Parse(normless)
	if err != nil {
		t.Fatal(err)
	}
	s := state(g, "", same)
	c := func(scale float32) *stored.Checkpoint {
		return &stored.Checkpoint{States: []stored.State{{Tensors: append(slices.Clone(s.Tensors),
			in("norm.weight", []float32{1, 1, 1, scale}, []int{4}, 0))}}}
	}
	b, err := Bind(c(1), g, Options{})
	if err != nil || !slices.Equal(b.Passed, []string{"norm.weight"}) {
		t.Errorf("a scale of ones: %v", err)
	}
	if _, err := Bind(c(2), g, Options{}); err == nil ||
		!strings.Contains(err.Error(), `surplus: "norm.weight" [4] is not in the network`) {
		t.Errorf("another scale: %v", err)
	}
}

// TestLacks says of a file without scales what they may be.
func TestLacks(t *testing.T) {
	scaled, err := ir.Parse(strings.Replace(normless, ", NoScale: true", "", 1))
	if err != nil {
		t.Fatal(err)
	}
	s := state(scaled, "", same)
	without := func(name string) *stored.Checkpoint {
		return &stored.Checkpoint{States: []stored.State{{Tensors: slices.DeleteFunc(slices.Clone(s.Tensors),
			func(t stored.Tensor) bool { return t.Name == name })}}}
	}
	for name, want := range map[string]string{
		"norm.weight": "The file's batch norms have no scale. If they were trained so, say it in the network: " +
			"BatchNorm(scale: false).",
		"norm.bias":        "BatchNorm(shift: false)",
		"norm.running_var": "give --reinit norm",
	} {
		if _, err := Bind(without(name), scaled, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("without %s: got %v, want %s", name, err, want)
		}
	}
}

// TestMayBeWeight: a tensor of numbers may be a parameter, and so may one whose type has no size here; integers and
// what a model can do without may not.
func TestMayBeWeight(t *testing.T) {
	for _, tt := range []struct {
		tensor stored.Tensor
		want   bool
	}{
		{stored.Tensor{Type: stored.F32}, true}, {stored.Tensor{Type: stored.BF16}, true},
		{stored.Tensor{Type: "of torch.QInt8Storage"}, true}, {stored.Tensor{Type: "I8"}, false},
		{stored.Tensor{Type: "BOOL"}, false}, {stored.Tensor{Type: "I64"}, false},
		{stored.Tensor{Type: stored.F32, Optional: true}, false}, {stored.Tensor{Type: "other", Optional: true}, false},
	} {
		if got := mayBeWeight(tt.tensor); got != tt.want {
			t.Errorf("%s, optional %t: %t", tt.tensor.Type, tt.tensor.Optional, got)
		}
	}
}

// TestLikeness is the Dice coefficient of two multisets of shapes, whatever the order and the ones of a shape.
func TestLikeness(t *testing.T) {
	of := func(shapes ...[]int64) (tensors []stored.Tensor) {
		for _, s := range shapes {
			tensors = append(tensors, stored.Tensor{Type: stored.F32, Shape: s})
		}
		return tensors
	}
	l := likeness{shapes: map[string]int{shapeKey([]int64{8, 3, 3, 3}): 1, shapeKey([]int64{8}): 2}, total: 3}
	for _, tt := range []struct {
		tensors []stored.Tensor
		score   float64
		common  int
	}{
		{of([]int64{8, 3, 3, 3}, []int64{8}, []int64{8}), 1, 3},
		{of([]int64{3, 3, 3, 8}, []int64{1, 8}, []int64{8, 1}), 1, 3},
		{of([]int64{8}), 0.5, 1}, {of([]int64{8}, []int64{8}, []int64{8}), 2. / 3, 2},
		{of([]int64{7}), 0, 0}, {nil, 0, 0},
		{of([]int64{8}, []int64{7}, []int64{7}, []int64{7}, []int64{7}), 0.25, 1},
		{append(of([]int64{8}), stored.Tensor{Type: "I64", Shape: []int64{8}}), 0.5, 1},
	} {
		if score, common := l.of(tt.tensors); score != tt.score || common != tt.common {
			t.Errorf("%v: %g, %d, want %g, %d", tt.tensors, score, common, tt.score, tt.common)
		}
	}
}
