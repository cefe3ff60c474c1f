package weights

import (
	"io"
	"math"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
)

// TestAhead asks for parameters in the graph's order, backwards, and each twice.
func TestAhead(t *testing.T) {
	g := graph(t)
	params := g.Params()
	b, err := Bind(&stored.Checkpoint{States: []stored.State{state(g, "", same)}}, g, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []int{1, len(params) - 1} {
		value := b.Ahead()
		for k := range 2 * len(params) {
			at := k * step % len(params)
			want := math.Float32frombits(uint32(0x4000+at) << 16)
			values, err := value(params[at])
			if err != nil || len(values) != params[at].Shape.Elements() || values[0] != want {
				t.Errorf("step %d: %s is %v…, %v, want %v", step, params[at].Name, values[:min(1, len(values))], err, want)
			}
		}
	}
	if _, err := b.Ahead()(&ir.Param{Name: "other"}); err == nil {
		t.Error("a parameter of another graph was accepted")
	}
}

func TestAheadFails(t *testing.T) {
	g := graph(t)
	s := state(g, "", same)
	s.Tensors[2].Open = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("x")), nil }
	b, err := Bind(&stored.Checkpoint{States: []stored.State{s}}, g, Options{})
	if err != nil {
		t.Fatal(err)
	}
	value := b.Ahead()
	for i, p := range g.Params() {
		if _, err := value(p); (err != nil) != (i == 2) {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
}
