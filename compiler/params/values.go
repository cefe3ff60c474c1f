package params

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
)

// Values gives the value of one parameter when it is asked for, so that a network can be written without all of its
// weights in memory. What it returns must not be changed. It may be called from several goroutines.
type Values func(p *ir.Param) ([]float32, error)

// Values returns what the set holds. A parameter that it lacks, or has in another shape, is an error.
func (s Set) Values() Values {
	return func(p *ir.Param) ([]float32, error) {
		switch t := s.Of(p); {
		case t == nil:
			return nil, fmt.Errorf("the parameter %s has no value", p.Name)
		case len(t.Data) != p.Shape.Elements():
			return nil, fmt.Errorf("the parameter %s of shape %v has %d values, not %d", p.Name, p.Shape, len(t.Data), p.Shape.Elements())
		default:
			return t.Data, nil
		}
	}
}

// Initializer returns the values that Initialize gives the parameters of g, each made when it is asked for.
func Initializer(g *ir.Graph, seed uint64) Values {
	owners := map[string]ir.Op{}
	for _, n := range g.Nodes {
		for _, p := range n.Params {
			owners[p.Name] = n.Op
		}
	}
	return func(p *ir.Param) ([]float32, error) {
		op, ok := owners[p.Name]
		if !ok {
			return nil, fmt.Errorf("the network has no parameter %s", p.Name)
		}
		data := make([]float32, p.Shape.Elements())
		initialize(op, p, data, Random(seed, p.Name))
		return data, nil
	}
}
