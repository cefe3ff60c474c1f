package torch

import (
	"cmp"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// inits returns from which values training begins with a network's convolutions and linear layers, each once, the
// commonest first.
func inits(g *ir.Graph) (convs, linears []ir.Init) {
	ofConvs, ofLinears := map[ir.Init]int{}, map[ir.Init]int{}
	for _, n := range g.Nodes {
		switch op := n.Op.(type) {
		case ir.Conv:
			ofConvs[op.Init]++
		case ir.Linear:
			ofLinears[op.Init]++
		}
	}
	return byCount(ofConvs), byCount(ofLinears)
}

func byCount(counts map[ir.Init]int) []ir.Init {
	var list []ir.Init
	for init := range counts {
		list = append(list, init)
	}
	slices.SortFunc(list, func(a, b ir.Init) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(string(a), string(b)))
	})
	return list
}

// nameOf returns the language's name of an init.
func nameOf(init ir.Init) string {
	if init == ir.FanOut {
		return ir.Inits()[0]
	}
	return string(init)
}

// initialiseText writes the function that gives layers their start values.
func (e *emitter) initialiseText() string {
	var b strings.Builder
	doc := "Gives a layer the values that training starts from."
	if !slices.ContainsFunc(slices.Concat(e.convs, e.linears), func(i ir.Init) bool { return i != ir.FanOut }) {
		doc = "Gives a layer the start values that the authors of EfficientNet use."
	}
	kinds := "nn.Conv2d"
	if slices.ContainsFunc(e.graph.Nodes, func(n *ir.Node) bool { _, ok := n.Op.(ir.ConvTranspose); return ok }) {
		kinds = "(nn.Conv2d, nn.ConvTranspose2d)"
	}
	b.WriteString("def initialise(layer):\n    \"\"\"" + doc + "\"\"\"\n    if isinstance(layer, " + kinds + "):\n")
	writeInits(&b, e.convs, convInits, convFans)
	b.WriteString("    elif isinstance(layer, nn.Linear):\n")
	writeInits(&b, e.linears, linearInits, linearFans)
	b.WriteString(initialiseEnd)
	return b.String()
}

// writeInits writes the branch for layers of one kind. A file without such layers has that of the default.
func writeInits(b *strings.Builder, used []ir.Init, statements map[ir.Init]string, fans [][2]string) {
	if len(used) == 0 {
		used = []ir.Init{ir.FanOut}
	}
	all := ""
	for _, init := range used {
		all += statements[init]
	}
	for _, fan := range fans {
		if strings.Contains(all, fan[0]) {
			b.WriteString("        " + fan[0] + " = " + fan[1] + "\n")
		}
	}
	if len(used) == 1 {
		writeLines(b, "        ", statements[used[0]])
		return
	}
	b.WriteString("        start = getattr(layer, \"start\", " + quote(nameOf(used[0])) + ")\n")
	for i, init := range used {
		word := "elif"
		if i == 0 {
			word = "if"
		}
		b.WriteString("        " + word + " start == " + quote(nameOf(init)) + ":\n")
		writeLines(b, "            ", statements[init])
	}
}

func writeLines(b *strings.Builder, indent, text string) {
	for line := range strings.Lines(text) {
		b.WriteString(indent + line)
	}
}

// The statements of the inits, and what they speak of.
var (
	convFans = [][2]string{
		{"fan_in", "layer.kernel_size[0] * layer.kernel_size[1] * layer.in_channels / layer.groups"},
		{"fan_out", "layer.kernel_size[0] * layer.kernel_size[1] * layer.out_channels / layer.groups"},
	}
	linearFans = [][2]string{{"fan_in", "layer.in_features"}, {"fan_out", "layer.out_features"}}

	convInits = map[ir.Init]string{
		ir.FanOut: "nn.init.normal_(layer.weight, 0.0, math.sqrt(2.0 / fan_out))\n",
		ir.FanIn:  "nn.init.normal_(layer.weight, 0.0, math.sqrt(2.0 / fan_in))\n",
		ir.Xavier: "bound = math.sqrt(6.0 / (fan_in + fan_out))\nnn.init.uniform_(layer.weight, -bound, bound)\n",
		ir.Normal: "nn.init.normal_(layer.weight, 0.0, 0.02)\n",
		ir.Torch:  "return layer.reset_parameters()\n",
	}
	linearInits = map[ir.Init]string{
		ir.FanOut: "bound = 1.0 / math.sqrt(layer.out_features)\nnn.init.uniform_(layer.weight, -bound, bound)\n",
		ir.FanIn:  convInits[ir.FanIn],
		ir.Xavier: convInits[ir.Xavier],
		ir.Normal: convInits[ir.Normal],
		ir.Torch:  convInits[ir.Torch],
	}
)

const initialiseEnd = `    else:
        return  # batch norm starts with weight 1 and bias 0 by itself
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
`

const startingText = `def starting(layer, start):
    """Returns the layer, whose values training starts from in another way than those of most others."""
    layer.start = start
    return layer
`
