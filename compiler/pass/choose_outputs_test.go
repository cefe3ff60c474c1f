package pass_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/pass"
)

// TestEmbedding asks for what the last layer takes: a vector, or an image of one pixel, and none of several pixels
// along either side; also with activations behind the layer, but not where the layer takes the network's input.
func TestEmbedding(t *testing.T) {
	const conv = "Conv(Out: 4, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1)"
	for _, tt := range []struct{ name, lines, want string }{
		{"vector", "pool = GlobalAvgPool() image : [3, 1, 1]\nflat = Flatten() pool : [3]\n" +
			"logits = Linear(Out: 2) flat : [2]\noutput logits", "flat"},
		{"behind it", "pool = GlobalAvgPool() image : [3, 1, 1]\nflat = Flatten() pool : [3]\n" +
			"logits = Linear(Out: 2) flat : [2]\nact = Softmax() logits : [2]\noutput act", "flat"},
		{"one pixel", "pool = GlobalAvgPool() image : [3, 1, 1]\nscores = " + conv + " pool : [4, 1, 1]\n" +
			"logits = Flatten() scores : [4]\noutput logits", "pool"},
		{"a row", "row = MaxPool(Kernel: 5×1, Stride: 5×1) image : [3, 1, 4]\nscores = " + conv +
			" row : [4, 1, 4]\noutput scores", ""},
		{"a column", "column = MaxPool(Kernel: 1×4, Stride: 1×4) image : [3, 5, 1]\nscores = " + conv +
			" column : [4, 5, 1]\noutput scores", ""},
		{"a sequence", "flat = Reshape(Shape: {1, 60}) image : [1, 60]\nlogits = Linear(Out: 2) flat : [1, 2]\n" +
			"output logits", ""},
		{"two inputs", "pool = GlobalAvgPool() image : [3, 1, 1]\nflat = Flatten() pool : [3]\n" +
			"logits = Linear(Out: 3) flat : [3]\nsum = Add() logits flat : [3]\noutput sum", ""},
	} {
		g, err := ir.Parse("graph \"g\"\nimage = Input(Shape: {3, 5, 4}) : [3, 5, 4]\n" + tt.lines + "\n")
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		chosen, err := pass.ChooseOutputs(g, []string{pass.FeaturesEmbedding})
		switch {
		case tt.want == "" && (err == nil || !strings.Contains(err.Error(), "the network has no embedding")):
			t.Errorf("%s: %v", tt.name, err)
		case tt.want != "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.want != "" && chosen.Output().Name != tt.want:
			t.Errorf("%s: it is %s", tt.name, chosen.Output().Name)
		}
	}
	g, err := ir.Parse("graph \"g\"\nv = Input(Shape: {3}) : [3]\nlogits = Linear(Out: 2) v : [2]\noutput logits\n")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pass.ChooseOutputs(g, []string{pass.FeaturesEmbedding}); err == nil {
		t.Error("a network's input is taken for an embedding")
	}
}

// TestFeatures: steps are outputs by their names; those of every size are the last of each, among blocks where there
// are any, and none of one pixel.
func TestFeatures(t *testing.T) {
	g, err := ir.Parse(`graph "g"
image = Input(Shape: {3, 16, 12}) : [3, 16, 12]
stem.pool = MaxPool(Kernel: 2, Stride: 2) image : [3, 8, 6]
stem.act = Activation(Function: ReLU) stem.pool : [3, 8, 6]
first = Activation(Function: SiLU) stem.act : [3, 8, 6]
rows = MaxPool(Kernel: 2×1, Stride: 2×1) first : [3, 4, 6]
columns = MaxPool(Kernel: 1×2, Stride: 1×2) rows : [3, 4, 3]
last = Activation(Function: SiLU) columns : [3, 4, 3]
head = GlobalAvgPool() last : [3, 1, 1]
output head
`)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		features []string
		blocks   string // names of nodes that blocks make
		want     string // nodes, or an error
	}{
		{nil, "", "head"}, {[]string{"stem", "last"}, "", "stem.act last"},
		{[]string{"last", "stem"}, "", "last stem.act"},
		{[]string{"auto"}, "", "first rows last"}, {[]string{"auto"}, "stem.pool columns", "stem.act columns"},
		{[]string{"auto"}, "head", "first rows last"},
		{[]string{"last", "last"}, "", "the feature last is asked for twice"},
		{[]string{"stem.act"}, "",
			`no step "stem.act" for a feature; its steps are stem, first, rows, columns, last, head`},
	} {
		for _, n := range g.Nodes {
			n.Origin = &ir.Origin{}
			if slices.Contains(strings.Fields(tt.blocks), n.Name) {
				n.Origin.Block = "B"
			}
		}
		chosen, err := pass.ChooseOutputs(g, tt.features)
		if err != nil {
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%q: %v, want %s", tt.features, err, tt.want)
			}
			continue
		}
		var got []string
		for _, o := range chosen.Outputs {
			got = append(got, o.Node.Name)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%q, with the blocks %q: %q, want %s", tt.features, tt.blocks, got, tt.want)
		}
	}
}
