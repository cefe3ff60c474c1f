package torch

import (
	"strconv"
	"strings"
)

// expr is the Python expression that makes a module, as a list of pieces. Text pieces are the same for all instances of
// a block; holes are what may differ between them.
type expr []piece

// piece is one of: text, the name of a class, a hole.
type piece struct {
	text  string
	class *class
	hole  *hole
}

// kind tells apart values that may become one argument when they are equal everywhere from those that must not.
type kind string

// The kinds. Their text is what an argument of the kind is called when nothing tells more.
const (
	channels kind = "channels"
	kernel   kind = "kernel"
	stride   kind = "stride"
	dilation kind = "dilation"
	padding  kind = "padding"
	position kind = "position"
	rate     kind = "rate"
	setting  kind = "setting"
	classes  kind = "num_classes"
	dropRate kind = "drop_rate"
	pathRate kind = "drop_path"
)

// hole is a value in an expression.
type hole struct {
	prefix   string // written before the value
	value    string
	fallback string // the value that need not be written; "" when every one must
	kind     kind
	role     string // what the layer or class calls the value
	child    string // the child of the class being made that the value is in
	half     bool   // half of the value, rounded down, is written: the padding that keeps an image's size
}

func text(s string) piece { return piece{text: s} }

func number(n int) string { return strconv.Itoa(n) }

// value makes a hole whose role is its kind.
func value(prefix string, k kind, v string) piece {
	return piece{hole: &hole{prefix: prefix, value: v, kind: k, role: string(k)}}
}

// optional makes a hole that is left out where it has the fallback's value.
func optional(prefix string, k kind, v, fallback string) piece {
	p := value(prefix, k, v)
	p.hole.fallback = fallback
	return p
}

// literal returns what is written for a hole that is no argument.
func (h *hole) literal() string {
	v := h.value
	if h.half {
		n, err := strconv.Atoi(v)
		if err != nil {
			panic("torch: half of " + v)
		}
		v = number(n / 2)
	}
	if v == h.fallback {
		return ""
	}
	return h.prefix + v
}

// argument returns what is written for a hole whose value is in an argument.
func (h *hole) argument(name string) string {
	if h.half {
		name += " // 2"
	}
	return h.prefix + name
}

// holes returns the holes in order.
func (x expr) holes() []*hole {
	var holes []*hole
	for _, p := range x {
		if p.hole != nil {
			holes = append(holes, p.hole)
		}
	}
	return holes
}

// key tells expressions apart that differ in more than the values of holes.
func (x expr) key(b *strings.Builder) {
	for _, p := range x {
		switch {
		case p.hole != nil:
			b.WriteString("\x00" + p.hole.prefix + "\x00" + string(p.hole.kind) + strconv.FormatBool(p.hole.half) +
				p.hole.fallback + "\x00")
		case p.class != nil:
			b.WriteString("\x01" + strconv.Itoa(p.class.id) + "\x01")
		default:
			b.WriteString(p.text)
		}
	}
}

// indented returns the expression moved right by one step, but for its first line.
func (x expr) indented() expr {
	moved := make(expr, len(x))
	for i, p := range x {
		p.text = strings.ReplaceAll(p.text, "\n", "\n    ")
		moved[i] = p
	}
	return moved
}

// literal returns the expression with every value written in place.
func (x expr) literal() expr {
	filled := make(expr, len(x))
	for i, p := range x {
		if p.hole != nil {
			p = text(p.hole.literal())
		}
		filled[i] = p
	}
	return filled
}

// String returns the text of an expression without holes.
func (x expr) String() string {
	var b strings.Builder
	for _, p := range x {
		if p.class != nil {
			b.WriteString(p.class.name)
		}
		b.WriteString(p.text)
	}
	return b.String()
}

// sequence makes an nn.Sequential of a unit's children.
func (e *emitter) sequence(u *unit) expr {
	counted, words := true, true
	for i, c := range u.children {
		counted = counted && c.name == number(i)
		words = words && isIdentifier(c.name)
	}
	switch {
	case counted:
		return e.list("nn.Sequential(", u, func(string) string { return "" }, ")")
	case words:
		return e.list("nn.Sequential(OrderedDict(", u, func(name string) string { return name + "=" }, "))")
	}
	return e.list("nn.Sequential(OrderedDict({", u, dictKey, "}))")
}

func (e *emitter) holder(u *unit) expr { return e.list("Layers({", u, dictKey, "})") }

func (e *emitter) extended(u *unit, layer expr) expr {
	x := append(expr{text("extended(")}, layer...)
	return append(x, e.list(", {", u, dictKey, "})")...)
}

func dictKey(name string) string { return quote(name) + ": " }

// list writes the modules among a unit's children one a line.
func (e *emitter) list(open string, u *unit, label func(name string) string, end string) expr {
	x := expr{text(open)}
	for _, c := range u.children {
		if c.form != inline && c.form != again {
			x = append(x, text("\n    "+label(c.name)))
			x = append(x, e.exprs[c].indented()...)
			x = append(x, text(","))
		}
	}
	return append(x, text("\n"+end))
}
