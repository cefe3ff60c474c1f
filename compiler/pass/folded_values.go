package pass

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// FoldedValues returns the values of the parameters of after, which fold-batch-norm made of before, from those of before.
// They are the same numbers that the pass derives for a whole set, but each is made when it is asked for.
func FoldedValues(before, after *ir.Graph, values params.Values) params.Values {
	left := map[string]bool{}
	for _, n := range after.Nodes {
		left[n.Name] = true
	}
	folds := map[string]fold{} // by the name of the parameter that changes
	for _, n := range before.Nodes {
		norm, ok := n.Op.(ir.BatchNorm)
		if !ok || left[n.Name] || !left[n.Inputs[0].Name] {
			continue
		}
		if conv := n.Inputs[0]; isConv(conv) {
			f := fold{conv, n, norm}
			folds[conv.Name+"."+ir.Weight.Field()] = f
			folds[conv.Name+"."+ir.Bias.Field()] = f
		}
	}
	return func(p *ir.Param) (params.Reader, error) {
		if f, ok := folds[p.Name]; ok {
			return f.value(p.Role, values)
		}
		return values(p)
	}
}

func isConv(n *ir.Node) bool { _, ok := n.Op.(ir.Conv); return ok }

// fold is a convolution and the batch norm that went into it.
type fold struct {
	conv, normNode *ir.Node
	norm           ir.BatchNorm
}

func (f fold) value(role ir.Role, values params.Values) (params.Reader, error) {
	factor, offset, err := AffineOf(f.normNode, f.norm, values)
	if err != nil {
		return nil, err
	}
	p := f.conv.Param(role)
	if role == ir.Bias {
		bias := make([]float32, len(factor)) // of a convolution that had none
		if p != nil {
			if bias, err = values.Get(p); err != nil {
				return nil, err
			}
		}
		foldBias(bias, factor, offset)
		return params.Of(bias), nil
	}
	read, err := values(p)
	if err != nil {
		return nil, err
	}
	done, perOutput := 0, p.Shape.Elements()/len(factor)
	return func(to []float32) error {
		err := read(to)
		scaleOutputs(to, factor, done, perOutput)
		done += len(to)
		return err
	}, nil
}

// AffineOf returns a batch norm as value · factor + offset per channel.
func AffineOf(n *ir.Node, norm ir.BatchNorm, values params.Values) (factor, offset []float64, err error) {
	var data [4][]float32
	for i, role := range []ir.Role{ir.Scale, ir.Shift, ir.RunningMean, ir.RunningVariance} {
		if data[i], err = values.Get(n.Param(role)); err != nil {
			return nil, nil, err
		}
	}
	factor, offset = affine(norm, data[0], data[1], data[2], data[3])
	return factor, offset, nil
}
