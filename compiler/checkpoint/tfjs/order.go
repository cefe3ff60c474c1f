package tfjs

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/keras"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// topology is what a model says of the order of its layers; other programs sort weights by name. A layers model lists
// Keras' layers, a graph model the operations, of which each stands behind those that it reads.
type topology struct {
	ModelConfig *layer `json:"model_config"` // where Keras wrote it; TensorFlow.js itself leaves this level out
	layer
	Node []node `json:"node"`
}

// layer is one of Keras' layers, or a model, which has layers in it.
type layer struct {
	Class   string          `json:"class_name"`
	Inbound json.RawMessage `json:"inbound_nodes"`
	Config  json.RawMessage `json:"config"`
}

// described is what a model says of a layer.
type described struct {
	name, class, before string // before is the layer that it reads, "" where that is not known
	keras.Settings
}

// maxNesting bounds models within models. Each level reads the text of those in it once more.
const maxNesting = 8

// each visits a layer, which reads the one that is named before, and those in it.
func (l *layer) each(before string, depth int, visit func(described)) {
	if depth == maxNesting || len(l.Config) == 0 {
		return
	}
	var config struct {
		Name   string  `json:"name"`
		Layers []layer `json:"layers"`
		keras.Settings
	}
	if err := json.Unmarshal(l.Config, &config); err != nil {
		// Keras before 2.2.3 has a list of layers as the configuration of a model; anything else has no order.
		if json.Unmarshal(l.Config, &config.Layers) != nil {
			return
		}
	}
	if config.Name != "" {
		visit(described{config.Name, l.Class, before, config.Settings})
	}
	previous := ""
	for i := range config.Layers {
		inner := &config.Layers[i]
		before := keras.InboundName(inner.Inbound)
		if l.Class == keras.Sequential {
			before = previous
		}
		inner.each(before, depth+1, func(d described) {
			previous = d.name // in the end that of the last layer of a model
			visit(d)
		})
	}
}

// describe puts weights into the order in which the network uses them, as far as the model says it, the others last,
// and notes how their layers compute.
func describe(tensors []stored.Tensor, model json.RawMessage) {
	var t topology
	if len(model) == 0 || json.Unmarshal(model, &t) != nil {
		return
	}
	places := map[string]int{}
	note := func(name string) {
		if _, ok := places[name]; !ok {
			places[name] = len(places)
		}
	}
	for _, n := range t.Node {
		for _, input := range n.Input {
			note(valueName(input))
		}
	}
	root := &t.layer
	if t.ModelConfig != nil {
		root = t.ModelConfig
	}
	layers := map[string]described{}
	root.each("", 0, func(d described) {
		note(d.name)
		layers[d.name] = d
	})
	operations := layersOf(t.Node)
	for i := range tensors {
		if tensors[i].Layer = layerOf(tensors[i].Name, layers); tensors[i].Layer == nil {
			tensors[i].Layer = operations[tensors[i].Name]
		}
	}
	slices.SortStableFunc(tensors, func(a, b stored.Tensor) int {
		return cmp.Compare(place(a.Name, places),
			place(b.Name, places))
	})
}

// layerOf returns how the layer of a weight computes, or nil.
func layerOf(name string, layers map[string]described) *stored.Layer {
	path := name[:max(0, strings.LastIndexByte(name, '/'))]
	d, ok := layers[path]
	if !ok {
		d = layers[path[strings.LastIndexByte(path, '/')+1:]]
	}
	var before *keras.Before
	if b, ok := layers[d.before]; ok {
		before = &keras.Before{Class: b.class, Settings: b.Settings}
	}
	return d.Layer(d.class, before)
}

// place returns where a weight stands: by its own name in a graph model, by its layer's in a layers model, which is
// all before the last slash, or, in models within models, the last part before it.
func place(name string, places map[string]int) int {
	if at, ok := places[name]; ok {
		return at
	}
	layer := name[:max(0, strings.LastIndexByte(name, '/'))]
	if at, ok := places[layer]; ok {
		return at
	}
	if at, ok := places[layer[strings.LastIndexByte(layer, '/')+1:]]; ok {
		return at
	}
	return math.MaxInt
}
