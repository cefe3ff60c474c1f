package pass

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// FoldedValues returns the values of the parameters of after, which Export's or Lower's passes made of before, from those of before.
// They are the same numbers that the passes derive for a whole set, but each is made when it is asked for.
func FoldedValues(before, after *ir.Graph, values params.Values) params.Values {
	left := map[string]bool{}
	for _, n := range after.Nodes {
		left[n.Name] = true
	}
	folds := map[string][]fold{}                // by the name of the convolution
	before, _, _ = dropUnreachable(before, nil) // else what is gone might not have been merged
	for _, n := range before.Nodes {
		norm, ok := n.Op.(ir.BatchNorm)
		if !ok || left[n.Name] {
			continue
		}
		channel := 0
		for _, conv := range Merged(n, left) {
			folds[conv.Name] = append(folds[conv.Name], fold{n, norm, channel})
			channel += conv.Shape[0]
		}
	}
	owners := map[string]*ir.Node{} // of the parameters that change
	for _, n := range before.Nodes {
		if len(folds[n.Name]) > 0 {
			owners[n.Name+"."+ir.Weight.Field()], owners[n.Name+"."+ir.Bias.Field()] = n, n
		}
	}
	return func(p *ir.Param) (params.Reader, error) {
		conv := owners[p.Name]
		switch {
		case conv == nil:
			return values(p)
		case p.Role == ir.Bias:
			return foldedBias(conv, folds[conv.Name], values)
		}
		return foldedWeight(conv, folds[conv.Name], values)
	}
}

// Merged returns the convolutions, in the order of their channels, that a batch norm went into which Export's or Lower's passes merged, given the
// names of the nodes that they left.
func Merged(norm *ir.Node, left map[string]bool) []*ir.Node {
	var convs []*ir.Node
	var visit func(n *ir.Node)
	visit = func(n *ir.Node) {
		switch n.Op.(type) {
		case ir.Conv:
			convs = append(convs, n)
		case ir.Concat:
			for _, in := range n.Inputs {
				visit(in)
			}
		default: // an identity, or a batch norm that went the same way
			if !left[n.Name] && len(n.Inputs) == 1 {
				visit(n.Inputs[0])
			}
		}
	}
	visit(norm.Inputs[0])
	return convs
}

// fold is a batch norm whose channels from one on went into a convolution.
type fold struct {
	node    *ir.Node
	norm    ir.BatchNorm
	channel int
}

func (f fold) affine(conv *ir.Node, values params.Values) (factor, offset []float64, err error) {
	if factor, offset, err = AffineOf(f.node, f.norm, values); err != nil {
		return nil, nil, err
	}
	end := f.channel + conv.Shape[0]
	return factor[f.channel:end], offset[f.channel:end], nil
}

func foldedBias(conv *ir.Node, folds []fold, values params.Values) (params.Reader, error) {
	bias := make([]float32, conv.Shape[0])
	if p := conv.Param(ir.Bias); p != nil {
		var err error
		if bias, err = values.Get(p); err != nil {
			return nil, err
		}
	}
	for _, f := range folds {
		factor, offset, err := f.affine(conv, values)
		if err != nil {
			return nil, err
		}
		foldBias(bias, factor, offset)
	}
	return params.Of(bias), nil
}

func foldedWeight(conv *ir.Node, folds []fold, values params.Values) (params.Reader, error) {
	p := conv.Param(ir.Weight)
	read, err := values(p)
	if err != nil {
		return nil, err
	}
	var factors [][]float64
	for _, f := range folds {
		factor, _, err := f.affine(conv, values)
		if err != nil {
			return nil, err
		}
		factors = append(factors, factor)
	}
	done, perOutput := 0, p.Shape.Elements()/conv.Shape[0]
	return func(to []float32) error {
		err := read(to)
		for _, factor := range factors {
			scaleOutputs(to, factor, done, perOutput)
		}
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
