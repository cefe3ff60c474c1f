package weights

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/dsl/source"
)

// state gives the graph's parameters other names. Every value is the number of its parameter.
func state(g *ir.Graph, name string, rename func(string) string) stored.State {
	s := stored.State{Name: name}
	for i, p := range g.Params() {
		var b bytes.Buffer
		for range p.Shape.Elements() {
			b.Write([]byte{byte(i), 0x40}) // as BF16: 2 and something
		}
		t := stored.Tensor{Name: rename(p.Name), Type: stored.BF16,
			Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil }}
		for _, d := range p.Shape {
			t.Shape = append(t.Shape, int64(d))
		}
		s.Tensors = append(s.Tensors, t)
	}
	return s
}

func same(name string) string { return name }

func checkValues(t *testing.T, g *ir.Graph, set params.Set) {
	t.Helper()
	for i, p := range g.Params() {
		want := math.Float32frombits(uint32(0x4000+i) << 16)
		if got := set.Of(p); len(got.Data) != p.Shape.Elements() || got.Data[0] != want {
			t.Errorf("%s is %v…, want %v", p.Name, got.Data[0], want)
		}
	}
}

func TestWrappers(t *testing.T) {
	g := graph(t)
	for _, prefix := range []string{"", "module.", "module.model.", "_orig_mod.module.", "state_dict."} {
		s := state(g, "", func(name string) string { return prefix + name })
		s.Tensors = append(s.Tensors, stored.Tensor{Name: prefix + "norm.num_batches_tracked", Type: "I64"},
			stored.Tensor{Name: "n_averaged", Type: "I64"})
		b, err := Bind(&stored.Checkpoint{States: []stored.State{s}}, g, Options{})
		if err != nil {
			t.Errorf("%s: %v", prefix, err)
			continue
		}
		set, err := b.Load()
		if err != nil {
			t.Fatal(err)
		}
		checkValues(t, g, set)
		if b.Prefix != prefix {
			t.Errorf("the prefix is %q, want %q", b.Prefix, prefix)
		}
	}
}

func TestStates(t *testing.T) {
	g := graph(t)
	both := &stored.Checkpoint{States: []stored.State{state(g, "state_dict", func(s string) string { return "x." + s }),
		state(g, "state_dict_ema", same)}}
	if _, err := Bind(both, g, Options{}); err == nil ||
		!strings.Contains(err.Error(), "--state: state_dict, state_dict_ema") {
		t.Errorf("got %v, want both names", err)
	}
	if _, err := Bind(both, g, Options{State: "model"}); err == nil ||
		!strings.Contains(err.Error(), `no part "model"`) {
		t.Errorf("got %v", err)
	}
	b, err := Bind(both, g, Options{State: "state_dict_ema"})
	if err != nil || b.State != "state_dict_ema" {
		t.Errorf("got %v, %v", b, err)
	}
}

