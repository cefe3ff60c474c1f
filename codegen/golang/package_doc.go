package golang

import (
	"fmt"
	"strings"
)

func (e *emitter) packageDoc() string {
	p := e.plan
	var b strings.Builder
	fmt.Fprintf(&b, "Package %s runs the network %s", e.options.Package, oneLine(p.Name))
	if name := sourceName(e.options.From.Source); name != "" {
		fmt.Fprintf(&b, ", compiled from %s", name)
	}
	b.WriteString(".\n\n")
	for _, in := range p.Inputs {
		switch {
		case in.Shape.IsImage() && in.Name == "image":
			fmt.Fprintf(&b, "It takes an image of shape %s: channel by channel, each row by row.\n", in.Shape)
		case in.Shape.IsImage():
			fmt.Fprintf(&b, "It takes %s of shape %s: channel by channel, each row by row.\n",
				oneLine(in.Name), in.Shape)
		default:
			fmt.Fprintf(&b, "It takes %s of shape %s: the last dimension's floats lie side by side.\n",
				oneLine(in.Name),
				in.Shape)
		}
	}
	var results []string
	for i, o := range p.Outputs {
		results = append(results, fmt.Sprintf("%s of shape %s", oneLine(e.outputNames()[i]), o.Shape))
	}
	fmt.Fprintf(&b, "It returns %s.\n", enumerated(results))
	fmt.Fprintf(&b, "\nMake one Model with %s and share it; any number of goroutines may use it at once.\n",
		e.constructor())
	b.WriteString("Weights for it are files that netc pack writes.\n")
	switch {
	case e.options.Shared:
		b.WriteString("\nIt runs on the engine and the kernels of the module github.com/netc-lang/netc.")
	case e.options.Runtime != "":
		fmt.Fprintf(&b, "\nIt runs on the engine and the kernels in %s, as the packages beside it do, and needs "+
			"Go 1.22\nor newer.", e.options.Runtime)
	default:
		b.WriteString("\nThis package needs Go 1.22 or newer, and nothing but the standard library.")
	}
	return b.String()
}

// enumerated writes "a", "a and b", "a, b, and c".
func enumerated(words []string) string {
	last := len(words) - 1
	switch last {
	case 0:
		return words[0]
	case 1:
		return words[0] + " and " + words[1]
	}
	return strings.Join(words[:last], ", ") + ", and " + words[last]
}

// sourceName takes the hash off a source.
func sourceName(source string) string {
	name, _, _ := strings.Cut(source, " sha256:")
	return oneLine(name)
}
