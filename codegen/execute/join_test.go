package execute

import (
	"math"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/dsl/source"
)

// TestReadAfterConcat reads a value that lies in a concatenation after that is there: half of its last block are then
// channels of the next value, which no reader may take for its own.
func TestReadAfterConcat(t *testing.T) {
	for _, reader := range []string{"x -> LayerNorm([0])", "x -> Softmax(0)", "x -> GlobalAvgPool", "x -> Conv(16)",
		"x -> Conv(16, kernel: 3)", "x -> DepthwiseConv(3)", "x * 2", "x -> MaxPool(3)", "x -> Upsample(2)",
		"x -> Flatten -> Linear(7)", "x -> Reshape([24, 81]) -> Softmax(0)", "x -> ConvTranspose(8, 4, stride: 2)"} {
		program, err := compiler.LoadFile(source.NewFile("n.net", `network N {
    input image[3, 9, 9]
    x = image -> Conv(24, kernel: 3) -> SiLU
    y = image -> Conv(8, kernel: 3) -> SiLU
    both = [x, y] -> Concat
    first = both -> Conv(5)
    second = `+reader+`
    return first, second
}

family N {
    A:
}
`))
		if err != nil {
			t.Fatalf("%s: %v", reader, err)
		}
		n, err := program.Build("A", nil)
		if err != nil {
			t.Fatalf("%s: %v", reader, err)
		}
		image := eval.Noise(n.Graph, 3, 1)[0]
		set := eval.Calibrated(n.Graph, 3, image)
		got, err := Graph(n.Graph, set, image)
		if err != nil {
			t.Fatalf("%s: %v", reader, err)
		}
		want, err := eval.Run(n.Graph, set, image)
		if err != nil {
			t.Fatalf("%s: %v", reader, err)
		}
		for i := range want {
			for k, w := range want[i] {
				if !(math.Abs(float64(got[i][k]-w)) <= 1e-5*(1+math.Abs(float64(w)))) {
					t.Errorf("%s: output %d has %g at %d, want %g", reader, i, got[i][k], k, w)
					break
				}
			}
		}
	}
}
