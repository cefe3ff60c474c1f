package weights

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/align"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/dsl/source"
)

// OpenError says that a proposed mapping is not complete: nothing tells layers of equal shapes apart.
type OpenError struct {
	Layers     []string // of the network
	Candidates []string // of the file
}

func (e *OpenError) Error() string {
	return fmt.Sprintf("the mapping is not complete: nothing tells which of the file's layers %s are; "+
		"each is one of %s\nThe lines that are open stand in the mapping as comments: take the sign away where one "+
		"is right.",
		someOf(e.Layers), someOf(e.Candidates))
}

// someOf joins the first names of many.
func someOf(all []string) string {
	const most = 12
	text := strings.Join(all[:min(len(all), most)], ", ")
	if len(all) > most {
		text += fmt.Sprintf(" and %d more", len(all)-most)
	}
	return text
}

// Suggest proposes the text of a mapping from what names mean, the shapes and the order of the tensors. Every layer
// of the network must find one in the file, and none may be left over. Where the numbers in the names go together,
// one rule with placeholders stands for many layers. The error says what does not fit; it is an *OpenError, and there
// is a text, where some layers can be exchanged.
func Suggest(c *stored.Checkpoint, g *ir.Graph, o Options) (string, error) {
	found, rivals, err := parts(c, o.State, g)
	if err = cmp.Or(err, rivals); err != nil {
		return "", err
	}
	f := &fitter{graph: g, options: o, part: closed(found)}
	if err := f.readParams(); err != nil {
		return "", err
	}
	layers := gather(f.part.tensors)
	text, first := f.propose(g, layers)
	for _, pipeline := range []pass.Pipeline{pass.Adjacent, pass.Export(true, false)} {
		if text != "" {
			break
		}
		folded, _ := pass.Run(pipeline, g, nil)
		merged, err := f.propose(folded, layers)
		if merged != "" {
			text, first = "# Batch norms are merged into the convolutions before them.\n"+merged, err
		}
	}
	if text == "" {
		if cause := causeOf(f.part.tensors); cause != "" {
			return "", fmt.Errorf("%s\n%w", cause, first)
		}
		return "", first
	}
	header := "# Names for " + g.Name + ", proposed from what names mean, shapes and order.\n" +
		"# Only numbers prove them: write inputs and outputs of the original network to golden.npz (docs/weights.md " +
		"has the\n" +
		"# lines), give --expect golden.npz, and remove the next line.\nproposal\n\n"
	if _, open := first.(*OpenError); !open {
		if err := f.holds(header + text); err != nil {
			return "", err
		}
	}
	return header + text, first
}

// holds binds by a proposed mapping.
func (f *fitter) holds(text string) error {
	m, err := mapping.Parse(source.NewFile("the proposed mapping", text))
	if err != nil {
		return fmt.Errorf("no mapping can be proposed: its text would not be one: %w", err)
	}
	if _, err := f.choose([]*mapping.Mapping{m}); err != nil && f.bindFolded([]*mapping.Mapping{m}) == nil {
		return fmt.Errorf("no mapping can be proposed: %w", err)
	}
	return nil
}

// propose returns rules for a graph's parameters, the general ones where they say the same as one for each layer.
func (f *fitter) propose(g *ir.Graph, layers []*fileLayer) (string, error) {
	network, fresh := f.networkLayers(g)
	matched, surplus, err := classify(network, layers, fresh)
	if err != nil {
		return "", err
	}
	ours, theirs := alignable(network, matched)
	pairing := align.Pair(ours, theirs, f.sortedByName())
	var namings []naming
	for i, j := range pairing.Of {
		if j >= 0 {
			namings = append(namings, f.namings(network[i], matched[j])...)
		}
	}
	var plain, after strings.Builder
	for _, n := range namings {
		fmt.Fprintf(&plain, "%s = %s\n", n.ours, n.theirs)
	}
	for _, l := range surplus {
		for _, t := range l.tensors {
			fmt.Fprintf(&after, "ignore %s\n", t.Name)
		}
	}
	open := f.open(&after, pairing.Open, network, matched)
	all := namesOfParams(g)
	rules := generalise(namings, all)
	if !sameNames(rules, plain.String(), all) {
		rules = plain.String()
	}
	if open != nil {
		return rules + after.String(), open
	}
	return rules + after.String(), nil
}

// open writes the lines that may be right, as comments.
func (f *fitter) open(text *strings.Builder, open []align.Open, network []networkLayer, file []*fileLayer) error {
	if len(open) == 0 {
		return nil
	}
	failure := &OpenError{}
	text.WriteString("\n# Open: nothing tells which of the file's layers these are. " +
		"Take the sign away where a line is right.\n")
	for _, o := range open {
		for _, i := range o.Network {
			failure.Layers = append(failure.Layers, network[i].node.Name)
			for _, j := range o.File {
				for _, n := range f.namings(network[i], file[j]) {
					fmt.Fprintf(text, "# %s = %s\n", n.ours, n.theirs)
				}
			}
		}
		for _, j := range o.File {
			failure.Candidates = append(failure.Candidates, stored.Quote(file[j].name))
		}
	}
	return failure
}

// alignable describes the layers to package align.
func alignable(network []networkLayer, file []*fileLayer) (ours, theirs []align.Layer) {
	for _, n := range network {
		ours = append(ours, align.Layer{Name: n.node.Name, Class: n.class, Norm: isNorm(n.node), After: n.after})
	}
	for _, l := range file {
		theirs = append(theirs, align.Layer{Name: l.name, Class: l.class, Norm: l.norm})
	}
	return ours, theirs
}

// sortedByName reports whether the file lists its tensors by name, as safetensors files do: then their order tells
// little.
func (f *fitter) sortedByName() bool {
	return slices.IsSortedFunc(f.part.tensors, func(a, b stored.Tensor) int { return strings.Compare(a.Name, b.Name) })
}

// namings returns one for the layer or, where the names of its tensors do not tell what they are, one for each.
func (f *fitter) namings(n networkLayer, l *fileLayer) (all []naming) {
	whole := true
	for _, p := range n.params {
		t := l.fields[p.Role.Field()]
		whole = whole && f.finder().find(l.name+"."+p.Role.Field()) == t
		all = append(all, naming{p.Name, t.Name})
	}
	if whole {
		return []naming{{n.node.Name, l.name}}
	}
	return all
}

// sameNames reports whether two mappings give the parameters the same names.
func sameNames(a, b string, params []string) bool {
	x, err := mapping.Parse(source.NewFile("a.map", a))
	if err != nil {
		return false
	}
	y, err := mapping.Parse(source.NewFile("b.map", b))
	return err == nil && maps.Equal(x.Names(params), y.Names(params))
}

func namesOfParams(g *ir.Graph) (all []string) {
	for _, p := range g.Params() {
		all = append(all, p.Name)
	}
	return all
}
