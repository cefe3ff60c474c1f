package tfjs

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// topology is what a model says of the order of its layers; other programs sort weights by name. A layers model lists Keras'
// layers, a graph model the operations, of which each stands behind those that it reads.
type topology struct {
	ModelConfig *layer `json:"model_config"` // where Keras wrote it; TensorFlow.js itself leaves this level out
	layer
	Node []struct {
		Input []string `json:"input"`
	} `json:"node"`
}

// layer is one of Keras' layers, or a model, which has layers in it.
type layer struct {
	Config json.RawMessage `json:"config"`
}

// maxNesting bounds models within models. Each level reads the text of those in it once more.
const maxNesting = 8

// each visits the names of a layer and of those in it.
func (l *layer) each(depth int, visit func(name string)) {
	if depth == maxNesting || len(l.Config) == 0 {
		return
	}
	var config struct {
		Name   string  `json:"name"`
		Layers []layer `json:"layers"`
	}
	if err := json.Unmarshal(l.Config, &config); err != nil {
		// Keras before 2.2.3 has a list of layers as the configuration of a model; anything else has no order.
		if json.Unmarshal(l.Config, &config.Layers) != nil {
			return
		}
	}
	if config.Name != "" {
		visit(config.Name)
	}
	for i := range config.Layers {
		config.Layers[i].each(depth+1, visit)
	}
}

// sortByUse puts weights into the order in which the network uses them, as far as the model says it. The others come last.
func sortByUse(tensors []stored.Tensor, model json.RawMessage) {
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
			name, _, _ := strings.Cut(input, ":") // the number of an output
			note(name)
		}
	}
	root := &t.layer
	if t.ModelConfig != nil {
		root = t.ModelConfig
	}
	root.each(0, note)
	slices.SortStableFunc(tensors, func(a, b stored.Tensor) int { return cmp.Compare(place(a.Name, places), place(b.Name, places)) })
}

// place returns where a weight stands: by its own name in a graph model, by its layer's in a layers model, which is all before
// the last slash, or, in models within models, the last part before it.
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
