package weights

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
)

// norms is a convolution and a batch norm of many channels.
func norms(t *testing.T) *ir.Graph {
	t.Helper()
	g, err := ir.Parse(`graph "norms"
image = Input(Shape: {3, 4, 4}) : [3, 4, 4]
conv = Conv(Out: 128, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [128, 4, 4]
norm = BatchNorm(Epsilon: 0.001, Momentum: 0.1) conv : [128, 4, 4]
output norm
`)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestPlausible binds batch norms whose vectors are what they should be, and others.
func TestPlausible(t *testing.T) {
	// of both signs
	wave := func(size float32) func(i int) float32 { return func(i int) float32 { return size * float32(i%5-2) } }
	positive := func(i int) float32 { return 0.25 + float32(i%7) }
	const zero, variance = "norm.weight", "norm.running_var"
	trained := map[string]func(i int) float32{zero: positive, "norm.bias": wave(1), "norm.running_mean": wave(0.5),
		variance: positive}
	fresh := map[string]func(i int) float32{zero: func(int) float32 { return 1 },
		"norm.bias":         func(int) float32 { return 0 },
		"norm.running_mean": func(int) float32 { return 0 }, variance: func(int) float32 { return 1 }}
	tests := []struct {
		name    string
		vectors map[string]func(i int) float32
		change  map[string]func(i int) float32
		want    string // "": it is plausible
	}{
		{"trained", trained, nil, ""},
		{"fresh", fresh, nil, ""},
		{"some scales negative", trained,
			map[string]func(int) float32{zero: func(i int) float32 { return float32(i) - 10 }}, ""},
		{"a variance of zero", trained,
			map[string]func(int) float32{variance: func(i int) float32 { return float32(i) }}, ""},
		{"one negative variance", trained,
			map[string]func(int) float32{variance: func(i int) float32 { return float32(i) - 0.5 }},
			`"norm.running_var" has 1 negative values`},
		{"less than the epsilon", trained,
			map[string]func(int) float32{variance: func(i int) float32 { return float32(i) - 1e-4 }},
			`"norm.running_var" has 1 negative values`},
		{"mean and variance exchanged", trained, map[string]func(int) float32{variance: trained["norm.running_mean"],
			"norm.running_mean": trained[variance]},
			`the running mean "norm.running_mean" has none: are they exchanged?`},
		{"variance and shift exchanged", trained, map[string]func(int) float32{variance: trained["norm.bias"],
			"norm.bias": trained[variance]}, `"norm.running_var" has 52 negative values`},
		{"scale and shift exchanged", trained, map[string]func(int) float32{zero: trained["norm.bias"],
			"norm.bias": trained[zero]}, "scales 52 are negative and of their shifts none"},
		{"scale and mean exchanged", trained, map[string]func(int) float32{zero: trained["norm.running_mean"],
			"norm.running_mean": trained[zero]}, "of their running means none"},
		{"all scales zero", trained, map[string]func(int) float32{zero: fresh["norm.bias"]},
			"scales of all batch norms are zero"},
	}
	for _, tt := range tests {
		g := norms(t)
		s := state(g, "", same)
		for i, tensor := range s.Tensors {
			value := tt.change[tensor.Name]
			if value == nil {
				value = tt.vectors[tensor.Name]
			}
			if value == nil {
				continue // the convolution's
			}
			var data bytes.Buffer
			for k := range 128 {
				if err := binary.Write(&data, binary.LittleEndian, value(k)); err != nil {
					t.Fatal(err)
				}
			}
			s.Tensors[i].Type = stored.F32
			s.Tensors[i].Open = func() (io.ReadCloser, error) {
				return io.NopCloser(bytes.NewReader(data.Bytes())),
					nil
			}
		}
		b, err := Bind(&stored.Checkpoint{States: []stored.State{s}}, g, Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, whole := b.Load()
		_, one := b.Values(g.Params()[0])
		for _, err := range []error{whole, one} {
			var implausible *ImplausibleError
			if tt.want == "" && err != nil || tt.want != "" && (!errors.As(err, &implausible) ||
				!strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
			}
		}
	}
}
