package weights

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// Value reads the value of one parameter of the graph. It may be called from several goroutines.
func (b *Binding) Value(p *ir.Param) ([]float32, error) {
	at, ok := b.byName[p.Name]
	if !ok {
		return nil, fmt.Errorf("the network has no parameter %s", p.Name)
	}
	bound := b.Bound[at]
	values, nonFinite, err := b.read(bound)
	switch {
	case err != nil:
		return nil, err
	case nonFinite != "":
		return nil, &NonFiniteError{[]string{nonFinite}}
	case len(values) != p.Shape.Elements():
		return nil, fmt.Errorf("%s of shape %v has %d values", p.Name, p.Shape, len(values))
	}
	return values, nil
}

// read returns a parameter's values and, unless they are allowed, says what is not finite among them.
func (b *Binding) read(bound Bound) (values []float32, nonFinite string, err error) {
	if bound.fill != nil {
		values = make([]float32, bound.Param.Shape.Elements())
		for i := range values {
			values[i] = *bound.fill
		}
		return values, "", nil
	}
	if bound.Tensor == nil {
		return params.Initial(bound.node, bound.Param, b.options.Seed), "", nil
	}
	if values, err = bound.Tensor.Values(); err != nil || b.options.AllowNonFinite {
		return values, "", err
	}
	if nan, infinite := stored.NonFinite(values); nan+infinite > 0 {
		nonFinite = fmt.Sprintf("tensor %s holds %d NaN and %d infinite values of %d", stored.Quote(bound.Tensor.Name), nan, infinite, len(values))
	}
	return values, nonFinite, nil
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

// Check reads every tensor once. The error is a *NonFiniteError when values are not finite, with all tensors concerned.
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
	failure := &NonFiniteError{}
	for _, bound := range b.Bound {
		values, nonFinite, err := b.read(bound)
		if err != nil {
			return err
		}
		if nonFinite != "" {
			failure.Tensors = append(failure.Tensors, nonFinite)
		}
		visit(bound, values)
	}
	if len(failure.Tensors) > 0 {
		return failure
	}
	return nil
}
