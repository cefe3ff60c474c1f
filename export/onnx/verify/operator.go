package verify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// operator is what is known of an operator of ONNX. https://onnx.ai/onnx/operators has what every opset says.
type operator struct {
	exists   int64 // the first opset that has the operator
	since    int64 // the first opset from which it means what is known here; before, it is not covered
	bfloat16 int64 // the first opset that has it for bf16
	integers int64 // the first opset that has it for integers; 0: none

	inputs, outputs arity
	attributes      map[string]attribute
	onlyFloats      bool // it is computed here with floats only, beside indices and the like

	infer func(c *call) ([]typed, error)     // types and shapes of the outputs
	cost  func(c *call, out []typed) float64 // multiply-accumulates; nil: one for each element that comes out
	run   func(o *operation) ([]Array, error)
}

// arity says how many inputs or outputs an operator may have, by opset, the oldest first.
type arity []limits

// limits are how many from an opset on; a most of -1 is any number.
type limits struct {
	from        int64
	least, most int
}

// parseArity reads "1; 1-3 from 11": one, and from opset 11 on one to three. "1-" is any number from one on.
func parseArity(text string) arity {
	var all arity
	for _, part := range strings.Split(text, "; ") {
		numbers, from, _ := strings.Cut(part, " from ")
		least, most, isRange := strings.Cut(numbers, "-")
		l := limits{from: atoi(from), least: int(atoi(least))}
		switch {
		case !isRange:
			l.most = l.least
		case most == "":
			l.most = -1
		default:
			l.most = int(atoi(most))
		}
		all = append(all, l)
	}
	return all
}

// atoi reads a number of the table; nothing is 0.
func atoi(text string) int64 {
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

// at returns the limits of an opset.
func (a arity) at(opset int64) limits {
	l := a[0]
	for _, next := range a[1:] {
		if next.from <= opset {
			l = next
		}
	}
	return l
}

// check holds the names of inputs or outputs against the limits: they are as many, and of those that must be there,
// none is left out.
func (l limits) check(names []string) error {
	if n := len(names); n < l.least || l.most >= 0 && n > l.most {
		return fmt.Errorf("it has %v, not %d", l, n)
	}
	if i := slices.Index(names[:l.least], ""); i >= 0 {
		return fmt.Errorf("number %d of them is left out", i)
	}
	return nil
}

// String returns "1", "1 to 3" or "1 or more".
func (l limits) String() string {
	switch {
	case l.most < 0:
		return fmt.Sprintf("%d or more", l.least)
	case l.most > l.least:
		return fmt.Sprintf("%d to %d", l.least, l.most)
	}
	return strconv.Itoa(l.least)
}

// attribute is one that opsets give an operator.
type attribute struct {
	kind        Kind
	from, until int64 // the first opset that has it, and the first that has it no more; 0: none
}

// settings reads the attributes of an operator: "int axis group, ints axes until 18, int num_outputs from 18".
func settings(text string) map[string]attribute {
	kinds := map[string]Kind{"int": IntKind, "ints": IntsKind, "float": FloatKind, "text": TextKind}
	all := map[string]attribute{}
	for _, list := range strings.Split(text, ", ") {
		list, until, _ := strings.Cut(list, " until ")
		list, from, _ := strings.Cut(list, " from ")
		words := strings.Fields(list)
		for _, name := range words[min(1, len(words)):] {
			all[name] = attribute{kinds[words[0]], atoi(from), atoi(until)}
		}
	}
	return all
}
