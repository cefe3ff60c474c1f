package weights

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/layout"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/dsl/source"
)

// Suggest proposes the text of a mapping from the order and the shapes of the tensors: implementations of one network name them
// differently, but list them in the same order. Each layer of the graph takes the next layer of the checkpoint that has the same
// shapes and is not taken. Where the numbers in the names go together, one rule with placeholders stands for many layers. The error
// says which layer finds none.
func Suggest(c *stored.Checkpoint, g *ir.Graph, o Options) (string, error) {
	found, rivals, err := parts(c, o.State, g)
	if err = cmp.Or(err, rivals); err != nil {
		return "", err
	}
	f := &fitter{graph: g, options: o}
	if err := f.readParams(); err != nil {
		return "", err
	}
	tensors := slices.Clone(closed(found).tensors)
	sorted := slices.IsSortedFunc(tensors, func(a, b stored.Tensor) int { return strings.Compare(a.Name, b.Name) })
	if sorted {
		slices.SortStableFunc(tensors, func(a, b stored.Tensor) int { return natural(a.Name, b.Name) })
	}
	var header strings.Builder
	fmt.Fprintf(&header, "# Names for %s, proposed from the order and the shapes of the tensors: check them before use.\n", g.Name)
	if sorted {
		header.WriteString("# The file lists its tensors by name, so that their order says little: layers of equal shape may be exchanged.\n")
	}
	rules, first := f.propose(g, tensors)
	merged := ""
	for _, passes := range [][]pass.Pass{pass.Adjacent(), pass.Export(true)} {
		if rules != "" {
			break
		}
		merged = "# Batch norms are merged into the convolutions before them.\n"
		folded, _ := pass.Run(passes, g, nil)
		rules, _ = f.propose(folded, tensors)
	}
	if rules == "" {
		return "", first
	}
	return header.String() + merged + rules, nil
}

// propose returns rules for a graph's parameters, the general ones where they say the same as one for each layer.
func (f *fitter) propose(g *ir.Graph, tensors []stored.Tensor) (string, error) {
	var namings []naming
	layers := group(tensors)
	for _, n := range g.Nodes {
		var wanted []*ir.Param
		for _, p := range n.Params {
			if !f.fresh[p.Name] {
				wanted = append(wanted, p)
			}
		}
		if len(wanted) == 0 {
			continue
		}
		taken := takeLayer(layers, n.Name, wanted)
		if taken == nil {
			taken = takeEach(layers, wanted)
		}
		if taken == nil {
			return "", fmt.Errorf("no mapping can be proposed: the file has nothing left with the shapes of %s, %s", n.Name, shapes(wanted))
		}
		namings = append(namings, taken...)
	}
	var ignored, plain strings.Builder
	for _, l := range layers {
		for _, t := range l.tensors {
			if !l.taken[t.Name] && t.Type.Readable() {
				fmt.Fprintf(&ignored, "ignore %s\n", t.Name)
			}
		}
	}
	var names []string
	for _, p := range g.Params() {
		names = append(names, p.Name)
	}
	for _, n := range namings {
		fmt.Fprintf(&plain, "%s = %s\n", n.ours, n.theirs)
	}
	general := generalise(namings, names)
	if !sameNames(general, plain.String(), names) {
		general = plain.String()
	}
	return general + ignored.String(), nil
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

// takeLayer takes the next whole layer with the shapes of the parameters, or the next tensors with them whose names say nothing of what
// belongs together, whichever comes first.
func takeLayer(layers []*layer, node string, wanted []*ir.Param) []naming {
	for i, l := range layers {
		if len(l.taken) > 0 {
			continue
		}
		if l.fits(wanted) {
			for _, t := range l.tensors {
				l.taken[t.Name] = true
			}
			return l.namings(node, wanted)
		}
		if single := layers[i:min(i+len(wanted), len(layers))]; singlesFit(single, wanted) {
			var namings []naming
			for k, p := range wanted {
				name := single[k].tensors[0].Name
				single[k].taken[name] = true
				namings = append(namings, naming{p.Name, name})
			}
			return namings
		}
	}
	return nil
}

// singlesFit reports whether layers of one tensor each have the shapes of the parameters.
func singlesFit(layers []*layer, wanted []*ir.Param) bool {
	if len(layers) < len(wanted) {
		return false
	}
	for i, l := range layers {
		if len(l.tensors) != 1 || len(l.taken) > 0 || !layout.Fits(l.tensors[0].Shape, wanted[i].Shape) || !l.tensors[0].Type.Readable() {
			return false
		}
	}
	return true
}

// takeEach takes the next tensor for each parameter: for files whose names do not say what belongs together.
func takeEach(layers []*layer, wanted []*ir.Param) (namings []naming) {
	for _, p := range wanted {
		found := false
		for _, l := range layers {
			for _, t := range l.tensors {
				if !found && !l.taken[t.Name] && layout.Fits(t.Shape, p.Shape) && t.Type.Readable() {
					found, l.taken[t.Name] = true, true
					namings = append(namings, naming{p.Name, t.Name})
				}
			}
		}
		if !found {
			return nil
		}
	}
	return namings
}

// layer is the tensors of a checkpoint that differ in the last part of their names only.
type layer struct {
	name    string
	tensors []stored.Tensor
	taken   map[string]bool // by name
}

// group gathers the layers in the order of their first tensors.
func group(tensors []stored.Tensor) []*layer {
	var layers []*layer
	byName := map[string]*layer{}
	for _, t := range tensors {
		name := t.Name
		if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
			name = name[:dot]
		}
		l := byName[name]
		if l == nil {
			l = &layer{name: name, taken: map[string]bool{}}
			byName[name] = l
			layers = append(layers, l)
		}
		l.tensors = append(l.tensors, t)
	}
	return layers
}

