package keras

import (
	"encoding/json"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// Settings are what a layer's configuration says of its arithmetic. Layers of other classes may have anything under
// these names.
type Settings struct {
	Epsilon json.RawMessage `json:"epsilon"`
	Padding json.RawMessage `json:"padding"` // "same" or "valid"; of ZeroPadding2D [[top, bottom], [left, right]]
}

// Layer returns how a layer computes, or nil where its settings say nothing. before are the settings of the layer
// whose output it reads, and nil where that is not known: Keras' own networks pad by a ZeroPadding2D before a
// convolution that is "valid".
func (s Settings) Layer(class string, before *Before) *stored.Layer {
	l := &stored.Layer{}
	switch class {
	case "BatchNormalization":
		if json.Unmarshal(s.Epsilon, &l.Epsilon) != nil || l.Epsilon <= 0 {
			return nil
		}
		return l
	case "Conv2D", "DepthwiseConv2D", "SeparableConv2D":
	default:
		return nil
	}
	var rule string
	if json.Unmarshal(s.Padding, &rule) != nil {
		return nil
	}
	switch {
	case rule == "same":
		l.Rule = rule
		return l
	case rule != "valid" || before == nil:
		return nil
	case unpadded[before.Class]:
		l.Pads = []int64{0, 0, 0, 0}
		return l
	case before.Class != "ZeroPadding2D":
		return nil // a model, or a layer of somebody's own, which may pad
	}
	var zeros [2][2]int64
	if json.Unmarshal(before.Padding, &zeros) != nil {
		return nil
	}
	l.Pads = []int64{zeros[0][0], zeros[1][0], zeros[0][1], zeros[1][1]} // top, left, bottom, right
	return l
}

// unpadded are the classes of layers that a convolution may read and that add no rows or columns of zeros.
var unpadded = map[string]bool{
	"InputLayer": true, "Conv2D": true, "DepthwiseConv2D": true, "SeparableConv2D": true, "BatchNormalization": true,
	"Activation": true, "ReLU": true, "LeakyReLU": true, "PReLU": true, "MaxPooling2D": true, "AveragePooling2D": true,
	"Add": true, "Concatenate": true, "Multiply": true, "Dropout": true, "SpatialDropout2D": true, "Rescaling": true,
	"Normalization": true,
}

// Sequential is the class of models whose layers each read the one before, and say nothing of it.
const Sequential = "Sequential"

// Before is the layer whose output another one reads.
type Before struct {
	Class string
	Settings
}

// InboundName returns the name of the layer whose output a layer reads, from its configuration's inbound_nodes, or ""
// where it reads several.
//
//	Keras 2  [[["pad", 0, 0, {}]]]
//	Keras 3  [{"args": [{"config": {"keras_history": ["pad", 0, 0]}}]}]
func InboundName(nodes json.RawMessage) string {
	var old [][][]any
	if json.Unmarshal(nodes, &old) == nil && len(old) == 1 && len(old[0]) == 1 {
		return first(old[0][0])
	}
	var calls []struct {
		Args []struct {
			Config struct {
				History []any `json:"keras_history"`
			} `json:"config"`
		} `json:"args"`
	}
	if json.Unmarshal(nodes, &calls) == nil && len(calls) == 1 && len(calls[0].Args) == 1 {
		return first(calls[0].Args[0].Config.History)
	}
	return ""
}

func first(list []any) string {
	if len(list) == 0 {
		return ""
	}
	name, _ := list[0].(string)
	return name
}
