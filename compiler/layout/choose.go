package layout

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
)

// Item is a node with a weight and the tensor that shall be it.
type Item struct {
	Node   *ir.Node
	Tensor *stored.Tensor
}

// Told is what somebody said of the orders.
type Told struct {
	// Default are orders of all weights that have their letters. HWIO speaks for depthwise convolutions and dense
	// layers too.
	Default []string
	// Layer returns the order of one layer's weight, or "".
	Layer func(name string) string
}

// Choice is a weight's layout, or why it has none.
type Choice struct {
	Layout  Layout
	Problem string // such as "is [8, 3, 3, 3] in the network, but [3, 8] in the file"
}

// style is what one framework does: where outputs stand, and in which order images are flattened.
type style int

const (
	unknown style = iota
	oihw          // outputs first, channels before rows
	hwio          // outputs last, channels after columns
	ohwi          // outputs first, channels after columns
)

// styles names, for each order that may be told, whose it is.
var styles = map[string]style{"OIHW": oihw, "HWIO": hwio, "HWIM": hwio, "OHWI": ohwi, "IHWO": ohwi}

func (s style) String() string { return []string{"", "OIHW", "HWIO", "OHWI"}[s] }

// option is one way to read a tensor.
type option struct {
	layout Layout
	style  style // of a convolution's
	last   bool  // a linear layer's outputs stand last
	hwc    bool  // its inputs are an image's rows, columns, channels
}

// Choose finds the layout of every weight. names are those of all tensors of the file.
func Choose(items []Item, told Told, names []string) []Choice {
	c := &chooser{items: items, told: told, words: wordsOf(names)}
	for _, it := range items {
		w := weightOf(it.Node)
		c.weights = append(c.weights, w)
		c.options = append(c.options, w.options(it.Node.Param(ir.Weight).Shape, it.Tensor.Shape))
	}
	c.convs = c.convStyle()
	c.last, c.mixed = c.outputsLast()
	choices := make([]Choice, len(items))
	for i := range items {
		choices[i] = c.choose(i)
	}
	return choices
}

type chooser struct {
	items   []Item
	told    Told
	words   words
	weights []weight
	options [][]option
	convs   style // of the file's convolutions
	last    bool  // linear layers' outputs stand last
	mixed   bool  // in some of them
}

// options lists the ways in which a tensor of a shape can be read, the network's own first.
func (w weight) options(own ir.Shape, shape []int64) (all []option) {
	add := func(order, label string, exact bool, o option) {
		l, ok := w.in(order)
		if ok && l.fits(shape) && (!exact || slices.Equal(l.view, shape)) {
			if l.Order != "" && label != "" {
				l.Order = label
			}
			o.layout = l
			all = append(all, o)
		}
	}
	if w.conv {
		if Fits(shape, own) {
			all = append(all, option{style: oihw})
		}
		for _, order := range []string{"HWIO", "HWIM", "OHWI", "IHWO"} {
			if order != "IHWO" || w.depthwise {
				add(order, "", true, option{style: styles[order]})
			}
		}
		if len(shape) == 2 && w.sizes['H']*w.sizes['W'] == 1 && shape[0] == w.sizes['I'] {
			add("HWIO", "IO", false, option{style: hwio})
		}
		return all
	}
	matrix := len(shape) == 2 || len(shape) == 4 && shape[0] == 1 && shape[1] == 1
	if Fits(shape, own) || matrix && Fits(shape[len(shape)-2:], own) {
		all = append(all, option{})
	}
	if w.image == nil {
		if matrix {
			add("IO", "", false, option{last: true})
		}
		return all
	}
	if len(shape) == 4 { // a kernel that covers the image
		if l, ok := w.in("OCHW"); ok && slices.Equal(l.view, shape) {
			all = append(all, option{})
		}
	}
	exact := len(shape) == 4 && !matrix
	if exact || matrix && shape[len(shape)-1] == w.sizes['I'] {
		add("OHWC", "", exact, option{hwc: true})
	}
	if exact || matrix && shape[len(shape)-1] == w.sizes['O'] {
		add("CHWO", "", exact, option{last: true})
		add("HWCO", "", exact, option{last: true, hwc: true})
	}
	return all
}

// differ reports whether options read a tensor in more than one way.
func differ(options []option) bool {
	for _, o := range options {
		if !o.layout.sameAs(options[0].layout) {
			return true
		}
	}
	return false
}

// convStyle returns the style in which the file has convolutions: the one that is told, or that of the tensors which
// can be read in one way only, or what their names say.
func (c *chooser) convStyle() style {
	for _, order := range c.told.Default {
		if s := styles[order]; s != unknown {
			return s
		}
	}
	var votes [4]int
	for i, options := range c.options {
		if !c.weights[i].conv || len(options) == 0 {
			continue
		}
		if s := options[0].style; !slices.ContainsFunc(options, func(o option) bool { return o.style != s }) {
			votes[s]++
		}
	}
	best := unknown
	for s := oihw; s <= ohwi; s++ {
		if votes[s] > votes[best] {
			best = s
		}
	}
	if best == unknown {
		return c.words.style()
	}
	return best
}

// outputsLast reports whether linear layers have their outputs last, and whether the tensors that can be read in one
// way only disagree on it or say nothing.
func (c *chooser) outputsLast() (last, mixed bool) {
	for _, order := range c.told.Default {
		if sameLetters(order, "IO") || sameLetters(order, "OCHW") {
			return strings.HasSuffix(order, "O"), false
		}
	}
	if c.convs == hwio || c.convs == ohwi {
		return c.convs == hwio, false
	}
	votes := map[bool]int{}
	for i, options := range c.options {
		if c.weights[i].conv || len(options) == 0 {
			continue
		}
		if at := options[0].last; !slices.ContainsFunc(options, func(o option) bool { return o.last != at }) {
			votes[at]++
		}
	}
	return votes[true] > 0, (votes[true] > 0) == (votes[false] > 0)
}

