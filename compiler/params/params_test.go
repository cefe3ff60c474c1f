package params

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
)

const small = `graph "small"
image = Input(Shape: {2, 4, 4}) : [2, 4, 4]
conv = Conv(Out: 4, Kernel: 3, Stride: 1, Dilation: 1, Groups: 2, Pad: {1, 1, 1, 1}) image : [4, 4, 4]
norm = BatchNorm(Epsilon: 0.001, Momentum: 0.1) conv : [4, 4, 4]
flat = Flatten() norm : [64]
logits = Linear(Out: 16, Bias: true) flat : [16]
output logits
`

func graph(t testing.TB) *ir.Graph {
	t.Helper()
	g, err := ir.Parse(small)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func encode(t testing.TB, g *ir.Graph, set Set) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteSafetensors(&b, g, set); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestInitializeNeverChanges pins the values of a seed: people rely on getting the same network again.
func TestInitializeNeverChanges(t *testing.T) {
	g := graph(t)
	sum := sha256.Sum256(encode(t, g, Initialize(g, 7)))
	const want = "f1be9567a1d5ac04"
	if got := hex.EncodeToString(sum[:8]); got != want {
		t.Errorf("the values of seed 7 have the hash %s, not %s", got, want)
	}
	if bytes.Equal(encode(t, g, Initialize(g, 7)), encode(t, g, Initialize(g, 8))) {
		t.Error("seeds 7 and 8 give the same values")
	}
}

func TestInitializeDistribution(t *testing.T) {
	b := ir.NewBuilder("wide")
	x, _ := b.Add("image", ir.Input{Shape: ir.DimsOf(64, 3, 3)}, nil)
	x, _ = b.Add("conv", ir.Conv{Out: 256, Kernel: ir.Square(3), Stride: ir.Square(1), Dilation: ir.Square(1),
		Groups: 1}, nil, x)
	x, _ = b.Add("flat", ir.Flatten{}, nil, x)
	x, err := b.Add("linear", ir.Linear{Out: 100}, nil, x)
	if err != nil {
		t.Fatal(err)
	}
	set := Initialize(b.Build(x), 1)
	meanSquare := func(values []float32) (sum float64, largest float64) {
		for _, v := range values {
			sum += float64(v) * float64(v)
			largest = max(largest, math.Abs(float64(v)))
		}
		return sum / float64(len(values)), largest
	}
	if got, _ := meanSquare(set["conv.weight"].Data); math.Abs(got*3*3*256/2-1) > 0.02 {
		t.Errorf("convolution: variance %g, want %g", got, 2./(3*3*256))
	}
	if got, largest := meanSquare(set["linear.weight"].Data); math.Abs(got*3*100-1) > 0.02 || largest > 0.1 {
		t.Errorf("linear: variance %g, largest %g, want 1/300 and at most 0.1", got, largest)
	}
}

// TestSetError: a value that cannot be read is an error of the whole set, wherever it stands.
func TestSetError(t *testing.T) {
	g := graph(t)
	broken := errors.New("broken")
	for _, bad := range g.Params() {
		values := Values(func(p *ir.Param) (Reader, error) {
			if p == bad {
				return nil, broken
			}
			return Of(make([]float32, p.Shape.Elements())), nil
		})
		if _, err := values.Set(g); !errors.Is(err, broken) {
			t.Errorf("%s cannot be read, and the error is %v", bad.Name, err)
		}
	}
}
