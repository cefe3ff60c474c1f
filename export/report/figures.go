package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/netc-lang/netc/compiler/ir"
)

// Figure is what a network costs, as the table of a page shows it. Layers are convolutions, linear layers and
// products of matrices; Memory is the bytes of an inference's values in generated Go; Latency is that of one image, 0
// when it was not measured.
type Figure struct {
	Name        string        `json:"name"`
	Input       string        `json:"input"` // "3 × 224 × 224"
	Width       float64       `json:"width"`
	Depth       float64       `json:"depth"`
	Layers      int           `json:"layers"`
	Params      int64         `json:"params"`
	MACs        int64         `json:"macs"`
	Activations int64         `json:"activations"`
	Memory      int64         `json:"memory"`
	Latency     time.Duration `json:"latency,omitempty"` // nanoseconds
}

// Figures returns what each network costs.
func Figures(networks []Network) []Figure {
	all := make([]Figure, len(networks))
	for i, n := range networks {
		f := &all[i]
		*f = Figure{Name: n.Name, Input: inputs(n.Graph), Width: n.Width, Depth: n.Depth,
			Params: n.Graph.ParamCount(), MACs: n.Graph.MACs(), Activations: n.Graph.Activations(),
			Memory: n.Memory}
		if n.Latency != nil {
			f.Latency = n.Latency.Median
		}
		for _, node := range n.Graph.Nodes {
			if node.MACs() > 0 {
				f.Layers++
			}
		}
	}
	return all
}

// inputs lists the shapes of a network's inputs.
func inputs(g *ir.Graph) string {
	var shapes []string
	for _, n := range g.Inputs {
		shapes = append(shapes, dims(n.Shape))
	}
	return strings.Join(shapes, ", ")
}

// part is a row of a table that says where the work goes: a line of the network's body, or a layer.
type part struct {
	Name, Op, Out             string
	params, macs, activations int64
	time                      time.Duration
	whole                     *part // the sum of all
}

// cell is a number of a part with its share of the whole, which is drawn as a bar.
type cell struct {
	Text  string
	Width string // percent
}

func (p part) ParamCell() cell { return cellOf(thousands(p.params), p.params, p.whole.params) }
func (p part) MACCell() cell   { return cellOf(thousands(p.macs), p.macs, p.whole.macs) }
func (p part) ActivationCell() cell {
	return cellOf(thousands(p.activations), p.activations, p.whole.activations)
}
func (p part) TimeCell() cell {
	return cellOf(milliseconds(p.time), int64(p.time), int64(p.whole.time))
}

func cellOf(text string, part, whole int64) cell {
	if part == 0 {
		return cell{"", "0"}
	}
	return cell{text, fmt.Sprintf("%.1f", 100*share(part, whole))}
}

// lineOf returns the line of the network's body that a layer belongs to.
func lineOf(layer string) string {
	line, _, _ := strings.Cut(layer, ".")
	return line
}

func layerOf(layer string) string { return layer }

// parts sums up a network's figures by a name that is made of each layer's.
func parts(d *Detail, nameOf func(layer string) string) []part {
	if d == nil {
		return nil
	}
	var all []part
	place := map[string]int{}
	at := func(layer string) *part {
		name := nameOf(layer)
		i, known := place[name]
		if !known {
			i = len(all)
			place[name] = i
			all = append(all, part{Name: name})
		}
		return &all[i]
	}
	sum := &part{}
	for _, n := range d.Network.Graph.Nodes {
		if len(n.Inputs) == 0 {
			continue
		}
		p := at(n.Name)
		p.Op, p.Out = opName(n.Op), dims(n.Shape)
		for _, p := range []*part{p, sum} {
			p.params += n.ParamCount()
			p.macs += n.MACs()
			if _, ok := n.Op.(ir.Conv); ok {
				p.activations += int64(n.Shape.Elements())
			}
		}
	}
	for _, s := range d.Steps {
		at(s.Name).time += s.Time
		sum.time += s.Time
	}
	for i := range all {
		all[i].whole = sum
	}
	return all
}

func share(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

func opName(op ir.Op) string {
	if a, ok := op.(ir.Activation); ok {
		return string(a.Function)
	}
	return ir.InfoOf(op).Name
}

// dims prints a shape: "3 × 224 × 224".
func dims(s ir.Shape) string {
	texts := make([]string, len(s))
	for i, d := range s {
		texts[i] = strconv.Itoa(d)
	}
	return strings.Join(texts, " × ")
}

// thousands prints 5288548 as 5,288,548.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// short prints a number with three digits and a prefix: 5.29 M.
func short(x float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e12, " T"}, {1e9, " G"}, {1e6, " M"}, {1e3, " k"}} {
		if x >= unit.size*0.9995 {
			return fmt.Sprintf("%.3g", x/unit.size) + unit.name
		}
	}
	return fmt.Sprintf("%.3g", x)
}

func byteCount(n int64) string { return short(float64(n)) + "B" }

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.3g ms", float64(d)/float64(time.Millisecond))
}

func percent(share float64) string { return fmt.Sprintf("%.1f%%", 100*share) }
