package torch

import (
	"maps"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// class is a Python class: of the network, or of the instances of a block that are wired alike.
type class struct {
	id       int
	label    string   // the name it would like to have
	name     string   // the name it has, once all classes are known
	children []string // of the tree, layers or not

	sums, drops map[string]bool // the children that add tensors, and that are left out with what they would add
	doc         string
	base        string
	args        []argument
	settings    []pythonSetting // of the network: what it is made with, with defaults
	body        expr            // the statements that make the layers, without holes
	forward     string
}

// argument is a value in which the instances of a class differ.
type argument struct {
	name   string
	kind   kind
	values []string // by instance
}

// draft is a unit that is to be an instance of a class.
type draft struct {
	unit    *unit
	class   *class
	body    expr
	forward string
}

// draft writes the class that a unit would have if it were the only one of it.
func (e *emitter) draft(u *unit) *draft {
	d := &draft{unit: u}
	c := &class{label: label(u, e.graph.Name), base: "nn.Module", sums: map[string]bool{}, drops: map[string]bool{}}
	for _, child := range u.children {
		if child.form == again {
			continue
		}
		c.children = append(c.children, child.name)
		n := child.node
		if n == nil && child.form == inline {
			n = e.graph.Nodes[child.last] // with which the line of arithmetic ends
		}
		if n != nil {
			switch n.Op.(type) {
			case ir.Add:
				c.sums[child.name] = true
			case ir.DropPath:
				c.drops[child.name] = true
			}
		}
		if child.form == inline {
			continue
		}
		x := e.exprs[child]
		for _, h := range x.holes() {
			h.child = child.name
		}
		d.body = append(append(append(d.body, text(assign(child.name))), x...), text("\n"))
	}
	if u.parent != nil && e.tree.flows(u) {
		c.base = "nn.Sequential"
	} else {
		d.forward = e.forward(u)
	}
	c.forward, d.class = d.forward, c
	c.doc = "The network."
	switch {
	case u.block != "":
		c.doc = "The block " + inDocstring(u.block) + "."
	case u.parent != nil:
		c.doc = "The part " + inDocstring(u.name) + "."
	}
	return d
}

func (d *draft) key() string {
	var b strings.Builder
	b.WriteString(d.class.label + "\x00" + d.class.base + "\x00" + strings.Join(d.class.children,
		"\x00") + "\x00" + d.forward + "\x00")
	d.body.key(&b)
	return b.String()
}

// share makes the classes of the drafts, one for all that differ in nothing but values, and gives each unit the
// expression that makes an instance.
func (e *emitter) share(drafts []*draft) {
	groups := map[string][]*draft{}
	var keys []string
	for _, d := range drafts {
		k := d.key()
		if groups[k] == nil {
			keys = append(keys, k)
		}
		groups[k] = append(groups[k], d)
	}
	for _, k := range keys {
		group := groups[k]
		c := group[0].class
		c.id = len(e.classes)
		e.classes = append(e.classes, c)
		c.fill(group)
		for i, d := range group {
			e.exprs[d.unit] = c.instance(i)
		}
	}
}

// fill finds the arguments of the class and writes its body with them.
func (c *class) fill(group []*draft) {
	table := make([][]*hole, len(group))
	for i, d := range group {
		table[i] = d.body.holes()
	}
	uses := map[*hole]string{} // the arguments of the first instance's holes
	found := map[string]int{}  // kind and values → place in c.args
	var first []*hole
	for j, h := range table[0] {
		values := make([]string, len(group))
		differ := false
		for i := range group {
			values[i] = table[i][j].value
			differ = differ || values[i] != values[0] || group[i].unit.parent != nil && isSetting(h.kind, values[i])
		}
		if !differ {
			continue
		}
		key := string(h.kind) + "\x00" + strings.Join(values, "\x00")
		if _, ok := found[key]; !ok {
			found[key] = len(c.args)
			c.args = append(c.args, argument{kind: h.kind, values: values})
			first = append(first, h)
		}
		uses[h] = key
	}
	c.nameArguments(group, first)
	for _, p := range group[0].body {
		if h := p.hole; h != nil {
			p = text(h.literal())
			if key, ok := uses[h]; ok {
				p = text(h.argument(c.args[found[key]].name))
			}
		}
		c.body = append(c.body, p)
	}
}

// nameArguments names the arguments after the images that go in and out, after their kind where it says enough, else
// after the layer they are for.
func (c *class) nameArguments(group []*draft, first []*hole) {
	in, out := make([]string, len(group)), make([]string, len(group))
	for i, d := range group {
		in[i], out[i] = number(channelsOf(d.unit.inputs[0].Shape)), number(channelsOf(d.unit.outputs[0].Shape))
	}
	ofKind := map[kind]int{}
	for _, a := range c.args {
		ofKind[a.kind]++
	}
	taken := newNames("self", "nn", "F", "torch", "math")
	for i := range c.args {
		a, h := &c.args[i], first[i]
		isIn, isOut := same(a.values, in), same(a.values, out)
		switch {
		case a.kind == channels && isIn && isOut:
			a.name = "channels"
		case a.kind == channels && isIn:
			a.name = "in_channels"
		case a.kind == channels && isOut:
			a.name = "out_channels"
		case ofKind[a.kind] == 1 && a.kind != channels:
			a.name = string(a.kind)
		default:
			a.name = identifier(h.child + "_" + h.role)
		}
		a.name = taken.add(a.name)
	}
}

func same(a, b []string) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// instance returns the expression that makes the i-th instance. Only the channels at its ends go without a name.
func (c *class) instance(i int) expr {
	x := expr{{class: c}, text("(")}
	named := false
	for j, a := range c.args {
		prefix := ""
		if j > 0 {
			prefix = ", "
		}
		named = named || a.name != "channels" && a.name != "in_channels" && a.name != "out_channels"
		if named {
			prefix += a.name + "="
		}
		p := value(prefix, a.kind, a.values[i])
		p.hole.role = a.name
		x = append(x, p)
	}
	return append(x, text(")"))
}

// label returns the name for the class of a unit: the block's, or the path within the block around it.
func label(u *unit, network string) string {
	path := ""
	for ; u.parent != nil; u = u.parent {
		if u.block != "" {
			return camel(u.block) + path
		}
		path = camel(u.name) + path
	}
	if path == "" || !isIdentifier(path) {
		path = camel(network) + path
	}
	if !isIdentifier(path) {
		path = "Net" + path
	}
	return path
}

// nameClasses names every class after its label. Where several have the same, the one that has the parts of all others
// is called so; a name says of another which one or two parts it lacks, or how many branches it has; what remains is
// numbered. The documentation of a class always says it.
func (e *emitter) nameClasses(root *class) {
	all := map[string]*class{} // label → the children of all its classes
	for _, c := range e.classes {
		if all[c.label] == nil {
			all[c.label] = &class{sums: map[string]bool{}, drops: map[string]bool{}}
		}
		all[c.label].join(c)
	}
	taken := newNames("BatchNorm2d", "BatchNorm1d", "LayerNorm", "PaddedConv2d", "PaddedMaxPool2d", "PaddedAvgPool2d",
		"Affine", "Learned", "Reshape", "Permute", "Slice", "SliceAlong", "DropPath", "Layers", "OrderedDict", "F")
	root.name = taken.add(networkName(root.label, e.graph.Name))
	var rest []*class
	for _, c := range e.classes {
		switch {
		case c == root:
		case len(all[c.label].lacking(c)) == 0:
			c.name = taken.add(c.label)
		default:
			rest = append(rest, c)
		}
	}
	for _, c := range rest {
		lacks := all[c.label].lacking(c)
		c.doc = strings.TrimSuffix(c.doc, ".") + " without " + inDocstring(strings.Join(lacks, ", ")) + "."
		c.name = taken.add(c.label + all[c.label].suffix(c, lacks))
	}
}

// join adds the children of another class to those of c.
func (c *class) join(other *class) {
	for _, child := range other.children {
		if !slices.Contains(c.children, child) {
			c.children = append(c.children, child)
		}
	}
	maps.Copy(c.sums, other.sums)
	maps.Copy(c.drops, other.drops)
}

// lacking returns the children of all classes that one does not have.
func (c *class) lacking(one *class) []string {
	var lacks []string
	for _, child := range c.children {
		if !slices.Contains(one.children, child) {
			lacks = append(lacks, child)
		}
	}
	return lacks
}

// suffix returns what the name of a class says besides its label, where it lacks children of the others, or "".
func (c *class) suffix(one *class, lacks []string) string {
	if slices.ContainsFunc(c.children, isCounted) {
		if branches := len(slices.DeleteFunc(slices.Clone(one.children), isWordy)); branches > 0 {
			return number(branches)
		}
		return ""
	}
	isSum := func(child string) bool { return c.sums[child] }
	var words []string
	for _, child := range lacks {
		word := camel(child)
		switch {
		case c.drops[child] && slices.ContainsFunc(lacks, isSum):
			continue // it drops what would be added
		case c.sums[child] && !slices.Contains(c.children, "shortcut"):
			word = "Shortcut"
		}
		if !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	if len(words) == 0 || len(words) > 2 {
		return ""
	}
	return "Without" + strings.Join(words, "And")
}

func isCounted(child string) bool { return isDigit(rune(child[0])) }

func isWordy(child string) bool { return !isCounted(child) }

// networkName is the name of the network's class. The label is of the graph's name, the network's and the variant's;
// where the variant's begins with the word that the network's ends with, it is said once: MobileNetV3Large-large_100
// is MobileNetV3Large100, MixNetS-S MixNetS.
func networkName(label, graph string) string {
	network, variant, ok := strings.Cut(graph, "-")
	word, rest, _ := strings.Cut(variant, "_")
	start := len(network) - len(word)
	if !ok || word == "" || start < 1 || !strings.EqualFold(network[start:], word) || label != camel(graph) ||
		network[start] < 'A' || network[start] > 'Z' || network[start-1] >= 'A' && network[start-1] <= 'Z' {
		return label
	}
	return camel(network + "_" + rest)
}

// text returns the class in Python.
func (c *class) text(initialised bool) string {
	var b strings.Builder
	b.WriteString("class " + c.name + "(" + c.base + "):\n")
	b.WriteString("    \"\"\"" + c.doc + "\"\"\"\n\n    def __init__(self")
	for _, a := range c.args {
		b.WriteString(", " + a.name)
	}
	for _, s := range c.settings {
		b.WriteString(", " + s.name + "=" + s.value)
	}
	b.WriteString("):\n        super().__init__()\n")
	for _, s := range c.settings {
		b.WriteString(s.check())
	}
	for _, line := range strings.SplitAfter(c.body.String(), "\n") {
		if line != "" {
			b.WriteString("        " + line)
		}
	}
	if initialised {
		b.WriteString("        self.apply(initialise)\n")
	}
	b.WriteString(c.forward)
	return b.String()
}
