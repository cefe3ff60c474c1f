package weights

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/checkpoint"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/dsl/source"
)

// kerasNet is the network that compiler/checkpoint/keras/testdata has in the forms of Keras 2 and 3.
const kerasNet = `network N(classes: int = 5) {
    use Conv(padding: "same"), DepthwiseConv(padding: "same"), act = ReLU

    input image[3, 8, 8]

    stem   Conv(4, kernel: 3)
    stem_bn BatchNorm
    deep   DepthwiseConv(3)
    deep_bn BatchNorm(scale: false)
    act    ReLU
    last   Conv(8, bias: true)
    pool   GlobalAvgPool -> Flatten
    logits Linear(classes)
}

family N {
    A:
}
`

// buildText compiles a network's only variant from text.
func buildText(t *testing.T, text string) *ir.Graph {
	t.Helper()
	path := filepath.Join(t.TempDir(), "n.net")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	program, err := compiler.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	network, err := program.Build("A", nil)
	if err != nil {
		t.Fatal(err)
	}
	return network.Graph
}

// TestPaddle binds a model whose weights stand in Constant nodes, as paddle2onnx writes them, and the same one with
// initializers.
func TestPaddle(t *testing.T) {
	g := buildText(t, `network S(classes: int = 4) {
    input image[3, 8, 8]

    stem   Conv(8, kernel: 3, stride: 2, bias: true) -> ReLU
    pool   GlobalAvgPool -> Flatten
    logits Linear(classes)
}

family S {
    A:
}
`)
	want, err := Read("../checkpoint/onnx/testdata/paddle_initializers.onnx", g)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read("../checkpoint/onnx/testdata/paddle.onnx", g)
	if err != nil {
		t.Fatal(err)
	}
	for name, w := range want {
		if !slices.Equal(got[name].Data, w.Data) {
			t.Errorf("%s differs", name)
		}
	}
}

// TestKeras binds one network from each form of file that Keras writes. Every weight counts from the number of its
// place, so that its first and second elements, in the network's order, tell which weight it is and how it was turned.
func TestKeras(t *testing.T) {
	g := buildText(t, kerasNet)
	// [out, in, height, width] of a kernel [3, 3, 3, 4] has 12 between columns, [out, in] of [8, 5] has 5 between
	// inputs.
	want := map[string][]float32{
		"stem.weight": {0, 12}, "stem_bn.weight": {1, 2}, "stem_bn.bias": {2, 3}, "stem_bn.running_mean": {3, 4},
		"stem_bn.running_var": {4, 5}, "deep.weight": {5, 9}, "deep_bn.bias": {6, 7}, "deep_bn.running_mean": {7, 8},
		"deep_bn.running_var": {8, 9}, "last.weight": {9, 17}, "last.bias": {10, 11}, "logits.weight": {11, 16},
		"logits.bias": {12, 13},
	}
	// What Keras 3 does not say: which of gamma and beta a batch norm has, and, in older files, the layers' names.
	rules := map[string]string{
		"keras3.weights.h5": "deep_bn.bias = deep_bn/0\n" +
			"stem = stem\nstem_bn = stem_bn\ndeep = deep\ndeep_bn = deep_bn\nlast = last\nlogits = logits\n",
		"keras3_old.weights.h5": "deep_bn.bias = batch_normalization_1/0\ndeep_bn = batch_normalization_1\nstem_bn = " +
			"batch_normalization\n" +
			"stem = conv2d\ndeep = depthwise_conv2d\nlast = conv2d_1\nlogits = dense\n",
	}
	for _, file := range []string{"keras2.weights.h5", "keras2_model.h5", "keras3.weights.h5", "keras3_old.weights.h5",
		"model.keras"} {
		t.Run(file, func(t *testing.T) {
			c, err := checkpoint.Open(filepath.Join("../checkpoint/keras/testdata", file))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			var o Options
			if rules[file] != "" {
				if o.Mapping, err = mapping.Parse(source.NewFile("keras.map", rules[file])); err != nil {
					t.Fatal(err)
				}
			}
			b, err := Bind(c, g, o)
			if err != nil {
				t.Fatal(err)
			}
			// An archive says what its layers compute with; the network has another epsilon.
			_, _, err = b.CheckOperations(g)
			if says := file == "model.keras"; says != (err != nil) || says &&
				!strings.Contains(err.Error(), "--set epsilon=0.001") {
				t.Errorf("the arithmetic: %v", err)
			}
			set, err := b.Load()
			if err != nil {
				t.Fatal(err)
			}
			if len(set) != len(want) {
				t.Errorf("%d parameters, want %d", len(set), len(want))
			}
			for name, first := range want {
				p := set[name]
				if p == nil || !slices.Equal(p.Data[:2], first) {
					t.Errorf("%s is %v, and should begin with %v", name, p, first)
				}
			}
		})
	}
}
