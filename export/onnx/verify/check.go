package verify

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Opsets and file formats that are known here. Older opsets are known where an operator's row says so.
const (
	minOpset, maxOpset = 1, 26
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
	Problems  []string // what is wrong
	Uncovered []string // what cannot be told
	Notes     []string // what is right, but odd

	Values int                // whose type and shape were checked
	Open   int                // dimensions that have a symbol
	Work   float64            // what an evaluation costs at these sizes, in multiply-accumulates and elements
	Shapes map[string][]int64 // of the values whose shape is known
	types  map[string]typed
}

// OK reports whether nothing is wrong and everything is covered.
func (r *Report) OK() bool { return len(r.Problems) == 0 && len(r.Uncovered) == 0 }

// maxFindings is where each list of a report ends: whoever mends a file starts with the first.
const maxFindings = 50

type checker struct {
	*Report
	model   *Model
	table   map[string]operator
	symbols map[string]int64 // what each symbol stands for
	users   map[string]int
	inputs  map[string]bool
}

func find(list *[]string, format string, args []any) {
	if len(*list) < maxFindings {
		*list = append(*list, Printable(fmt.Sprintf(format, args...)))
	}
}

func (c *checker) problem(format string, args ...any)   { find(&c.Problems, format, args) }
func (c *checker) uncovered(format string, args ...any) { find(&c.Uncovered, format, args) }
func (c *checker) note(format string, args ...any)      { find(&c.Notes, format, args) }

// sort adds an error to the problems or to what is not covered.
func (c *checker) sort(where string, err error) {
	text := strings.ReplaceAll(err.Error(), "\n", "; ")
	if IsUncovered(err) {
		c.uncovered("%s: %s", where, text)
		return
	}
	c.problem("%s: %s", where, text)
}

// Printable makes names that a model gives safe to print: they may have control characters, or be no text at all.
func Printable(text string) string {
	quoted := strconv.Quote(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// Check lists what is wrong with the model:
//
//   - the versions of file format and operators are known, and each operator and attribute belongs to that version;
//   - every name is defined once, before it is used;
//   - every initializer has the data that its shape needs, and no NaN;
//   - every operation fits its inputs, and every value has the type and shape that the model declares for it. For that,
//     the open dimensions of the inputs are bound to sizes. A symbol must stand for one size wherever it occurs.
//
// What depends on something that is not covered stays silent.
func (m *Model) Check(sizes Sizes) *Report {
	r := &Report{types: map[string]typed{}, Shapes: map[string][]int64{}}
	c := &checker{Report: r, model: m, table: operators(), symbols: map[string]int64{}, users: map[string]int{},
		inputs: map[string]bool{}}
	c.versions()
	c.countUsers()
	c.initializers()
	c.bindInputs(sizes)
	for i := range m.Graph.Nodes {
		c.node(&m.Graph.Nodes[i], i)
	}
	c.declared()
	for name, t := range c.types {
		if t.kind != 0 {
			r.Shapes[name] = t.dims
		}
	}
	return r
}

func (c *checker) versions() {
	m := c.model
	if m.IRVersion < minIR || m.IRVersion > maxIR {
		c.uncovered("the file format has version %d: %d to %d are known", m.IRVersion, minIR, maxIR)
	}
	seen := map[string]bool{}
	for _, o := range m.opsets {
		if seen[o.domain] {
			c.problem("the operators of %q are imported twice", o.domain)
		}
		seen[o.domain] = true
	}
	if m.Opset < minOpset || m.Opset > maxOpset {
		c.uncovered("the operators have version %d: %d to %d are known", m.Opset, minOpset, maxOpset)
	}
	if m.Graph.sparse {
		c.uncovered("sparse initializers are not read")
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
		c.note("%s %s is never used", what, name)
	}
	c.types[name] = t
}

// initializers checks the constants. Those that may be an operator's settings are kept with their values.
func (c *checker) initializers() {
	const small = 1 << 12 // elements; no list of axes or sizes is longer
	const factors = 8     // elements of floats: those of a Resize, one for each dimension
	for i := range c.model.Graph.Initializers {
		t := &c.model.Graph.Initializers[i]
		value := typed{kind: t.Type, dims: t.Dims}
		if err := t.check(); err != nil {
			c.sort("initializer "+t.Name, err)
			value = typed{}
		} else if n, _ := elements(t.Dims); (t.Type == Int64 || t.Type == Int32) && n <= small {
			a := t.array()
			value.value = &a
		} else if t.Type.isFloat() {
			c.finite(t)
			if n <= factors {
				a := t.array()
				value.value = &a
			}
		}
		c.define(t.Name, value, "the initializer")
	}
}

func (c *checker) finite(t *Tensor) {
	for i, v := range t.array().Floats {
		switch {
		case v != v:
			c.problem("initializer %s: element %d is NaN", t.Name, i)
			return
		case math.IsInf(v, 0):
			c.note("initializer %s: element %d is %v", t.Name, i, v)
			return
		}
	}
}

// bindInputs binds the open dimensions: the first is the batch, the next two height and width.
func (c *checker) bindInputs(sizes Sizes) {
	for _, v := range c.model.Graph.Inputs {
		if _, isConstant := c.types[v.Name]; isConstant && !c.inputs[v.Name] { // an initializer is its value
			c.inputs[v.Name] = true
			c.value(v)
			continue
		}
		c.inputs[v.Name] = true
		t := typed{kind: v.Type, dims: make([]int64, len(v.Dims))}
		spatial := []int64{sizes.Height, sizes.Width}
		for i, d := range v.Dims {
			size, bound := c.symbols[d.Symbol]
			switch {
			case d.known:
				size = d.Size
			case bound && d.Symbol != "":
			case i > 0 && len(spatial) > 0:
				size, spatial = spatial[0], spatial[1:]
			default:
				size = sizes.Batch
			}
			t.dims[i] = size
			c.bind(v.Name, d, size)
		}
		switch n, err := elements(t.dims); {
		case !v.Type.isKnown():
			c.uncovered("the input %s is no tensor, or one of %s: it is not computed with here", v.Name, v.Type)
			t = typed{}
		case !v.hasShape:
			c.uncovered("the input %s has no shape", v.Name)
			t = typed{}
		case err != nil:
			c.problem("the input %s: %v", v.Name, err)
			t = typed{}
		case n == 0:
			c.uncovered("the input %s is declared as %v: without elements there is nothing to compute", v.Name,
				t.dims)
		}
		c.define(v.Name, t, "the input")
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

// declared holds what the model says of its values against what they are.
func (c *checker) declared() {
	if len(c.model.Graph.Outputs) == 0 {
		c.problem("the model has no output")
	}
	seen := map[string]bool{}
	for _, v := range c.model.Graph.Outputs {
		if seen[v.Name] {
			c.problem("the output %s is declared twice", v.Name)
		}
		seen[v.Name] = true
		if _, ok := c.types[v.Name]; !ok {
			c.problem("the output %s is declared, but nothing has that name", v.Name)
			continue
		}
		c.value(v)
	}
	for _, v := range c.model.Graph.Infos {
		if seen[v.Name] {
			c.note("%s is declared twice", v.Name)
		}
		seen[v.Name] = true
		if _, ok := c.types[v.Name]; !ok {
			c.note("%s is declared, but nothing has that name", v.Name)
			continue
		}
		c.value(v)
	}
}

func (c *checker) value(v Value) {
	t := c.types[v.Name]
	switch {
	case t.kind == 0: // reported already
		return
	case v.Type != 0 && t.kind != v.Type:
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
