// Package mapping translates the parameter names of a network into those of another project's checkpoints.
//
// A mapping is a small text of rules (Parse) that stands beside the architecture; the names of a graph's parameters
// come in and the names of the checkpoint's tensors go out (Names). docs/weights.md describes the rules for users; in
// short:
//
//	# torchvision's names
//	number block = stage{s}.{b}                           blocks counted through all stages, from 0
//	stem.conv    = features.0.0                           stem.conv.weight is features.0.0.weight
//	stage{s}.{b} = features.{block+1}.block with expand:  the network has stage2.0.expand, so
//
// depthwise.conv = 1.0                              stage2.0.depthwise.conv.weight is features.2.block.1.0.weight
//
//	stage{s}.{b} = {block}:                               under it "conv = conv_1_*" gives conv_1_7
//	ignore aux                                            tensors that this network does not have
//	proposal                                              what netc proposed, and nobody has proven
//	use torchvision-efficientnet                          after these rules, those of a mapping that comes with netc
//	epsilon 1e-3 padding same for EfficientNet-B5         what the project computes with
//
// layout HWIO                                           the order of its weights' dimensions, where shapes do not tell
//
//	layout logits = OI                                    that of one layer's
//
// The first rule that fits a name counts.
package mapping

import (
	"strconv"
	"strings"
)

// Mapping is a parsed mapping. It is immutable.
type Mapping struct {
	// Name is the file's name as messages show it.
	Name string
	// Proposal reports that the mapping was proposed by netc and that nobody has said since that it is right.
	Proposal bool
	rules    []rule
	numbers  []number
	ignored  []*pattern
	stated   []statement // of the project's arithmetic
	orders   []string    // of the dimensions of all weights
	layers   []layerOrder
}

// layerOrder is the order of the dimensions of some layers' weights.
type layerOrder struct {
	layer *pattern
	order string
}

// Orders returns the orders of dimensions that the mapping gives for all weights, such as HWIO.
func (m *Mapping) Orders() []string { return m.orders }

// OrderOf returns the order that the mapping gives for one layer's weight, or "".
func (m *Mapping) OrderOf(layer string) string {
	for _, l := range m.layers {
		if _, rest, _, ok := l.layer.match(layer); ok && rest == "" {
			return l.order
		}
	}
	return ""
}

// rule translates the names that start with ours.
type rule struct {
	ours          *pattern
	theirs        template
	with, without []template // names that the network must and must not have
}

// number counts the distinct beginnings of names that fit a pattern.
type number struct {
	name  string
	parts *pattern
}

// pattern fits the beginning of a name up to the end of a part. Its captures stand for numbers.
type pattern struct {
	texts    []string // around the captures: one more than those
	captures []string
	anywhere bool // the beginning may also end within a part
}

// separators end the parts of names: of the network's and of most projects' dots, of TensorFlow's slashes.
const separators = "./:"

// MaxCaptures is how many numbers a name may capture.
const MaxCaptures = 8

// MaxDigits is how many digits a captured number may have.
const MaxDigits = 6

// match returns what the pattern covers, the captured numbers and the rest of the name.
func (p *pattern) match(name string) (head, rest string, values map[string]int, ok bool) {
	var ends [MaxCaptures]int
	end := p.end(name, 0, &ends)
	if end < 0 {
		return "", "", nil, false
	}
	values = make(map[string]int, len(p.captures))
	at := 0
	for i, c := range p.captures {
		at += len(p.texts[i])
		values[c], _ = strconv.Atoi(name[at:ends[i]]) // a few digits
		at = ends[i]
	}
	return name[:end], name[end:], values, true
}

// end returns where the part of the name that fits ends, from the i-th text on, or -1. Numbers are as long as they
// can be.
func (p *pattern) end(name string, i int, ends *[MaxCaptures]int) int {
	at := 0
	if i > 0 {
		at = ends[i-1]
	}
	if !strings.HasPrefix(name[at:], p.texts[i]) {
		return -1
	}
	at += len(p.texts[i])
	if i == len(p.captures) {
		if p.anywhere || at == len(name) || strings.IndexByte(separators, name[at]) >= 0 {
			return at
		}
		if at > 0 && strings.IndexByte(separators, name[at-1]) >= 0 {
			return at // the pattern ends in one: "criterion."
		}
		return -1
	}
	longest := at
	for longest < len(name) && longest < at+MaxDigits && name[longest] >= '0' && name[longest] <= '9' {
		longest++
	}
	for ends[i] = longest; ends[i] > at; ends[i]-- {
		if end := p.end(name, i+1, ends); end >= 0 {
			return end
		}
	}
	return -1
}

// template is a text with numbers to be filled in.
type template []piece

type piece struct {
	text   string
	name   string // of the number after the text; "" for none
	offset int
	letter bool // the number counts letters, from a
}

func (t template) fill(values map[string]int) string {
	var b strings.Builder
	for _, p := range t {
		b.WriteString(p.text)
		switch n := values[p.name] + p.offset; {
		case p.name == "":
		case p.letter && n >= 0 && n < 26:
			b.WriteByte(byte('a' + n))
		case p.letter:
			b.WriteByte('?') // which no name has
		default:
			b.WriteString(strconv.Itoa(n))
		}
	}
	return b.String()
}

// Names returns the tensor that each of a network's parameters is called by, for the parameters that a rule fits.
func (m *Mapping) Names(params []string) map[string]string {
	t := &translation{prefixes: map[string]bool{}, counts: make([]map[string]int, len(m.numbers))}
	for i := range t.counts {
		t.counts[i] = map[string]int{}
	}
	for _, name := range params {
		for at := range len(name) {
			if name[at] == '.' {
				t.prefixes[name[:at]] = true
			}
		}
		t.prefixes[name] = true
		for i, n := range m.numbers {
			if head, _, _, ok := n.parts.match(name); ok {
				if _, seen := t.counts[i][head]; !seen {
					t.counts[i][head] = len(t.counts[i])
				}
			}
		}
	}
	names := map[string]string{}
	for _, name := range params {
		if theirs, ok := m.translate(t, name); ok {
			names[name] = theirs
		}
	}
	return names
}

// translation is what is known of the network.
type translation struct {
	prefixes map[string]bool
	counts   []map[string]int // for each number of the mapping
}

func (m *Mapping) translate(t *translation, name string) (string, bool) {
	for _, r := range m.rules {
		_, rest, values, ok := r.ours.match(name)
		if !ok {
			continue
		}
		for i, n := range m.numbers {
			if head, _, _, ok := n.parts.match(name); ok {
				values[n.name] = t.counts[i][head]
			}
		}
		if r.holds(t, values) {
			return r.theirs.fill(values) + rest, true
		}
	}
	return "", false
}

func (r rule) holds(t *translation, values map[string]int) bool {
	for _, w := range r.with {
		if !t.prefixes[w.fill(values)] {
			return false
		}
	}
	for _, w := range r.without {
		if t.prefixes[w.fill(values)] {
			return false
		}
	}
	return true
}

// Ignores reports whether a tensor is one that the mapping passes over.
func (m *Mapping) Ignores(tensor string) bool {
	for _, p := range m.ignored {
		if _, _, _, ok := p.match(tensor); ok {
			return true
		}
	}
	return false
}

// Identity is the mapping of a network's own names.
func Identity() *Mapping {
	return &Mapping{Name: "the network's own names",
		rules: []rule{{ours: &pattern{texts: []string{""}, anywhere: true}}}}
}

// String returns the mapping's name.
func (m *Mapping) String() string { return m.Name }
