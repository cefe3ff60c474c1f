package weights

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/safetensors"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
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

func encode(t testing.TB, g *ir.Graph, set params.Set) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := params.WriteSafetensors(&b, g, set); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(data []byte, g *ir.Graph) (params.Set, error) {
	tensors, err := safetensors.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	b, err := Bind(&stored.Checkpoint{States: []stored.State{{Tensors: tensors}}}, g, Options{})
	if err != nil {
		return nil, err
	}
	return b.Load()
}

func TestSafetensorsRoundTrip(t *testing.T) {
	g := graph(t)
	set := params.Initialize(g, 3)
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := os.WriteFile(path, encode(t, g, set), 0o600); err != nil {
		t.Fatal(err)
	}
	back, err := Read(path, g)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(encode(t, g, back), encode(t, g, set)) {
		t.Error("what was read differs from what was written")
	}
}

// file builds a safetensors file of tensors given as header entries and data.
func file(header string, data []byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), data...)
}

func TestHalfPrecision(t *testing.T) {
	b := ir.NewBuilder("t")
	x, _ := b.Add("image", ir.Input{Shape: ir.DimsOf(3, 1, 1)}, nil)
	x, _ = b.Add("flat", ir.Flatten{}, nil, x)
	x, err := b.Add("linear", ir.Linear{Out: 1}, nil, x)
	if err != nil {
		t.Fatal(err)
	}
	g := b.Build(x)
	tests := []struct {
		dtype string
		bits  [3]uint16
		want  [3]float32
	}{
		{"F16", [3]uint16{0x3c00, 0xc500, 0x8001}, [3]float32{1, -5, -1.0 / (1 << 24)}},
		{"BF16", [3]uint16{0x3f80, 0xc0a0, 0x0000}, [3]float32{1, -5, 0}},
	}
	for _, tt := range tests {
		var data []byte
		for _, v := range tt.bits {
			data = binary.LittleEndian.AppendUint16(data, v)
		}
		set, err := read(file(`{"linear.weight":{"dtype":"`+tt.dtype+`","shape":[1,3],"data_offsets":[0,6]}}`, data), g)
		if err != nil {
			t.Fatal(err)
		}
		if got := [3]float32(set["linear.weight"].Data); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.dtype, got, tt.want)
		}
	}
}

func TestBindErrors(t *testing.T) {
	g := graph(t)
	other, err := ir.Parse(strings.NewReplacer("Out: 16, Bias: true", "Out: 8, Bias: true", "[16]", "[8]", "norm",
		"norms").Replace(small))
	if err != nil {
		t.Fatal(err)
	}
	_, err = read(encode(t, other, params.Initialize(other, 1)), g)
	var bind *FitError
	if !errors.As(err, &bind) {
		t.Fatalf("got %v, want a FitError", err)
	}
	for _, want := range []string{
		"missing: norm.weight [4] is not in the file",
		"misshapen: logits.weight is [16, 64] in the network, but [8, 64] in the file",
		"misshapen: logits.bias is [16] in the network, but [8] in the file",
		"surplus: \"norms.running_var\" [4] is not in the network",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q:\n%v", want, err)
		}
	}
}

func TestHostileFiles(t *testing.T) {
	g := graph(t)
	good := encode(t, g, params.Initialize(g, 1))
	headerLength := binary.LittleEndian.Uint64(good)
	header, data := string(good[8:8+headerLength]), good[8+headerLength:]
	replace := func(from, to string) []byte {
		if !strings.Contains(header, from) {
			t.Fatalf("the header has no %s", from)
		}
		return file(strings.Replace(header, from, to, 1), data)
	}
	nan := bytes.Clone(good)
	binary.LittleEndian.PutUint32(nan[8+headerLength+8:], math.Float32bits(float32(math.NaN())))
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "only 0 bytes"},
		{"header too long", append(bytes.Repeat([]byte{0xff}, 8), "{}"...), "truncated or damaged"},
		{"no JSON", file("[]", nil), "not a JSON object"},
		{"unclosed", file(`{"a":`, nil), "the header is not"},
		{"something after", file(`{} {}`, nil), "something follows"},
		{"truncated", good[:len(good)-1], "truncated or damaged"},
		{"negative offset", replace(`"data_offsets":[0,`, `"data_offsets":[-4,`), "truncated or damaged"},
		{"wrong size", replace(`"shape":[4,1,3,3]`, `"shape":[4,1,3,4]`), "needs 192 bytes, but has 144"},
		{"overflow", replace(`"shape":[4,1,3,3]`, `"shape":[4611686018427387904,4611686018427387904]`),
			"impossible shape"},
		{"negative dimension", replace(`"shape":[4,1,3,3]`, `"shape":[-36]`), "impossible shape"},
		{"overlap", replace(`"data_offsets":[144,160]`, `"data_offsets":[140,156]`), "overlap"},
		{"twice", replace(`"norm.bias"`, `"norm.weight"`), "occurs twice"},
		{"no offsets", replace(`"data_offsets":[144,160]`, `"x":1`), "lacks data_offsets"},
		{"unknown type", replace(`"F32"`, `"F99"`), `unknown type "F99"`},
		{"other type", replace(`"F32"`, `"I32"`), "wrong type: conv.weight is I32"},
		{"NaN", nan, `tensor "conv.weight" holds 1 NaN and 0 infinite values of 36`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := read(tt.data, g); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestPassedOver(t *testing.T) {
	g := graph(t)
	good := encode(t, g, params.Initialize(g, 1))
	n := binary.LittleEndian.Uint64(good)
	header := strings.TrimRight(string(good[8:8+n]), " ")
	end := len(good) - 8 - int(n)
	counter, _ := json.Marshal(map[string]any{"dtype": "I64", "shape": []int{}, "data_offsets": []int{end, end + 8}})
	header = header[:len(header)-1] + `,"norm.num_batches_tracked":` + string(counter) + `,"__metadata__":{"format":"pt"}}`
	if _, err := read(file(header, append(bytes.Clone(good[8+n:]), make([]byte, 8)...)), g); err != nil {
		t.Error(err)
	}
}

// tiny has the parameters of each kind and as few values as can be: the fuzzer tries to make every input that it keeps
// smaller, byte by byte, and did nothing else with the 4 KB of the small graph.
const tiny = `graph "tiny"
image = Input(Shape: {1, 1, 1}) : [1, 1, 1]
conv = Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [2, 1, 1]
norm = BatchNorm(Epsilon: 0.001, Momentum: 0.1) conv : [2, 1, 1]
flat = Flatten() norm : [2]
logits = Linear(Out: 1, Bias: true) flat : [1]
output logits
`

func FuzzRead(f *testing.F) {
	g, err := ir.Parse(tiny)
	if err != nil {
		f.Fatal(err)
	}
	good := encode(f, g, params.Initialize(g, 1))
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add(file(`{"conv.weight":{"dtype":"F16","shape":[2,1,1,1],"data_offsets":[0,4]}}`, make([]byte, 4)))
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := read(data, g)
		if err != nil {
			return
		}
		for _, p := range g.Params() {
			if got := set.Of(p); got == nil || len(got.Data) != p.Shape.Elements() {
				t.Errorf("%s was accepted without its %d values", p.Name, p.Shape.Elements())
			}
		}
	})
}
