package pass

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// FeaturesAuto asks for the features that detectors build on: the result of the last block at each size of the image.
const FeaturesAuto = "auto"

// FeaturesEmbedding is the feature that describes the input: what the last layer with weights before the network's
// first output takes. A step of that name comes before it.
const FeaturesEmbedding = "embedding"

// ChooseOutputs returns the graph with the outputs that features ask for, each under the name of its step. Without
// features, that is the graph itself.
func ChooseOutputs(g *ir.Graph, features []string) (*ir.Graph, error) {
	if len(features) == 0 {
		return g, nil
	}
	steps := stepsOf(g)
	if slices.Equal(features, []string{FeaturesAuto}) {
		if features = lastOfEachSize(steps); len(features) == 0 {
			return nil, errors.New("the network has no step whose result is an image: there are no features")
		}
	}
	chosen := &ir.Graph{Name: g.Name, Nodes: g.Nodes, Inputs: g.Inputs}
	for i, name := range features {
		at := slices.IndexFunc(steps, func(s step) bool { return s.name == name })
		if at < 0 && name == FeaturesEmbedding {
			n, err := embedding(g)
			if err != nil {
				return nil, err
			}
			at, steps = len(steps), append(steps, step{name: name, result: n})
		}
		switch {
		case slices.Contains(features[:i], name):
			return nil, fmt.Errorf("the feature %s is asked for twice", name)
		case at < 0:
			return nil, fmt.Errorf("the network has no step %q for a feature; %s", name, known(steps))
		}
		chosen.Outputs = append(chosen.Outputs, ir.Output{Name: name, Node: steps[at].result})
	}
	return chosen, nil
}

// embedding returns what the last linear layer, or convolution of one pixel, before the first output takes.
func embedding(g *ir.Graph) (*ir.Node, error) {
	n := g.Output()
	for len(n.Inputs) == 1 {
		in := n.Inputs[0]
		_, isInput := in.Op.(ir.Input)
		if onePixel := len(in.Shape) == 1 || in.Shape.IsImage() && in.Shape[1] == 1 && in.Shape[2] == 1; !onePixel {
			break
		}
		if n.Param(ir.Weight) != nil && !isInput {
			return in, nil
		}
		n = in
	}
	return nil, fmt.Errorf("the network has no embedding: its output %s is not made of a vector by a layer",
		g.Outputs[0].Name)
}

// known says for an error what could have been asked for.
func known(steps []step) string {
	var names []string
	for _, s := range steps {
		names = append(names, s.name)
	}
	return "its steps are " + strings.Join(names, ", ")
}

// step is one line of a network's body: the nodes whose names begin with its own.
type step struct {
	name    string
	result  *ir.Node // the last of its nodes
	isBlock bool     // it is made by a block of the language, not of primitives alone
}

// stepsOf returns the steps in the order in which they begin.
func stepsOf(g *ir.Graph) []step {
	var steps []step
	for _, n := range g.Operations() {
		name, _, _ := strings.Cut(n.Name, ".")
		at := slices.IndexFunc(steps, func(s step) bool { return s.name == name })
		if at < 0 {
			at = len(steps)
			steps = append(steps, step{name: name})
		}
		steps[at].result = n
		steps[at].isBlock = steps[at].isBlock || n.Origin != nil && n.Origin.Block != ""
	}
	return steps
}

// lastOfEachSize picks, for each height and width, the last step of them, only among blocks where the network has any:
// what primitives do before the first and after the last block is stem and head.
func lastOfEachSize(steps []step) []string {
	hasPixels := func(s step) bool { return s.result.Shape.IsImage() && s.result.Shape[1:].Elements() > 1 }
	blocks := slices.ContainsFunc(steps, func(s step) bool { return s.isBlock && hasPixels(s) })
	var names []string
	var before ir.Shape
	for _, s := range steps {
		shape := s.result.Shape
		if !hasPixels(s) || blocks && !s.isBlock {
			continue
		}
		if before != nil && before[1] == shape[1] && before[2] == shape[2] {
			names = names[:len(names)-1]
		}
		names, before = append(names, s.name), shape
	}
	return names
}
