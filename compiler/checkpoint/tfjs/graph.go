package tfjs

import (
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// node is an operation of a graph model, in the JSON form of TensorFlow's GraphDef, which has texts in base64.
type node struct {
	Name  string   `json:"name"`
	Op    string   `json:"op"`
	Input []string `json:"input"`
	Attr  struct {
		Padding struct {
			S []byte `json:"s"`
		} `json:"padding"`
		Epsilon struct {
			F float64 `json:"f"`
		} `json:"epsilon"`
	} `json:"attr"`
}

// convolutions are the operations whose second input is a kernel; their fused forms add biases and activations.
var convolutions = map[string]bool{
	"Conv2D": true, "_FusedConv2D": true, "DepthwiseConv2dNative": true, "FusedDepthwiseConv2dNative": true,
}

// layersOf returns how the operations of a graph model compute with their weights, by the weights' names.
func layersOf(nodes []node) map[string]*stored.Layer {
	ops := map[string]string{}
	for _, n := range nodes {
		ops[n.Name] = n.Op
	}
	layers := map[string]*stored.Layer{}
	for _, n := range nodes {
		switch {
		case convolutions[n.Op] && len(n.Input) > 1:
			l := &stored.Layer{}
			switch before := ops[valueName(n.Input[0])]; {
			case string(n.Attr.Padding.S) == "SAME":
				l.Rule = "same"
			case string(n.Attr.Padding.S) == "VALID" && !strings.Contains(before, "Pad"):
				l.Pads = []int64{0, 0, 0, 0}
			default: // padded before, by rows that are a constant of the model
				l = nil
			}
			layers[valueName(n.Input[1])] = l
		case strings.HasPrefix(n.Op, "FusedBatchNorm") && n.Attr.Epsilon.F > 0:
			for _, input := range n.Input[min(1, len(n.Input)):] {
				layers[valueName(input)] = &stored.Layer{Epsilon: n.Attr.Epsilon.F}
			}
		}
	}
	return layers
}

// valueName returns the name of the operation whose output an input is, without the output's number.
func valueName(input string) string {
	name, _, _ := strings.Cut(input, ":")
	return name
}
