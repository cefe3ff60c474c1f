package weights_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/weights"
)

// TestKerasResNetValues binds a thin ResNet-50 under Keras' names: kernels HWIO, dense [in, out]. Every value must
// arrive at its place, and what the layers of a .keras archive say of padding and epsilon must be the network's.
func TestKerasResNetValues(t *testing.T) {
	program, err := compiler.Load("../../examples/resnet/resnet.net")
	if err != nil {
		t.Fatal(err)
	}
	n, err := program.Build("keras50", build.Override{"width": 0.125})
	if err != nil {
		t.Fatal(err)
	}
	g := n.Graph
	set := params.Initialize(g, 9)
	tensors := named(t, namesIn(t, "keras_resnet50"), g.Params()) // named gives kernels Keras' shapes
	i := 0
	for _, node := range g.Nodes {
		for _, p := range node.Params {
			fill(&tensors[i], set.Of(p).Data, p.Shape)
			tensors[i].Layer = kerasLayer(node, tensors[i].Name)
			i++
		}
	}

	b, err := weights.Bind(inOne(tensors), g, weights.Options{Mappings: mapping.Shipped()})
	if err != nil {
		t.Fatal(err)
	}
	if b.Mapping.Name != "keras-resnet" {
		t.Errorf("bound by %s", b.Mapping)
	}
	inOrder(t, b, tensors)
	if known, doubts, err := b.CheckOperations(g); !known || len(doubts) > 0 || err != nil {
		t.Errorf("what the layers say: known %v, doubts %v, %v", known, doubts, err)
	}
	loaded, err := b.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range g.Params() {
		if !slices.Equal(loaded.Of(p).Data, set.Of(p).Data) {
			t.Errorf("%s has other values than %d that were stored", p.Name, len(set.Of(p).Data))
		}
	}
}

// fill gives a tensor the values of a parameter of the given shape, turned to HWIO or [in, out] where it is a kernel.
func fill(tensor *stored.Tensor, values []float32, shape []int) {
	data := values
	if strings.Contains(tensor.Name, "kernel") {
		out, in, area := shape[0], shape[1], 1
		for _, d := range shape[2:] {
			area *= d
		}
		data = make([]float32, 0, len(values))
		for at := range area {
			for i := range in {
				for o := range out {
					data = append(data, values[(o*in+i)*area+at])
				}
			}
		}
	}
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, data); err != nil {
		panic(err)
	}
	tensor.Open = stored.Section(bytes.NewReader(b.Bytes()), 0, int64(b.Len()))
}

// kerasLayer is what keras.applications' resnet.py says of the layer that a tensor is of: conv1_pad puts 3 zeros around
// the image, the 3×3 convolutions are "same", and the others, of single pixels, "valid".
func kerasLayer(node *ir.Node, name string) *stored.Layer {
	switch node.Op.(type) {
	case ir.BatchNorm:
		return &stored.Layer{Epsilon: 1.001e-5}
	case ir.Conv:
		switch {
		case strings.HasPrefix(name, "conv1_conv/"):
			return &stored.Layer{Pads: []int64{3, 3, 3, 3}}
		case strings.Contains(name, "_2_conv/"):
			return &stored.Layer{Rule: "same"}
		}
		return &stored.Layer{Pads: []int64{0, 0, 0, 0}}
	}
	return nil
}
