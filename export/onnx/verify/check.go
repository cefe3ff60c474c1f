package verify

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Opsets and file formats that are known here.
const (
	minOpset, maxOpset = 13, 26
	minIR, maxIR       = 3, 13
)

// Sizes are what the open dimensions of a model's inputs are bound to while it is checked.
type Sizes struct{ Batch, Height, Width int64 }

// DefaultSizes returns a batch of two and the resolution that the model's metadata name, or 224.
func (m *Model) DefaultSizes() Sizes {
	s := Sizes{2, 224, 224}
	height, width, _ := strings.Cut(m.Property("resolution"), "x")
	h, err := strconv.ParseInt(height, 10, 32)
	w, err2 := strconv.ParseInt(width, 10, 32)
	if err == nil && err2 == nil && h > 0 && w > 0 && h <= 1<<16 && w <= 1<<16 {
		s.Height, s.Width = h, w
	}
	return s
}

// Report is what Check finds.
type Report struct {
	Problems []string
	Values   int // whose type and shape were checked
	Open     int // dimensions that have a symbol
	types    map[string]typed
}

// OK reports whether nothing is wrong.
func (r *Report) OK() bool { return len(r.Problems) == 0 }

// maxProblems is where Check stops: whoever mends a file starts with the first.
const maxProblems = 50

type checker struct {
	*Report
	model   *Model
	table   map[string]operator
	symbols map[string]int64 // what each symbol stands for
	users   map[string]int
}

func (c *checker) problem(format string, args ...any) {
	if len(c.Problems) < maxProblems {
		c.Problems = append(c.Problems, fmt.Sprintf(format, args...))
	}
}

// Check lists what is wrong with the model:
//
//   - the versions of file format and operators are known, and each operator and attribute belongs to that version;
//   - every name is defined once, before it is used, and everything that is defined is used;
//   - every initializer has the data that its shape needs, all of it finite;
//   - every operation fits its inputs, and every value has the type and shape that the model declares for it. For that, the
//     open dimensions of the inputs are bound to sizes. A symbol must stand for one size wherever it occurs.
func (m *Model) Check(sizes Sizes) *Report {
	c := &checker{&Report{types: map[string]typed{}}, m, operators(), map[string]int64{}, map[string]int{}}
	c.versions()
	c.countUsers()
	c.initializers()
	c.inputs(sizes)
	for i := range m.Graph.Nodes {
		c.node(&m.Graph.Nodes[i], i)
	}
	c.declared()
	return c.Report
}

func (c *checker) versions() {
	m := c.model
	if m.IRVersion < minIR || m.IRVersion > maxIR {
		c.problem("the file format has version %d: %d to %d are known", m.IRVersion, minIR, maxIR)
	}
	seen := map[string]bool{}
	for _, o := range m.opsets {
		if seen[o.domain] {
			c.problem("the operators of %q are imported twice", o.domain)
		}
		seen[o.domain] = true
	}
	if m.Opset < minOpset || m.Opset > maxOpset {
		c.problem("the operators have version %d: %d to %d are known", m.Opset, minOpset, maxOpset)
	}
}

func (c *checker) countUsers() {
	for _, n := range c.model.Graph.Nodes {
		for _, in := range n.Inputs {
			c.users[in]++
		}
	}
	for _, v := range c.model.Graph.Outputs {
		c.users[v.Name]++
	}
}

// define enters a value; its name must be new.
func (c *checker) define(name string, t typed, what string) {
	switch _, taken := c.types[name]; {
	case name == "":
		c.problem("%s has no name", what)
	case taken:
		c.problem("the name %s is defined twice", name)
	case c.users[name] == 0:
		c.problem("%s %s is never used", what, name)
	}
	c.types[name] = t
}

func (c *checker) initializers() {
	for i := range c.model.Graph.Initializers {
		t := &c.model.Graph.Initializers[i]
		value := typed{t.Type, t.Dims, t}
		if err := checkData(t); err != nil {
			c.problem("initializer %s: %v", t.Name, err)
			value = typed{}
		}
		c.define(t.Name, value, "the initializer")
	}
}

func checkData(t *Tensor) error {
	if t.Type == Int64 {
		_, err := t.integers()
		return err
	}
	size, err := t.size()
	if err != nil {
		return err
	}
	if int64(len(t.Raw)) != size {
		return fmt.Errorf("it has %d bytes, its shape %v needs %d", len(t.Raw), t.Dims, size)
	}
	if !t.Type.isFloat() {
		return nil
	}
	for i, v := range t.floats() {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("element %d is %v", i, v)
		}
	}
	return nil
}

