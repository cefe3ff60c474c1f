package params

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
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
	if got, _ := meanSquare(set["conv.weight"].Data); !(math.Abs(got*3*3*256/2-1) <= 0.02) {
		t.Errorf("convolution: variance %g, want %g", got, 2./(3*3*256))
	}
	if got, largest := meanSquare(set["linear.weight"].Data); !(math.Abs(got*3*100-1) <= 0.02) || largest > 0.1 {
		t.Errorf("linear: variance %g, largest %g, want 1/300 and at most 0.1", got, largest)
	}
}

// TestInits holds the variance and the bounds of every init of a grouped convolution and of a linear layer, and of
// biases.
func TestInits(t *testing.T) {
	const convIn, convOut, linearIn, linearOut = 3 * 3 * 64 / 2, 3 * 3 * 256 / 2, 2304, 100
	within := func(limit float64) [2]float64 { return [2]float64{limit * limit / 3, limit} } // variance and bound
	normal := func(variance float64) [2]float64 { return [2]float64{variance, math.Inf(1)} }
	for init, want := range map[ir.Init]struct{ conv, linear, convBias [2]float64 }{
		ir.FanOut: {conv: normal(2. / convOut), linear: within(math.Sqrt(1. / linearOut))},
		ir.FanIn:  {conv: normal(2. / convIn), linear: normal(2. / linearIn)},
		ir.Xavier: {conv: within(math.Sqrt(6. / (convIn + convOut))),
			linear: within(math.Sqrt(6. / (linearIn + linearOut)))},
		ir.Normal: {conv: normal(0.02 * 0.02), linear: normal(0.02 * 0.02)},
		ir.Torch: {conv: within(math.Sqrt(1. / convIn)), linear: within(math.Sqrt(1. / linearIn)),
			convBias: within(math.Sqrt(1. / convIn))},
	} {
		b := ir.NewBuilder("wide")
		x, _ := b.Add("image", ir.Input{Shape: ir.DimsOf(64, 3, 3)}, nil)
		x, _ = b.Add("conv", ir.Conv{Out: 256, Kernel: ir.Square(3), Stride: ir.Square(1), Dilation: ir.Square(1),
			Groups: 2, Pad: ir.Padding{Top: 1, Left: 1, Bottom: 1, Right: 1}, Bias: true, Init: init}, nil, x)
		x, _ = b.Add("norm", ir.BatchNorm{Epsilon: 1, Zero: true}, nil, x)
		x, _ = b.Add("flat", ir.Flatten{}, nil, x)
		x, err := b.Add("linear", ir.Linear{Out: linearOut, Init: init}, nil, x)
		if err != nil {
			t.Fatal(err)
		}
		set := Initialize(b.Build(x), 1)
		check := func(name string, want [2]float64, tolerance float64) {
			t.Helper()
			variance, largest := 0.0, 0.0
			for _, v := range set[name].Data {
				variance += float64(v) * float64(v) / float64(len(set[name].Data))
				largest = max(largest, math.Abs(float64(v)))
			}
			if !(math.Abs(variance-want[0]) <= tolerance*want[0]) || largest > want[1]*(1+1e-6) {
				t.Errorf("%s of %q: variance %g, largest %g, want %g and at most %g", name, init, variance, largest,
					want[0], want[1])
			}
		}
		check("conv.weight", want.conv, 0.02)
		check("linear.weight", want.linear, 0.02)
		check("conv.bias", want.convBias, 0.3) // of 256
		check("norm.weight", [2]float64{}, 0)
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
	set := Initialize(g, 1)
	again, err := set.Values().Set(g)
	if err != nil || len(again) != len(g.Params()) {
		t.Fatalf("%d parameters, want %d: %v", len(again), len(g.Params()), err)
	}
	for _, p := range g.Params() {
		if got := again[p.Name]; got == nil || !got.Shape.Equal(p.Shape) || !slices.Equal(got.Data, set.Of(p).Data) {
			t.Errorf("%s is another", p.Name)
		}
	}
}

// TestOf: a reader goes on where it stopped, whatever the pieces, and a set has values of the right number alone.
func TestOf(t *testing.T) {
	values := []float32{1, 2, 3, 4, 5, 6, 7}
	for piece := 1; piece <= len(values); piece++ {
		read, got := Of(values), []float32(nil)
		for left := len(values); left > 0; left -= piece {
			part := make([]float32, min(piece, left))
			if err := read(part); err != nil {
				t.Fatal(err)
			}
			got = append(got, part...)
		}
		if !slices.Equal(got, values) {
			t.Errorf("pieces of %d: %v", piece, got)
		}
	}
	g := graph(t)
	set := Initialize(g, 1)
	for _, p := range g.Params() {
		whole := set[p.Name]
		for _, want := range []string{"has no value", "has"} {
			if delete(set, p.Name); want == "has" {
				set[p.Name] = &Tensor{Shape: p.Shape, Data: whole.Data[1:]}
			}
			_, err := set.Values().Get(p)
			if err == nil || !strings.Contains(err.Error(), "the parameter "+p.Name) ||
				!strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", p.Name, err)
			}
		}
		set[p.Name] = whole
	}
	other := *g.Params()[0]
	other.Name = "elsewhere"
	if _, err := Initializer(g, 1)(&other); err == nil {
		t.Error("a parameter of another network has a value")
	}
}

