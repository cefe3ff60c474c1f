// Package weights joins a checkpoint and a graph: it finds the tensor of every parameter, whatever project's names the
// checkpoint uses.
//
// An open checkpoint, a graph and the mappings that may apply come in (Bind); a Binding goes out, which lists what was
// found and reads the values when they are asked for. Where no mapping fits, Suggest proposes one. In the order in
// which binding uses them:
//
//	state, likeness, part    which of the checkpoint's tensors may be the network's
//	fit, find, folded        one mapping tried on them, also with batch norms merged into convolutions
//	adapt                    a first convolution for another number of channels
//	misfit, clues            what to say where nothing fits
//	values, plausible        the values of a binding, and whether they can be what they are bound to
//	arithmetic, operations   whether the network computes as the checkpoint's own did
//	layers, classify         for Suggest: layers of both sides that can be each other; package align pairs them
//	suggest, generalise, formula    the pairs, written as few rules
package weights

import (
	"errors"
	"fmt"
	"sync"

	"github.com/netc-lang/netc/compiler/checkpoint"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/layout"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/params"
)

// Options say how names are translated and what may differ.
type Options struct {
	// Mappings are tried, as are the network's own names; exactly one of them must fit.
	Mappings []*mapping.Mapping
	// Mapping, when not nil, is the only one.
	Mapping *mapping.Mapping
	// State is the path of the weights among several in the checkpoint: "state_dict_ema".
	State string
	// Reinit lists parameters, or beginnings of their names, that are initialised from Seed and not read.
	Reinit []string
	Seed   uint64
	// Layouts are orders of dimensions, "HWIO" for all weights or "logits=IO" for a layer's, where shapes and names do
	// not tell.
	Layouts []string
	// Adapt lists convolutions of the network's input whose kernels are made of those for red, green and blue.
	Adapt []string
	// AllowNonFinite accepts NaN and infinite values.
	AllowNonFinite bool
}

// Bound is one parameter and its tensor.
type Bound struct {
	Param  *ir.Param
	Tensor *stored.Tensor // nil: filled or initialised
	Layout layout.Layout  // the order of the tensor's dimensions
	node   *ir.Node
	fill   *float32 // the value of all elements, where there is no tensor

	adapted bool // the tensor's kernels are for red, green and blue, the parameter's are not
}

// Initialised reports whether the value is not the checkpoint's but a seed's.
func (b Bound) Initialised() bool { return b.Tensor == nil && b.fill == nil }

// source returns the tensor as the parameter has it: with its dimensions in that order, and of as many channels.
func (b Bound) source() (*stored.Tensor, error) {
	t, err := b.Layout.Of(b.Tensor)
	if err != nil || !b.adapted {
		return t, err
	}
	return adapted(t, b.Param.Shape), nil
}

// Adapted reports whether the value is made of kernels for red, green and blue.
func (b Bound) Adapted() bool { return b.adapted }

// Reshaped reports whether the tensor has another shape, as the weight of a linear layer in place of a convolution of
// single pixels, or one whose dimensions stand in another order.
func (b Bound) Reshaped() bool { return b.Tensor != nil && !sameShape(b.Tensor.Shape, b.Param.Shape) }

// Binding says where the value of every parameter comes from. It reads the checkpoint, which must stay open.
type Binding struct {
	Format     string // of the checkpoint, for people
	State      string // the part of the checkpoint that is used; "" for all of it
	Mapping    *mapping.Mapping
	Prefix     string   // that all names had and lost: "module."
	Bound      []Bound  // in the order of the graph
	Passed     []string // tensors that nothing asks for
	Folded     bool     // the checkpoint has each batch norm merged into the convolution before it
	input      []int64  // the shape of its input
	operations []string // kinds of those of the model that the checkpoint is; none where it is weights alone
	options    Options
	byName     map[string]int

	looked      sync.Once // at the values of batch norms
	implausible error
}

// Bind finds the tensor of every parameter. Batch norms that an exporter merged into convolutions become ones that add
// the bias. The error is a *FitError when the tensors do not fit.
func Bind(c *stored.Checkpoint, g *ir.Graph, o Options) (*Binding, error) {
	found, rivals, err := parts(c, o.State, g)
	if err != nil {
		return nil, err
	}
	candidates := append([]*mapping.Mapping{mapping.Identity()}, o.Mappings...)
	if o.Mapping != nil {
		candidates = []*mapping.Mapping{o.Mapping}
	}
	var nearest *FitError
	for _, p := range found {
		f := &fitter{graph: g, options: o, part: p}
		if err := f.readParams(); err != nil {
			return nil, err
		}
		b, err := f.choose(candidates)
		if err != nil {
			b = f.bindFolded(candidates)
		}
		if b != nil {
			b.Format, b.State = c.Format, p.state.Name
			b.operations, b.input = p.state.Operations, p.state.Input
			b.restore(g)
			b.Passed = append(b.Passed, p.state.Passed...)
			return b, nil
		}
		var failure *FitError
		if !errors.As(err, &failure) {
			return nil, err
		}
		if nearest == nil || failure.Count < nearest.Count {
			nearest = failure
		}
	}
	if rivals != nil {
		return nil, rivals
	}
	nearest.Cause = causeOf(found[0].tensors)
	nearest.Elsewhere = elsewhere(c, found[0].state, o.State)
	return nil, nearest
}

// Read opens a checkpoint that has the network's own names and reads it whole.
func Read(path string, g *ir.Graph) (params.Set, error) {
	c, err := checkpoint.Open(path)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	b, err := Bind(c, g, Options{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	set, err := b.Load()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return set, nil
}