func TestReinit(t *testing.T) {
	g := graph(t)
	s := state(g, "", same)
	for i := range s.Tensors {
		if strings.HasPrefix(s.Tensors[i].Name, "logits.") {
			s.Tensors[i].Shape[0] = 1000
		}
	}
	c := &stored.Checkpoint{States: []stored.State{s}}
	if _, err := Bind(c, g, Options{}); err == nil || !strings.Contains(err.Error(), "--reinit logits") {
		t.Errorf("got %v, want the remedy", err)
	}
	if _, err := Bind(c, g, Options{Reinit: []string{"logit"}}); err == nil ||
		!strings.Contains(err.Error(), "no such parameter or layer") {
		t.Errorf("got %v", err)
	}
	b, err := Bind(c, g, Options{Reinit: []string{"logits"}, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(b.Passed, []string{"logits.weight", "logits.bias"}) {
		t.Errorf("passed over: %v", b.Passed)
	}
	set, err := b.Load()
	if err != nil {
		t.Fatal(err)
	}
	if want := params.Initialize(g, 5)["logits.weight"].Data; !slices.Equal(set["logits.weight"].Data, want) {
		t.Error("the head is not that of seed 5")
	}
	if set["conv.weight"].Data[0] != 2 {
		t.Error("the convolution was not read")
	}
}

func TestNonFinite(t *testing.T) {
	g := graph(t)
	s := state(g, "", same)
	spoil := func(i int, pieces ...string) {
		text := strings.Join(pieces, "")
		s.Tensors[i].Open = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
	}
	const nan, infinite, one = "\xc0\x7f", "\x80\xff", "\x80\x3f"
	spoil(1, nan, one, nan, infinite)
	spoil(3, one, infinite, one, one)
	c := &stored.Checkpoint{States: []stored.State{s}}
	b, err := Bind(c, g, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var bad *NonFiniteError
	if err := b.Check(); !errors.As(err, &bad) || !slices.Equal(bad.Tensors, []string{
		`tensor "norm.weight" holds 2 NaN and 1 infinite values of 4`,
		`tensor "norm.running_mean" holds 0 NaN and 1 infinite values of 4`,
	}) {
		t.Errorf("got %v, want both tensors", err)
	}
	if _, err := params.Values(b.Values).Get(g.Params()[3]); !errors.As(err, &bad) ||
		!slices.Equal(bad.Tensors, []string{`tensor "norm.running_mean" holds 0 NaN and 1 infinite values of 4`}) {
		t.Errorf("got %v, want a NonFiniteError", err)
	}
	if b, err = Bind(c, g, Options{AllowNonFinite: true}); err != nil {
		t.Fatal(err)
	}
	if set, err := b.Load(); err != nil || set["norm.weight"].Data[0] == set["norm.weight"].Data[0] {
		t.Errorf("got %v, want a NaN", err)
	}
}

func TestMappings(t *testing.T) {
	g := graph(t)
	parse := func(name, text string) *mapping.Mapping {
		m, err := mapping.Parse(source.NewFile(name, text))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	theirs := map[string]string{"conv.weight": "c.kernel", "logits.weight": "fc.weight", "logits.bias": "fc.bias",
		"norm.weight": "bn.weight", "norm.bias": "bn.bias", "norm.running_mean": "bn.running_mean",
		"norm.running_var": "bn.running_var"}
	s := state(g, "", func(name string) string { return theirs[name] })
	c := &stored.Checkpoint{States: []stored.State{s}}
	fits := parse("fits", "conv.weight = c.kernel\nnorm = bn\nlogits = fc")
	swapped := parse("swapped", "conv.weight = c.kernel\nnorm.weight = bn.bias\nnorm.bias = bn.weight\nnorm = bn\n"+
		"logits = fc")
	other := parse("other", "conv = x\nnorm = y\nlogits = z")
	double := parse("double", "conv.weight = c.kernel\nnorm.weight = bn.bias\nnorm = bn\nlogits = fc")

	b, err := Bind(c, g, Options{Mappings: []*mapping.Mapping{other, fits}})
	if err != nil || b.Mapping != fits {
		t.Fatalf("got %v", err)
	}
	set, err := b.Load()
	if err != nil {
		t.Fatal(err)
	}
	checkValues(t, g, set)
	if _, err := Bind(c, g, Options{Mappings: []*mapping.Mapping{fits, swapped}}); err == nil ||
		!strings.Contains(err.Error(), "by fits and by swapped") {
		t.Errorf("two that fit: %v", err)
	}
	if _, err := Bind(c, g, Options{Mappings: []*mapping.Mapping{fits, parse("again", "conv.weight = c.kernel\nnorm "+
		"= bn\nlogits = fc")}}); err != nil {
		t.Errorf("two that say the same: %v", err)
	}
	if _, err := Bind(c, g, Options{Mappings: []*mapping.Mapping{fits}, Mapping: other}); err == nil ||
		!strings.Contains(err.Error(), `missing: conv.weight ("x.weight")`) {
		t.Errorf("the one asked for: %v", err)
	}
	if _, err := Bind(c, g, Options{Mapping: double}); err == nil ||
		!strings.Contains(err.Error(), "ambiguous: norm.weight and norm.bias") {
		t.Errorf("one tensor for two parameters: %v", err)
	}

	text, err := Suggest(c, g, Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err = Bind(c, g, Options{Mapping: parse("suggested", text)})
	if err != nil {
		t.Fatalf("the suggestion does not fit: %v\n%s", err, text)
	}
	if set, err = b.Load(); err != nil {
		t.Fatal(err)
	}
	checkValues(t, g, set)
	s.Tensors[0].Shape = []int64{9}
	if _, err := Suggest(c, g, Options{}); err == nil || !strings.Contains(err.Error(), "missing: the file has 1 "+
		"layers too few like conv, weight [4, 1, 3, 3]") {
		t.Errorf("got %v", err)
	}
}

// TestSuggestInOrder has a layer of the same shapes behind tensors whose names do not say that they are one.
func TestSuggestInOrder(t *testing.T) {
	g, err := ir.Parse(`graph "same"
image = Input(Shape: {4, 3, 3}) : [4, 3, 3]
a = Conv(Out: 4, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1, Bias: true) image : [4, 3, 3]
b = Conv(Out: 4, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1, Bias: true) a : [4, 3, 3]
output b
`)
	if err != nil {
		t.Fatal(err)
	}
	theirs := map[string]string{"a.weight": "Conv_1", "a.bias": "Conv_2", "b.weight": "fc.weight", "b.bias": "fc.bias"}
	s := state(g, "", func(name string) string { return theirs[name] })
	text, err := Suggest(&stored.Checkpoint{States: []stored.State{s}}, g, Options{})
	if err != nil || !strings.Contains(text, "a.weight = Conv_1\na.bias = Conv_2\n") ||
		!strings.Contains(text, "b = fc\n") {
		t.Errorf("%v\n%s", err, text)
	}
}

// TestFolded binds what is left when batch norms are merged into convolutions, and merges them again: the same numbers
// must come out.
func TestFolded(t *testing.T) {
	joined, err := ir.Parse(joinedNorms)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range []*ir.Graph{graph(t), joined} {
		pipelines := map[string]pass.Pipeline{"all": pass.Export(true, false), "adjacent": pass.Adjacent}
		for name, pipeline := range pipelines {
			t.Run(g.Name+"/"+name, func(t *testing.T) { bindsFolded(t, g, pipeline) })
		}
	}
}

// joinedNorms has convolutions with two batch norms behind them, with biases of their own and without.
const joinedNorms = `graph "joined"
image = Input(Shape: {2, 3, 3}) : [2, 3, 3]
conv = Conv(Out: 3, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [3, 3, 3]
norm = BatchNorm(Epsilon: 0.01, Momentum: 0.1) conv : [3, 3, 3]
right = Conv(Out: 5, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}, Bias: true) image : [5, 3, 3]
low = Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [2, 3, 3]
both = Concat() norm right low : [10, 3, 3]
both.norm = BatchNorm(Epsilon: 0.001, Momentum: 0.1) both : [10, 3, 3]
output both.norm
`

func bindsFolded(t *testing.T, g *ir.Graph, pipeline pass.Pipeline) {
	r := params.Random(3, "folded")
	set := params.Initialize(g, 3)
	for _, p := range g.Params() {
		for i := range set[p.Name].Data {
			set[p.Name].Data[i] = float32(r.NormFloat64())
			if p.Role == ir.RunningVariance {
				set[p.Name].Data[i] = float32(r.ExpFloat64())
			}
		}
	}
	merged, derived := pass.Run(pipeline, g, nil)
	want, err := derived.Values(set.Values()).Set(merged)
	if err != nil {
		t.Fatal(err)
	}
	var s stored.State
	for _, p := range merged.Params() {
		var b bytes.Buffer
		if err := binary.Write(&b, binary.LittleEndian, want.Of(p).Data); err != nil {
			t.Fatal(err)
		}
		tensor := stored.Tensor{Name: "net." + p.Name, Type: stored.F32,
			Open: stored.Section(bytes.NewReader(b.Bytes()), 0, int64(b.Len()))}
		for _, d := range p.Shape {
			tensor.Shape = append(tensor.Shape, int64(d))
		}
		s.Tensors = append(s.Tensors, tensor)
	}
	s.Tensors = append(s.Tensors, stored.Tensor{Name: "net.reshape_to", Type: "I64", Shape: []int64{2}})
	c := &stored.Checkpoint{States: []stored.State{s}}
	b, err := Bind(c, g, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !b.Folded {
		t.Error("the binding does not say that batch norms are merged")
	}
	back, err := b.Load()
	if err != nil {
		t.Fatal(err)
	}
	got, err := derived.Values(back.Values()).Set(merged)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range merged.Params() {
		if !slices.Equal(got.Of(p).Data, want.Of(p).Data) {
			t.Errorf("%s is %v, want %v", p.Name, got.Of(p).Data, want.Of(p).Data)
		}
	}
	if text, err := Suggest(c, g, Options{}); err != nil || !strings.Contains(text, "conv = conv\n") ||
		strings.Count(text, "are merged") != 1 {
		t.Errorf("the suggestion is %v\n%s", err, text)
	}
}

// TestUnreadable passes on that a tensor cannot be opened, whichever way its values are asked for.
func TestUnreadable(t *testing.T) {
	g := graph(t)
	s := state(g, "", same)
	gone := errors.New("the file is gone")
	s.Tensors[0].Open = func() (io.ReadCloser, error) { return nil, gone }
	b, err := Bind(&stored.Checkpoint{States: []stored.State{s}}, g, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if read, err := b.Values(g.Params()[0]); !errors.Is(err, gone) || read != nil {
		t.Errorf("Values: %v", err)
	}
	if _, err := b.Load(); !errors.Is(err, gone) {
		t.Errorf("Load: %v", err)
	}
	if err := b.Check(); !errors.Is(err, gone) {
		t.Errorf("Check: %v", err)
	}
}