// inputs binds the open dimensions: the first is the batch, the next two height and width.
func (c *checker) inputs(sizes Sizes) {
	for _, v := range c.model.Graph.Inputs {
		dims := make([]int64, len(v.Dims))
		spatial := []int64{sizes.Height, sizes.Width}
		for i, d := range v.Dims {
			size := d.Size
			if !d.known {
				size = sizes.Batch
				if i > 0 && len(spatial) > 0 {
					size, spatial = spatial[0], spatial[1:]
				}
			}
			dims[i] = size
			c.bind(v.Name, d, size)
		}
		if _, err := elements(dims); err != nil || !v.hasShape {
			c.problem("the input %s has no sensible shape", v.Name)
			dims = nil
		}
		if _, ok := elementTypes[v.Type]; !ok {
			c.problem("the input %s has the unknown element type %d", v.Name, int64(v.Type))
		}
		c.define(v.Name, typed{kind: v.Type, dims: dims}, "the input")
	}
}

// bind holds a declared dimension against the size that it has.
func (c *checker) bind(name string, d Dim, size int64) {
	switch before, bound := c.symbols[d.Symbol]; {
	case d.known && d.Size != size:
		c.problem("%s is declared with the dimension %d, but has %d", name, d.Size, size)
	case d.known || d.Symbol == "":
	case bound && before != size:
		c.problem("%s: the dimension %s is %d here and %d elsewhere", name, d.Symbol, size, before)
	default:
		c.symbols[d.Symbol] = size
		c.Open++
	}
}

func (c *checker) node(n *Node, index int) {
	where := fmt.Sprintf("node %d, %s %s", index, n.Operator, n.Name)
	op, known := c.table[n.Operator]
	switch {
	case n.Domain != "" && n.Domain != "ai.onnx" || !known:
		c.problem("%s: the operator is none that netc writes", where)
	case op.since > c.model.Opset:
		c.problem("%s: the operator came with opset %d, the model has %d", where, op.since, c.model.Opset)
	case len(n.Inputs) < op.minInputs || op.maxInputs >= 0 && len(n.Inputs) > op.maxInputs || op.outputs >= 0 && len(n.Outputs) != op.outputs || len(n.Outputs) == 0:
		c.problem("%s: it cannot have %d inputs and %d outputs", where, len(n.Inputs), len(n.Outputs))
	default:
		c.attributes(n, op, where)
		c.infer(n, op, where)
		return
	}
	for _, out := range n.Outputs { // so that one mistake is one problem
		c.define(out, typed{}, "the value")
	}
}

func (c *checker) attributes(n *Node, op operator, where string) {
	seen := map[string]bool{}
	for _, a := range n.Attributes {
		switch kind, ok := op.attributes[a.Name]; {
		case !ok:
			c.problem("%s: the attribute %s is not known here", where, a.Name)
		case kind != a.Kind:
			c.problem("%s: the attribute %s has another type", where, a.Name)
		case seen[a.Name]:
			c.problem("%s: the attribute %s occurs twice", where, a.Name)
		}
		seen[a.Name] = true
	}
}

func (c *checker) infer(n *Node, op operator, where string) {
	call := &call{node: n}
	complete := true
	for _, name := range n.Inputs {
		t, ok := c.types[name]
		if !ok {
			c.problem("%s: its input %s is not defined before it", where, name)
		}
		complete = complete && ok && t.kind != 0
		if t.kind == BFloat16 && c.model.Opset < op.bfloat16 {
			c.problem("%s: it takes bf16 from opset %d, the model has %d", where, op.bfloat16, c.model.Opset)
		}
		call.in = append(call.in, t)
	}
	results := make([]typed, len(n.Outputs))
	if complete {
		inferred, err := op.infer(call)
		if err == nil {
			for _, t := range inferred {
				if _, tooLarge := elements(t.dims); tooLarge != nil {
					err = tooLarge
				}
			}
		}
		if err != nil {
			c.problem("%s: %s", where, strings.ReplaceAll(err.Error(), "\n", "; "))
		} else {
			copy(results, inferred)
		}
	}
	for i, out := range n.Outputs {
		c.define(out, results[i], "the value")
	}
}

// declared holds what the model says of its values against what they are.
func (c *checker) declared() {
	seen := map[string]bool{}
	for _, list := range [][]Value{c.model.Graph.Outputs, c.model.Graph.Infos} {
		for _, v := range list {
			if seen[v.Name] {
				c.problem("%s is declared twice", v.Name)
			}
			seen[v.Name] = true
			c.value(v)
		}
	}
	if len(c.model.Graph.Outputs) == 0 {
		c.problem("the model has no output")
	}
}

func (c *checker) value(v Value) {
	t, ok := c.types[v.Name]
	switch {
	case !ok:
		c.problem("%s is declared, but nothing has that name", v.Name)
		return
	case t.kind == 0: // reported already
		return
	case t.kind != v.Type:
		c.problem("%s is declared as %s, but is %s", v.Name, v.Type, t.kind)
	}
	if !v.hasShape {
		return
	}
	if len(v.Dims) != len(t.dims) {
		c.problem("%s is declared with %d dimensions, but has %d", v.Name, len(v.Dims), len(t.dims))
		return
	}
	c.Values++
	for i, d := range v.Dims {
		c.bind(v.Name, d, t.dims[i])
	}
}
