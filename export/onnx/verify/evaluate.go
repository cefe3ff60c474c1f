package verify

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
)

// MaxWork is how much an evaluation may cost, in multiply-accumulates and elements: enough for the largest networks
// that people classify images with.
const MaxWork = 1 << 40

// maxLive is how many elements may be held at a time, 2 GiB: several times what EfficientNet-L2 needs for one image.
const maxLive = 1 << 28

// Evaluation says how a model is run.
type Evaluation struct {
	Work  float64                          // multiply-accumulates and elements that it may cost at most; 0 is MaxWork
	Exact bool                             // nothing is rounded between operations: values stay float64
	Visit func(name string, v Array) error // unless nil, is told every value that a node computes, in order
}

// Evaluate runs the model on the values of its free inputs and returns its outputs. Values have the types that the
// model gives them; sums are taken in float64, and each operation rounds its result to its type. The model must be
// free of problems.
func (m *Model) Evaluate(inputs map[string]Array, e Evaluation) ([]Array, error) {
	if e.Work == 0 {
		e.Work = MaxWork
	}
	r := &runner{
		model:     m,
		options:   e,
		left:      map[string]int{},
		values:    map[string]Array{},
		constants: map[string]*Tensor{},
	}
	for i := range m.Graph.Initializers {
		t := &m.Graph.Initializers[i]
		r.constants[t.Name] = t
	}
	for _, v := range m.Graph.Free() {
		given, ok := inputs[v.Name]
		if !ok {
			return nil, fmt.Errorf("the input %s has no value", v.Name)
		}
		r.values[v.Name] = given
	}
	for _, n := range m.Graph.Nodes {
		for _, in := range n.Inputs {
			r.left[in]++
		}
	}
	for _, v := range m.Graph.Outputs {
		r.left[v.Name]++
	}
	table := operators()
	for i := range m.Graph.Nodes {
		n := &m.Graph.Nodes[i]
		if err := r.node(n, table[n.Operator]); err != nil {
			if stop := (stopped{}); errors.As(err, &stop) {
				return nil, stop.err
			}
			return nil, fmt.Errorf("%s %s: %w", n.Operator, n.Name, err)
		}
	}
	var outputs []Array
	for _, v := range m.Graph.Outputs {
		out, err := r.value(v.Name)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, out)
	}
	return outputs, nil
}

// stopped is an error of Visit, which Evaluate returns as it is.
type stopped struct{ err error }

func (s stopped) Error() string { return s.err.Error() }

// runner is a model that is being evaluated.
type runner struct {
	model     *Model
	options   Evaluation // what is left of Work
	constants map[string]*Tensor
	values    map[string]Array
	left      map[string]int // readers of each value that are still to come
	live      int64          // elements in values
}

// value returns what has a name: a value that was computed or given, or an initializer.
func (r *runner) value(name string) (Array, error) {
	if v, ok := r.values[name]; ok {
		return v, nil
	}
	t := r.constants[name]
	if t == nil {
		return Array{}, fmt.Errorf("the value %s does not exist", name)
	}
	if err := t.check(); err != nil {
		return Array{}, err
	}
	return t.array(), nil
}

// operation is a node with the values of its inputs.
type operation struct {
	*call
	values []Array
	out    []typed
}

func (r *runner) node(n *Node, op operator) error {
	if op.infer == nil {
		return Uncovered("the operator is not known here")
	}
	o := &operation{call: &call{node: n, opset: r.model.Opset}}
	for _, name := range n.Inputs {
		var v Array
		if name != "" {
			var err error
			if v, err = r.value(name); err != nil {
				return err
			}
		}
		o.values = append(o.values, v)
		o.in = append(o.in, typed{v.Type, v.Dims, &o.values[len(o.values)-1]})
	}
	var err error
	if o.out, err = op.infer(o.call); err != nil {
		return err
	}
	if err := r.spend(op, o); err != nil {
		return err
	}
	results, err := op.run(o)
	if err != nil {
		return err
	}
	return r.keep(n, o, results)
}

// spend makes sure, before an operation runs, that neither its work nor its result is too much.
func (r *runner) spend(op operator, o *operation) error {
	cost := 0.0
	for _, t := range o.out {
		n, err := elements(t.dims)
		if err != nil {
			return err
		}
		cost += float64(n)
		r.live += n
	}
	if op.cost != nil {
		cost += op.cost(o.call, o.out)
	}
	if r.options.Work -= cost; r.options.Work < 0 || r.live > maxLive {
		return Uncovered("the model is too large to be evaluated")
	}
	return nil
}

// keep rounds and stores the results of a node, and drops what nobody reads any more.
func (r *runner) keep(n *Node, o *operation, results []Array) error {
	for k, out := range n.Outputs {
		if out == "" || k >= len(results) {
			continue
		}
		v := results[k]
		v.Type, v.Dims = o.out[k].kind, o.out[k].dims
		if !r.options.Exact {
			v = rounded(v)
		}
		r.values[out] = v
		if r.options.Visit != nil {
			if err := r.options.Visit(out, v); err != nil {
				return stopped{err}
			}
		}
		if r.left[out] == 0 {
			r.drop(out)
		}
	}
	for _, in := range n.Inputs {
		if r.left[in]--; r.left[in] == 0 {
			r.drop(in)
		}
	}
	return nil
}

func (r *runner) drop(name string) {
	if v, ok := r.values[name]; ok {
		r.live -= int64(len(v.Floats) + len(v.Ints))
		delete(r.values, name)
	}
}

// rounded returns the value as its type can hold it. What is another value's too is copied first.
func rounded(v Array) Array {
	if v.Type == Float64 {
		return v
	}
	for i, x := range v.Floats {
		if y := v.Type.Round(x); y != x && !(x != x && y != y) {
			values := make([]float64, len(v.Floats))
			copy(values, v.Floats[:i])
			for k := i; k < len(values); k++ {
				values[k] = v.Type.Round(v.Floats[k])
			}
			v.Floats = values
			return v
		}
	}
	return v
}

// parallel calls f for 0 to n-1, spread over the processors.
func parallel(n int, f func(i int)) {
	workers := min(n, runtime.GOMAXPROCS(0))
	if workers < 2 {
		for i := range n {
			f(i)
		}
		return
	}
	var wait sync.WaitGroup
	for w := range workers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for i := w; i < n; i += workers {
				f(i)
			}
		}()
	}
	wait.Wait()
}