// TestInitializer gives what Initialize does, read in two pieces, with slopes and learned values, too.
func TestInitializer(t *testing.T) {
	g, err := ir.Parse(`graph "learned"
image = Input(Shape: {4, 3, 3}) : [4, 3, 3]
slope = PReLU() image : [4, 3, 3]
position = Learned(Shape: {4, 3, 3}, Value: 2, Deviation: 0.5) slope : [4, 3, 3]
constant = Learned(Shape: {4, 3, 3}, Value: -3) slope : [4, 3, 3]
a = Add() slope position : [4, 3, 3]
b = Add() a constant : [4, 3, 3]
conv = Conv(Out: 4, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}, Bias: true) b : [4, 3, 3]
output conv
`)
	if err != nil {
		t.Fatal(err)
	}
	want := Initialize(g, 5)
	for _, p := range g.Params() {
		read, err := Initializer(g, 5)(p)
		if err != nil {
			t.Fatal(err)
		}
		got := slices.Repeat([]float32{7}, p.Shape.Elements()) // as a caller's buffer may be
		half := len(got) / 2
		if err := errors.Join(read(got[:half]), read(got[half:])); err != nil || !slices.Equal(got, want[p.Name].Data) {
			t.Errorf("%s: %v is not %v: %v", p.Name, got, want[p.Name].Data, err)
		}
	}
	mean := func(name string) (sum float64) {
		for _, v := range want[name].Data {
			sum += float64(v) / float64(len(want[name].Data))
		}
		return sum
	}
	deviation := 0.0
	for _, p := range g.Params() {
		if strings.HasPrefix(p.Name, "position.") {
			for _, v := range want[p.Name].Data {
				deviation += (float64(v) - 2) * (float64(v) - 2) / float64(len(want[p.Name].Data))
			}
		}
	}
	if deviation = math.Sqrt(deviation); deviation < 0.35 || deviation > 0.65 {
		t.Errorf("the position deviates by %g, want 0.5", deviation)
	}
	for name, v := range map[string]float64{"slope.weight": 0.25, "constant": -3} {
		for _, p := range g.Params() {
			if strings.HasPrefix(p.Name, strings.TrimSuffix(name, ".weight")+".") &&
				!(math.Abs(mean(p.Name)-v) <= 1e-9) {
				t.Errorf("%s: %g", p.Name, mean(p.Name))
			}
		}
	}
}

// TestFailingWrite passes on what a writer fails with.
func TestFailingWrite(t *testing.T) {
	g, err := ir.Parse("graph \"g\"\nx = Input(Shape: {3}) : [3]\ny = Linear(Out: 2) x : [2]\noutput y\n")
	if err != nil {
		t.Fatal(err)
	}
	set := Initialize(g, 1)
	r, w := io.Pipe()
	r.CloseWithError(io.ErrShortWrite)
	if err := WriteSafetensors(w, g, set); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("got %v", err)
	}
}

// TestFailingReader: the error of a reader, whether it opens or not, is that of the value and of the set.
func TestFailingReader(t *testing.T) {
	opens, reads := errors.New("it does not open"), errors.New("it does not read")
	for want, values := range map[error]Values{
		opens: func(*ir.Param) (Reader, error) { return nil, opens },
		reads: func(*ir.Param) (Reader, error) { return func([]float32) error { return reads }, nil },
	} {
		g := graph(t)
		if _, err := values.Get(g.Params()[0]); err != want {
			t.Errorf("got %v, want %v", err, want)
		}
		if set, err := values.Set(g); err != want || set != nil {
			t.Errorf("got %v, %v, want %v", set, err, want)
		}
	}
}

// TestLearnedNeverChanges pins the first values of a learned tensor that deviates, around its value.
func TestLearnedNeverChanges(t *testing.T) {
	g, err := ir.Parse("graph \"g\"\nx = Input(Shape: {4}) : [4]\n" +
		"p = Learned(Shape: {4}, Value: 2, Deviation: 0.5) x : [4]\ny = Add() x p : [4]\noutput y\n")
	if err != nil {
		t.Fatal(err)
	}
	got := Initialize(g, 7)[g.Params()[0].Name].Data
	if want := []float32{1.6908835, 2.3313932, 1.561768, 1.2389721}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
