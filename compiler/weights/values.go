package weights

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/floats"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// Values opens the value of one parameter of the graph. It is a params.Values.
func (b *Binding) Values(p *ir.Param) (params.Reader, error) {
	at, ok := b.byName[p.Name]
	if !ok {
		return nil, fmt.Errorf("the network has no parameter %s", p.Name)
	}
	if err := b.plausible(); err != nil {
		return nil, err
	}
	bound := b.Bound[at]
	read, err := b.open(bound)
	if err != nil || bound.Tensor == nil || b.options.AllowNonFinite {
		return read, err
	}
	return func(to []float32) error {
		if err := read(to); err != nil || floats.AllFinite(to) {
			return err
		}
		values, err := b.whole(bound) // to count in all of it
		if err != nil {
			return err
		}
		return &NonFiniteError{[]string{nonFinite(bound.Tensor, values)}}
	}, nil
}

// open opens a parameter's value, be it finite or not.
func (b *Binding) open(bound Bound) (params.Reader, error) {
	switch {
	case bound.Tensor != nil:
		tensor, err := bound.source()
		if err != nil {
			return nil, err
		}
		return tensor.Reader()
	case bound.fill != nil:
		return func(to []float32) error {
			for i := range to {
				to[i] = *bound.fill
			}
			return nil
		}, nil
	}
	return params.Initial(bound.node, bound.Param, b.options.Seed), nil
}

// NonFiniteError lists the tensors with values that are not finite.
type NonFiniteError struct{ Tensors []string }

func (e *NonFiniteError) Error() string {
	shown := e.Tensors[:min(len(e.Tensors), maxListed)]
	text := strings.Join(shown, "\n  ")
	if more := len(e.Tensors) - len(shown); more > 0 {
		text += fmt.Sprintf("\n  and %d more tensors", more)
	}
	return text + "\nSuch weights give no sensible results; --allow-nonfinite takes them all the same."
}

// Check reads every tensor once. The error is a *NonFiniteError when values are not finite, with all tensors concerned,
// and an *ImplausibleError when they cannot be what they are bound to.
func (b *Binding) Check() error { return b.each(func(Bound, []float32) {}) }

// Load reads all values.
func (b *Binding) Load() (params.Set, error) {
	set := params.Set{}
	err := b.each(func(bound Bound, values []float32) {
		set[bound.Param.Name] = &params.Tensor{Shape: bound.Param.Shape, Data: values}
	})
	if err != nil {
		return nil, err
	}
	return set, nil
}

func (b *Binding) each(visit func(Bound, []float32)) error {
	if err := b.plausible(); err != nil {
		return err
	}
	failure := &NonFiniteError{}
	for _, bound := range b.Bound {
		values, err := b.whole(bound)
		if err != nil {
			return err
		}
		if bound.Tensor != nil && !b.options.AllowNonFinite && !floats.AllFinite(values) {
			failure.Tensors = append(failure.Tensors, nonFinite(bound.Tensor, values))
		}
		visit(bound, values)
	}
	if len(failure.Tensors) > 0 {
		return failure
	}
	return nil
}

// whole reads a parameter's value, be it finite or not.
func (b *Binding) whole(bound Bound) ([]float32, error) {
	if bound.Tensor != nil {
		tensor, err := bound.source()
		if err != nil {
			return nil, err
		}
		return tensor.Values()
	}
	values := make([]float32, bound.Param.Shape.Elements())
	read, err := b.open(bound)
	if err != nil {
		return nil, err
	}
	return values, read(values)
}

// nonFinite says what is not finite in a tensor.
func nonFinite(t *stored.Tensor, values []float32) string {
	nan, infinite := stored.NonFinite(values)
	return fmt.Sprintf("tensor %s holds %d NaN and %d infinite values of %d",
		stored.Quote(t.Name), nan, infinite, len(values))
}
