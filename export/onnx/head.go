package onnx

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// The names of the outputs that the options put behind the network.
const (
	probabilitiesName = "probabilities"
	topScoresName     = "top_scores"
	topClassesName    = "top_classes"
)

// hasHead reports whether something stands between the network's results and the model's outputs.
func (e *emitter) hasHead() bool { return e.o.Softmax || e.o.TopK > 0 || e.ioType() != e.o.Type }

// isOutput reports whether the value of a node is an output of the model as it is.
func (e *emitter) isOutput(n *ir.Node) bool {
	return !e.hasHead() && slices.ContainsFunc(e.graph.Outputs, func(o ir.Output) bool { return o.Name == e.value[n] })
}

// head writes what stands behind the network.
func (e *emitter) head() error {
	if e.o.Softmax || e.o.TopK > 0 {
		return e.classes()
	}
	for _, o := range e.graph.Outputs {
		name, n := o.Name, o.Node
		e.model.Outputs = append(e.model.Outputs, Value{name, e.ioType(), e.dims(n)})
		switch {
		case e.ioType() != e.o.Type:
			e.castTo(name, e.value[n], e.ioType())
		case e.value[n] != name: // one value under two names, or the input itself
			e.add("Identity", name, []string{e.value[n]})
		}
	}
	return nil
}

// classes writes Softmax and TopK over the classes' scores, in the type of the outputs.
func (e *emitter) classes() error {
	n := e.graph.Output()
	if len(e.graph.Outputs) != 1 {
		return fmt.Errorf("softmax and top-k need a network with one vector of scores as its only output; "+
			"this one puts out %s", listed(e.graph.Outputs))
	}
	if len(n.Shape) != 1 {
		return fmt.Errorf("softmax and top-k need a network with one vector of scores as its output; that of %s is %v",
			e.graph.Outputs[0].Name, n.Shape)
	}
	if e.o.TopK > n.Shape[0] {
		return fmt.Errorf("the best %d of %d classes cannot be told", e.o.TopK, n.Shape[0])
	}
	dims := e.dims(n)
	scores := e.cast(e.value[n], e.o.Type, e.ioType(), dims)
	if e.o.Softmax {
		probabilities := e.free(probabilitiesName)
		e.add("Softmax", probabilities, []string{scores}, attribute("axis", 1))
		scores = probabilities
		result := Value{probabilities, e.ioType(), dims}
		if e.o.TopK == 0 {
			e.model.Outputs = []Value{result}
			return nil
		}
		e.model.infos = append(e.model.infos, result)
	}
	best := []Dim{dims[0], {Size: e.o.TopK}}
	values, classes := e.free(topScoresName), e.free(topClassesName)
	e.model.nodes = append(e.model.nodes, &node{"TopK", "top", []string{scores, e.ints("top.k", int64(e.o.TopK))},
		[]string{values, classes},
		[]*message{attribute("axis", 1)}})
	e.model.Outputs = []Value{{values, e.ioType(), best}, {classes, Int64, best}}
	return nil
}

// listed writes outputs with their shapes: "class [4], pool [16]".
func listed(outputs []ir.Output) string {
	names := make([]string, len(outputs))
	for i, out := range outputs {
		names[i] = fmt.Sprintf("%s %v", out.Name, out.Node.Shape)
	}
	return strings.Join(names, ", ")
}
