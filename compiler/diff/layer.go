package diff

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// Layer is a row of a table of layers, and an object of JSON. In is the shape of the first input, [channels, height,
// width] of an image; what has no window has no kernel, stride and groups. Params counts numbers that are trained, MACs
// multiply-accumulates for one image.
type Layer struct {
	Name   string     `json:"name"`
	Op     string     `json:"op"`
	In     ir.Shape   `json:"in"`
	Inputs []ir.Shape `json:"inputs"`
	Out    ir.Shape   `json:"out"`
	Kernel Pair       `json:"kernel,omitzero"`
	Stride Pair       `json:"stride,omitzero"`
	Groups int        `json:"groups,omitempty"`
	Params int64      `json:"params"`
	MACs   int64      `json:"macs"`

	settings []string // all that the operation has: "Kernel: 3"
	from     []string // the layers whose results are its inputs
}

// InputShapes lists the shapes of all inputs: "[16, 8, 8] [16, 1, 1]".
func (r Layer) InputShapes() string {
	var shapes []string
	for _, s := range r.Inputs {
		shapes = append(shapes, fmt.Sprint(s))
	}
	return strings.Join(shapes, " ")
}

// Layers returns a row of each node of a graph, but its inputs, in their order.
func Layers(g *ir.Graph) []Layer {
	var rows []Layer
	for _, n := range g.Nodes {
		if len(n.Inputs) > 0 {
			rows = append(rows, layerOf(n))
		}
	}
	return rows
}

func layerOf(n *ir.Node) Layer {
	r := Layer{Name: n.Name, Op: ir.InfoOf(n.Op).Name, In: n.Inputs[0].Shape, Inputs: n.InputShapes(), Out: n.Shape,
		Params: n.ParamCount(), MACs: n.MACs()}
	r.settings = settingsOf(n.Op)
	for _, in := range n.Inputs {
		r.from = append(r.from, in.Name)
	}
	if w, ok := ir.WindowOf(n.Op); ok {
		r.Kernel, r.Stride = Pair(w.Kernel), Pair(w.Stride)
	}
	switch op := n.Op.(type) {
	case ir.Activation:
		r.Op = string(op.Function)
	case ir.Conv:
		r.Groups = op.Groups
	case ir.ConvTranspose:
		r.Kernel, r.Stride, r.Groups = Pair(op.Kernel), Pair(op.Stride), op.Groups
	}
	return r
}

// Pair is a kernel or stride in tables and JSON: nothing for what has none, one number for a square one, and a list of
// height and width, [1, 7], for others.
type Pair ir.Pair

// String returns "3" or "1×7", and nothing for what has none.
func (p Pair) String() string {
	if p == (Pair{}) {
		return ""
	}
	return ir.Pair(p).String()
}

// MarshalJSON writes 3 or [1, 7].
func (p Pair) MarshalJSON() ([]byte, error) {
	if ir.Pair(p).IsSquare() {
		return json.Marshal(p.Height)
	}
	return json.Marshal([]int{p.Height, p.Width})
}

var braces = regexp.MustCompile(`\{[^}]*\}`)

// settingsOf lists the settings of an operation, "Kernel: 3", a padding in one: "Pad: {1 1 1 1}".
func settingsOf(op ir.Op) []string {
	_, text, _ := strings.Cut(strings.TrimSuffix(ir.OpString(op), ")"), "(")
	text = braces.ReplaceAllStringFunc(text, func(s string) string { return strings.ReplaceAll(s, ",", "") })
	return strings.Split(text, ", ")
}
