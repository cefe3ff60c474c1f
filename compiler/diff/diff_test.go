package diff

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
)

const head = "graph \"a\"\nimage = Input(Shape: {3, 8, 8}) : [3, 8, 8]\n"

func conv(name, in string, out, kernel, pad int) string {
	return fmt.Sprintf("%s = Conv(Out: %d, Kernel: %d, Stride: 1, Dilation: 1, Groups: 1, Pad: {%d, %[4]d, %[4]d, %[4]d}) "+
		"%s : [%[2]d, 8, 8]\n", name, out, kernel, pad, in)
}

func act(name, in string, channels int) string {
	return fmt.Sprintf("%s = Activation(Function: ReLU) %s : [%d, 8, 8]\n", name, in, channels)
}

// TestCompare compares graphs that differ in one way each.
func TestCompare(t *testing.T) {
	plain := conv("stem", "image", 4, 3, 1) + act("act", "stem", 4) + conv("last", "act", 4, 1, 0)
	for _, tt := range []struct {
		what, other string
		want        []string // name, and what it is in either
	}{
		{"nothing", plain, nil},
		{"a setting", conv("stem", "image", 4, 1, 0) + act("act", "stem", 4) + conv("last", "act", 4, 1, 0),
			[]string{"stem: Conv kernel 3 pad {1 1 1 1} [4, 8, 8] | Conv kernel 1 [4, 8, 8]"}},
		{"one side's padding", strings.Replace(plain, "Pad: {1, 1, 1, 1}", "Pad: {2, 1, 0, 1}", 1),
			[]string{"stem: Conv pad {1 1 1 1} [4, 8, 8] | Conv pad {2 1 0 1} [4, 8, 8]"}},
		{"what it reads", conv("stem", "image", 4, 3, 1) + act("act", "stem", 4) + conv("last", "stem", 4, 1, 0),
			[]string{"last: Conv [4, 8, 8] of act | Conv [4, 8, 8] of stem"}},
		{"a layer less", conv("stem", "image", 4, 3, 1) + conv("last", "stem", 4, 1, 0),
			[]string{"act: ReLU [4, 8, 8] | -", "last: Conv [4, 8, 8] of act | Conv [4, 8, 8] of stem"}},
		{"layers more, one at the beginning", act("first", "image", 3) + conv("stem", "first", 4, 3, 1) +
			act("act", "stem", 4) + conv("last", "act", 4, 1, 0) + act("more", "last", 4),
			[]string{"first: - | ReLU [3, 8, 8]", "stem: Conv [4, 8, 8] of image | Conv [4, 8, 8] of first",
				"more: - | ReLU [4, 8, 8]"}},
	} {
		var got []string
		for _, d := range Compare(Layers(parse(t, plain)), Layers(parse(t, tt.other))) {
			got = append(got, d.Name+": "+d.A.Describe(d.B)+" | "+d.B.Describe(d.A))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.what, got, tt.want)
		}
	}
}

// parse reads a graph whose output is its last node.
func parse(t *testing.T, nodes string) *ir.Graph {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(nodes), "\n")
	last, _, _ := strings.Cut(lines[len(lines)-1], " =")
	g, err := ir.Parse(head + nodes + "output " + last + "\n")
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestLayers holds what is told of layers beside their settings: windows, and the shapes of all inputs.
func TestLayers(t *testing.T) {
	layers := Layers(parse(t, conv("stem", "image", 3, 5, 2)+
		"pool = MaxPool(Kernel: 2×3, Stride: 1×2, Pad: {0, 1, 1, 1}) stem : [3, 8, 4]\n"+
		"gate = GlobalAvgPool() pool : [3, 1, 1]\nmul = Mul() pool gate : [3, 8, 4]\n"+
		"each = Conv(Out: 6, Kernel: 1, Stride: 1, Dilation: 1, Groups: 3) mul : [6, 8, 4]\n"+
		"last = ConvTranspose(Out: 4, Kernel: 4×2, Stride: 4×2, Dilation: 1, Groups: 2) each : [4, 32, 8]\n"))
	var got []string
	for _, l := range layers {
		got = append(got, fmt.Sprintf("%s %v %v %d %s", l.Name, l.Kernel, l.Stride, l.Groups, l.InputShapes()))
	}
	want := []string{"stem 5 1 1 [3, 8, 8]", "pool 2×3 1×2 0 [3, 8, 8]", "gate   0 [3, 8, 4]",
		"mul   0 [3, 8, 4] [3, 1, 1]", "each 1 1 3 [3, 8, 4]", "last 4×2 4×2 2 [6, 8, 4]"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestPair writes kernels and strides as tables and JSON have them.
func TestPair(t *testing.T) {
	for p, want := range map[Pair]string{{}: "|0", {Height: 3, Width: 3}: "3|3", {Height: 1, Width: 7}: "1×7|[1,7]",
		{Height: 1, Width: 2}: "1×2|[1,2]", {Height: 2, Width: 1}: "2×1|[2,1]"} {
		text, err := p.MarshalJSON()
		l := &Layer{Op: "Conv", Kernel: p}
		if got, own := l.Describe(nil), "Conv kernel "+p.String()+" []"; got != own && p != (Pair{}) {
			t.Errorf("got %q, want %q", got, own)
		}
		if got := p.String() + "|" + string(text); err != nil || got != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
}