func (l *layer) fits(wanted []*ir.Param) bool {
	if len(l.tensors) != len(wanted) {
		return false
	}
	for i, p := range wanted {
		t := l.named(p)
		if t == nil {
			t = &l.tensors[i]
		}
		if !layout.Fits(t.Shape, p.Shape) || !t.Type.Readable() {
			return false
		}
	}
	return true
}

// named returns the tensor whose last part is the parameter's own.
func (l *layer) named(p *ir.Param) *stored.Tensor {
	for i, t := range l.tensors {
		if t.Name == l.name+"."+p.Role.Field() {
			return &l.tensors[i]
		}
	}
	return nil
}

// namings returns one for the layer or, where its tensors have names of their own, one for each.
func (l *layer) namings(node string, wanted []*ir.Param) (namings []naming) {
	if !slices.ContainsFunc(wanted, func(p *ir.Param) bool { return l.named(p) == nil }) {
		return []naming{{node, l.name}}
	}
	for i, p := range wanted {
		namings = append(namings, naming{p.Name, l.tensors[i].Name})
	}
	return namings
}

func shapes(wanted []*ir.Param) string {
	var list []string
	for _, p := range wanted {
		list = append(list, fmt.Sprintf("%s %v", p.Role.Field(), p.Shape))
	}
	return strings.Join(list, ", ")
}

// natural compares names with the numbers in them by value: block2 before block10.
func natural(a, b string) int {
	for a != "" && b != "" {
		x, restA := run(a)
		y, restB := run(b)
		m, errA := strconv.Atoi(x)
		n, errB := strconv.Atoi(y)
		order := strings.Compare(x, y)
		if errA == nil && errB == nil {
			order = cmp.Or(cmp.Compare(m, n), order)
		}
		if order != 0 {
			return order
		}
		a, b = restA, restB
	}
	return cmp.Compare(len(a), len(b))
}

// run cuts off the digits, or what is no digit, at the start of a name.
func run(s string) (head, rest string) {
	isDigit := func(c byte) bool { return c >= '0' && c <= '9' }
	n := 1
	for n < len(s) && isDigit(s[n]) == isDigit(s[0]) {
		n++
	}
	return s[:n], s[n:]
}