// choose picks a weight's layout.
func (c *chooser) choose(i int) Choice {
	w, it := c.weights[i], c.items[i]
	own := it.Node.Param(ir.Weight).Shape
	shape := fmt.Sprintf("is %v in the network, but %s in the file", own, stored.Brief(it.Tensor.Shape))
	order := ""
	if c.told.Layer != nil {
		order = c.told.Layer(it.Node.Name)
	}
	options := c.options[i]
	if l, ok := w.in(it.Tensor.Order); order == "" && ok && l.fits(it.Tensor.Shape) {
		if w.image == nil {
			return Choice{Layout: l}
		}
		last := strings.HasSuffix(it.Tensor.Order, "O") // of the image's order the file says nothing
		options = slices.DeleteFunc(slices.Clone(options), func(o option) bool { return o.last != last })
	}
	if order != "" {
		l, ok := w.in(order)
		if !ok {
			return Choice{Problem: fmt.Sprintf("%s: its weight has no order %s", shape, order)}
		}
		if !l.fits(it.Tensor.Shape) {
			return Choice{Problem: fmt.Sprintf("%s, which is not its order %s, %s", shape, order, stored.Brief(l.view))}
		}
		return Choice{Layout: l}
	}
	if len(options) == 0 {
		return Choice{Problem: shape + c.otherOrder(own, it.Tensor.Shape)}
	}
	if w.conv {
		return c.chooseConv(options, shape)
	}
	if options[0].last && c.told.Default == nil && c.convs != hwio && c.words.ofPyTorch(it.Tensor.Name) {
		return Choice{Problem: fmt.Sprintf("%s: it would fit as IO, but PyTorch, whose names these are, has OI; "+
			"if it is so, give --layout %s=IO", shape, it.Node.Name)}
	}
	return c.chooseLinear(it, options)
}

func (c *chooser) chooseConv(options []option, shape string) Choice {
	style := c.convs
	if style == unknown && options[0].style == oihw {
		other := func(o option) bool { return o.style == hwio && !o.layout.sameAs(options[0].layout) }
		if !slices.ContainsFunc(options, other) {
			return Choice{} // OHWI alone is no reason to doubt
		}
		return Choice{Problem: "can stand as OIHW or as HWIO, which its shape does not tell: " + remedy("OIHW", "HWIO")}
	}
	for _, o := range options {
		if o.style == style || style == unknown {
			return Choice{Layout: o.layout}
		}
	}
	for _, o := range options { // of one element along all but one dimension
		if o.layout.longAxes() == nil {
			return Choice{Layout: o.layout}
		}
	}
	found := options[0].style
	return Choice{Problem: fmt.Sprintf("%s: it stands as %v there (%s), but the file's other kernels as %v",
		shape, found, family(found.String()), style)}
}

func (c *chooser) chooseLinear(it Item, options []option) Choice {
	last, decided := c.last, !c.mixed
	if !decided {
		last, decided = c.words.outputsLast(it.Tensor.Name)
	}
	either := slices.DeleteFunc(slices.Clone(options), func(o option) bool { return o.last != last })
	if len(either) == 0 { // the shape says otherwise
		either, decided = options, true
	}
	bothEnds := slices.ContainsFunc(options, func(o option) bool { return o.last != options[0].last })
	if !decided && bothEnds && differ(options) {
		return Choice{Problem: "can stand as OI or as IO, which its shape does not tell: " + remedy("OI", "IO")}
	}
	hwc, told := c.convs == hwio || c.convs == ohwi, false
	for _, order := range c.told.Default {
		if sameLetters(order, "OCHW") {
			hwc, told = strings.Contains(order, "WC"), true
		}
	}
	if differ(either) && !hwc && !told && strings.Contains(it.Tensor.Name, "MatMul") {
		return Choice{Problem: "has inputs that can stand as channels, rows, columns or as rows, columns, channels: " +
			remedy("CHWO", "HWCO")}
	}
	for _, o := range either {
		if o.hwc == hwc {
			return Choice{Layout: o.layout}
		}
	}
	return Choice{Layout: either[0].layout}
}

// Reads returns the styles in which a tensor of a shape can be the weight of a node: OIHW, HWIO or OHWI of a
// convolution, OI or IO of a linear layer.
func Reads(n *ir.Node, shape []int64) (styles []string) {
	w := weightOf(n)
	for _, o := range w.options(n.Param(ir.Weight).Shape, shape) {
		s := o.style.String()
		if !w.conv {
			s = "OI"
			if o.last {
				s = "IO"
			}
		}
		if !slices.Contains(styles, s) {
			styles = append(styles, s)
		}
	}
	return styles
}

func remedy(a, b string) string {
	return fmt.Sprintf("say it with --layout %s or --layout %s, or in the mapping", a, b)
}

// otherOrder says that a misshapen tensor has the weight's dimensions in an order that no framework is known for.
func (c *chooser) otherOrder(own ir.Shape, shape []int64) string {
	var a, b []int64
	for _, d := range own {
		a = append(a, int64(d))
	}
	b = slices.Clone(shape)
	slices.Sort(a)
	slices.Sort(b)
	if slices.Equal(a, b) {
		return "; it would fit in another order of dimensions: " +
			"give it with --layout LAYER=ORDER, such as WHIO, or in the mapping"
	}
	return ""
}
