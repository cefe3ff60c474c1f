package verify

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestSince names the operators of which earlier versions meant something else: all others are covered from the opset
// on with which they came.
func TestSince(t *testing.T) {
	var got []string
	table := operators()
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if op := table[name]; op.since != op.exists {
			got = append(got, fmt.Sprintf("%s %d-%d", name, op.exists, op.since))
		}
	}
	const want = "Add 1-7, BatchNormalization 1-9, Cast 1-6, Clip 1-6, Concat 1-4, DepthToSpace 1-11, Div 1-7, Gemm 1-7, " +
		"Mul 1-7, PRelu 1-7, Pad 1-11, Reshape 1-5, Resize 10-11, Slice 1-10, Split 1-2, Sub 1-7, TopK 1-10"
	if got := strings.Join(got, ", "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestExpand repeats along axes of 1, to sizes that are none below zero.
func TestExpand(t *testing.T) {
	for sizes, want := range map[[2]int64]string{{2, 3}: "[2 3]", {1, 3}: "[2 3]", {2, 0}: "[2 0]",
		{2, -3}: "the shape [2 -3] has a negative dimension", {-1, 3}: "the shape [-1 3] has a negative dimension"} {
		value := &Array{Type: Int64, Dims: []int64{2}, Ints: sizes[:]}
		c := &call{node: &Node{Inputs: []string{"x", "sizes"}}, opset: 17,
			in: []typed{{kind: Float32, dims: []int64{2, 1}}, {kind: Int64, dims: value.Dims, value: value}}}
		out, err := inferExpand(c)
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprint(out[0].dims)
		}
		if got != want {
			t.Errorf("%v: got %s, want %s", sizes, got, want)
		}
	}
}
