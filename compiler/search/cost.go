package search

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/ir"
)

// Cost is something that a network takes.
type Cost struct {
	Name  string
	Unit  string // of its values: "s", "B", or "" for counts
	Timed bool   // it is measured by the clock: nothing else is to run meanwhile
	Of    func(n *compiler.Network) (float64, error)
}

// Static are the costs that a graph has by itself.
func Static() []Cost {
	count := func(f func(*ir.Graph) int64) func(*compiler.Network) (float64, error) {
		return func(n *compiler.Network) (float64, error) { return float64(f(n.Graph)), nil }
	}
	return []Cost{
		{Name: "macs", Of: count((*ir.Graph).MACs)},
		{Name: "params", Of: count((*ir.Graph).ParamCount)},
		{Name: "activations", Of: count((*ir.Graph).Activations)},
		{Name: "weights", Unit: "B", Of: count(weights)},
	}
}

// weights counts the bytes of all parameters in float32: also of those that are not trained.
func weights(g *ir.Graph) int64 {
	const float32Bytes = 4
	var sum int64
	for _, p := range g.Params() {
		sum += float32Bytes * int64(p.Shape.Elements())
	}
	return sum
}

// Quantity is an amount of a cost: 8ms of latency, 1.5GMACs, 20MB.
type Quantity struct {
	Cost  string
	Value float64
}

// units are what quantities may end in, the longest first where one ends in another, and the costs that these are of; a
// cost of "" must be said.
var units = []struct {
	suffix, cost string
	factor       float64
}{
	{"macs", "macs", 1}, {"params", "params", 1}, {"activations", "activations", 1}, {"ms", "latency", 1e-3},
	{"us", "latency", 1e-6}, {"µs", "latency", 1e-6}, {"s", "latency", 1}, {"kib", "weights", 1 << 10},
	{"mib", "weights", 1 << 20}, {"gib", "weights", 1 << 30}, {"kb", "weights", 1e3}, {"mb", "weights", 1e6},
	{"gb", "weights", 1e9}, {"b", "weights", 1},
}

var prefixes = map[byte]float64{'k': 1e3, 'm': 1e6, 'g': 1e9, 't': 1e12}

// ParseQuantity reads COST=AMOUNT, or an AMOUNT whose unit says what it is of: 8ms, 1.5GMACs, 20MB of weights. Capital
// letters are as small ones: nobody has a thousandth of a byte.
func ParseQuantity(text string, costs []Cost) (Quantity, error) {
	cost, amount, named := strings.Cut(text, "=")
	if !named {
		cost, amount = "", text
	}
	q := Quantity{Cost: strings.TrimSpace(cost)}
	number, unit := strings.ToLower(strings.TrimSpace(amount)), ""
	factor := 1.0
	for _, u := range units {
		if rest, ok := strings.CutSuffix(number, u.suffix); ok {
			number, unit, factor = rest, u.cost, u.factor
			break
		}
	}
	if n := len(number); n > 0 && (factor == 1 && unit != "latency") {
		if f := prefixes[number[n-1]]; f != 0 {
			number, factor = number[:n-1], f
		}
	}
	x, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(x > 0) || math.IsInf(x, 0) {
		return q, fmt.Errorf("%q is no amount: write 8ms, 1.5GMACs, 5Mparams, 20MB, or COST=AMOUNT", text)
	}
	if q.Value = x * factor; q.Cost == "" {
		q.Cost = unit
	}
	i := slices.IndexFunc(costs, func(c Cost) bool { return c.Name == q.Cost })
	switch {
	case q.Cost == "":
		return q, fmt.Errorf("%q does not say what it is of: write COST=%s, with one of %s", text, text, names(costs))
	case i < 0:
		return q, fmt.Errorf("there is no cost %q: the costs are %s", q.Cost, names(costs))
	case unit != "" && kindOf(unit) != costs[i].Unit:
		return q, fmt.Errorf("%s is not measured in the unit of %s", q.Cost, strings.TrimSpace(amount))
	}
	return q, nil
}

// kindOf is the unit of what a suffix stands for.
func kindOf(cost string) string {
	switch cost {
	case "latency":
		return "s"
	case "weights":
		return "B"
	}
	return ""
}

func names(costs []Cost) string {
	var all []string
	for _, c := range costs {
		all = append(all, c.Name)
	}
	return strings.Join(all, ", ")
}

// Format writes an amount of a cost for people: 5.29 M params, 8.12 ms of latency.
func (c Cost) Format(v float64) string {
	switch c.Unit {
	case "s":
		return fmt.Sprintf("%.4g ms", v*1e3)
	case "B":
		return scaled(v) + "B"
	}
	return strings.TrimSuffix(scaled(v), " ")
}

// scaled is a number with a prefix of its unit: "385.8 M".
func scaled(v float64) string {
	for _, p := range []struct {
		factor float64
		name   string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if math.Abs(v) >= p.factor {
			return fmt.Sprintf("%.4g %s", v/p.factor, p.name)
		}
	}
	return fmt.Sprintf("%.4g ", v)
}
