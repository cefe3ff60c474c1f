package params

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
)

// Values opens the value of one parameter for reading, so that a network can be written without all of its weights in
// memory. It may be called from several goroutines.
type Values func(p *ir.Param) (Reader, error)

// Reader fills a slice with the next of a parameter's values, in row-major order. They are the caller's then.
type Reader func(to []float32) error

// Get reads the whole value of one parameter.
func (v Values) Get(p *ir.Param) ([]float32, error) {
	read, err := v(p)
	if err != nil {
		return nil, err
	}
	values := make([]float32, p.Shape.Elements())
	return values, read(values)
}

// Set reads the values of all parameters of a graph.
func (v Values) Set(g *ir.Graph) (Set, error) {
	set := Set{}
	for _, p := range g.Params() {
		values, err := v.Get(p)
		if err != nil {
			return nil, err
		}
		set[p.Name] = &Tensor{Shape: p.Shape, Data: values}
	}
	return set, nil
}

// Of returns a reader of values that are in memory.
func Of(values []float32) Reader {
	return func(to []float32) error {
		values = values[copy(to, values):]
		return nil
	}
}

// Values returns what the set holds. A parameter that it lacks, or has in another shape, is an error.
func (s Set) Values() Values {
	return func(p *ir.Param) (Reader, error) {
		switch t := s.Of(p); {
		case t == nil:
			return nil, fmt.Errorf("the parameter %s has no value", p.Name)
		case len(t.Data) != p.Shape.Elements():
			return nil, fmt.Errorf("the parameter %s of shape %v has %d values, not %d", p.Name, p.Shape, len(t.Data),
				p.Shape.Elements())
		default:
			return Of(t.Data), nil
		}
	}
}

// Initializer returns the values that Initialize gives the parameters of g, each made when it is asked for.
func Initializer(g *ir.Graph, seed uint64) Values {
	owners := map[string]*ir.Node{}
	for _, n := range g.Nodes {
		for _, p := range n.Params {
			owners[p.Name] = n
		}
	}
	return func(p *ir.Param) (Reader, error) {
		n, ok := owners[p.Name]
		if !ok {
			return nil, fmt.Errorf("the network has no parameter %s", p.Name)
		}
		return Initial(n, p, seed), nil
	}
}
