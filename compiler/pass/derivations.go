package pass

import (
	"maps"
	"slices"

	"github.com/netc-lang/netc/compiler/floats"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// Derivations says how parameters of a rewritten graph are made from those of the graph before, by name. A parameter
// that it does not name is the one of that name before.
//
// Passes return derivations rather than values, so that a network of any size is rewritten without its weights: Values
// evaluates a derivation when the parameter is asked for. This is the only place where batch norm is folded.
type Derivations map[string]Derivation

// Derivation is how one parameter of a convolution is made.
type Derivation struct {
	Base   *ir.Param         // of the graph before; nil for a bias that the convolution did not have, which is zero
	Phases *ir.ConvTranspose // whose weight or bias the base is, where the convolution computes that by phases
	Folds  []Fold            // then, in the order in which they are applied
}

// Fold is a part of a batch norm that went into a convolution: the channels from Channel on, as many as the convolution
// has outputs. With
//
//	factor = scale / sqrt(variance + epsilon)    offset = shift − mean · factor
//
// per channel, a weight becomes weight · factor and a bias bias · factor + offset.
type Fold struct {
	Norm    *ir.Node // whose parameters are those of the graph before
	Channel int
}

// then returns the derivations of two passes, one after the other.
func (d Derivations) then(next Derivations) Derivations {
	if len(d) == 0 {
		return next
	}
	all := maps.Clone(d)
	for name, later := range next {
		if earlier, ok := d[name]; ok {
			later = Derivation{earlier.Base, earlier.Phases, slices.Concat(earlier.Folds, later.Folds)}
		}
		all[name] = later
	}
	return all
}

// Values returns the values of the rewritten graph's parameters from those of the graph before. Each is made when it is
// asked for, and an error of the latter is returned as it is.
func (d Derivations) Values(values params.Values) params.Values {
	return func(p *ir.Param) (params.Reader, error) {
		derivation, ok := d[p.Name]
		switch {
		case !ok:
			return values(p)
		case p.Role == ir.Bias:
			return derivation.bias(p, values)
		}
		return derivation.weight(p, values)
	}
}

// bias reads the whole bias and folds it.
func (d Derivation) bias(p *ir.Param, values params.Values) (params.Reader, error) {
	bias := make([]float32, p.Shape.Elements())
	if d.Base != nil {
		base, err := values.Get(d.Base)
		if err != nil {
			return nil, err
		}
		each := len(bias) / len(base) // phases have one each
		for i := range bias {
			bias[i] = base[i/each]
		}
	}
	for _, f := range d.Folds {
		factor, offset, err := f.affine(len(bias), values)
		if err != nil {
			return nil, err
		}
		for o := range bias {
			bias[o] = float32(float64(bias[o])*factor[o] + offset[o])
		}
	}
	return params.Of(bias), nil
}

// weight reads the batch norms, and folds the weight as it is read.
func (d Derivation) weight(p *ir.Param, values params.Values) (params.Reader, error) {
	read, err := d.read(p, values)
	if err != nil {
		return nil, err
	}
	outputs := p.Shape[0]
	var factors [][]float64
	for _, f := range d.Folds {
		factor, _, err := f.affine(outputs, values)
		if err != nil {
			return nil, err
		}
		factors = append(factors, factor)
	}
	done, perOutput := 0, p.Shape.Elements()/outputs
	return func(to []float32) error {
		if err := read(to); err != nil {
			return err
		}
		for _, factor := range factors {
			scaleOutputs(to, factor, done, perOutput)
		}
		done += len(to)
		return nil
	}, nil
}

// read returns the weight before anything is folded into it.
func (d Derivation) read(p *ir.Param, values params.Values) (params.Reader, error) {
	if d.Phases == nil {
		return values(d.Base)
	}
	base, err := values.Get(d.Base)
	if err != nil {
		return nil, err
	}
	return params.Of(phasedWeight(*d.Phases, base, p)), nil
}

// scaleOutputs multiplies a part of a weight, from an element on, by the factors of the output channels that it lies
// in.
func scaleOutputs(weight []float32, factor []float64, from, perOutput int) {
	for len(weight) > 0 {
		n := min(len(weight), perOutput-from%perOutput)
		floats.Scale(weight[:n], factor[from/perOutput])
		weight, from = weight[n:], from+n
	}
}

// affine returns the factors and offsets of a fold's channels.
func (f Fold) affine(channels int, values params.Values) (factor, offset []float64, err error) {
	if factor, offset, err = AffineOf(f.Norm, f.Norm.Op.(ir.BatchNorm), values); err != nil {
		return nil, nil, err
	}
	end := f.Channel + channels
	return factor[f.Channel:end], offset[f.Channel:end], nil
}
