package onnx

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// properties lists the model's metadata in a fixed order.
func properties(o Options, g *ir.Graph, outputs []ir.Output, normalisation *Normalisation) ([]Property, error) {
	m := o.Metadata
	in := g.Input().Shape
	layout, resolution, pixels, features := "", "", "", ""
	if in.IsImage() {
		layout, resolution = "NCHW", fmt.Sprintf("%dx%d", in[1], in[2])
	}
	if o.Preprocess {
		layout, pixels = "NHWC", "uint8 from 0 to 255, normalised by the model"
	}
	if len(o.Features) > 0 {
		var names []string
		for _, out := range outputs {
			names = append(names, out.Name)
		}
		features = strings.Join(names, ",")
	}
	list := []Property{
		{"source", m.Source}, {"source_sha256", m.SourceHash}, {"imports_sha256", m.ImportHash},
		{"family", m.Family}, {"variant", m.Variant}, {"weights", m.Weights},
		{"resolution", resolution}, {"layout", layout}, {"pixels", pixels}, {"features", features},
	}
	if normalisation != nil {
		list = append(list, Property{"mean", joined(normalisation.Mean)}, Property{"std", joined(normalisation.Std)})
	}
	if len(m.Labels) > 0 {
		if len(o.Features) > 0 {
			return nil, errors.New("features are the outputs of a network without its classes: " +
				"there is nothing that labels could name")
		}
		names := func(out ir.Output) bool { return out.Node.Shape.Equal(ir.Shape{len(m.Labels)}) }
		if !slices.ContainsFunc(g.Outputs, names) {
			if len(g.Outputs) == 1 {
				return nil, fmt.Errorf("there are %d labels, but the network's output is %v", len(m.Labels),
					g.Output().Shape)
			}
			return nil, fmt.Errorf("there are %d labels, but none of the network's outputs is a vector of as many: "+
				"they are %s", len(m.Labels), listed(g.Outputs))
		}
		text, err := json.Marshal(m.Labels)
		if err != nil {
			return nil, err
		}
		list = append(list, Property{"labels", string(text)})
	}
	var given []Property
	for _, p := range list {
		if p.Value != "" {
			given = append(given, p)
		}
	}
	return given, nil
}
