package ir

// Fused is a convolution or linear layer that finishes its sums before they are stored: it adds its second input and
// applies an activation. It stands in lowered graphs only. Its parameters and cost are those of Base.
type Fused struct {
	Base       Op         // Conv or Linear
	Residual   bool       // add the second input, which has the result's shape
	Activation Activation // then apply this; the zero Activation is none
}

func (op Fused) infer(in []Shape) (Shape, error) {
	switch op.Base.(type) {
	case Conv, Linear:
	default:
		return nil, errorf(WrongFigure, "fuses nothing into %T", op.Base)
	}
	if op.Activation != (Activation{}) {
		if err := op.Activation.check(); err != nil {
			return nil, err
		}
	}
	out, err := op.Base.infer(in[:1])
	if err != nil {
		return nil, err
	}
	if op.Residual != (len(in) == 2) {
		return nil, errorf(ShapesDiffer, "a residual and a second input go together")
	}
	if op.Residual && !in[1].Equal(out) {
		return nil, errorf(ShapesDiffer, "the residual has shape %v, the result %v", in[1], out)
	}
	return out, nil
}

func (op Fused) sizing() Sizing { return op.Base.sizing() }

func (op Fused) params(in []Shape) []paramSpec { return op.Base.(parametric).params(in[:1]) }

func (op Fused) macs(in []Shape, out Shape) int64 { return op.Base.(costly).macs(in[:1], out) }

// Unfuse takes an operation apart: what Fused is made of, or an operation that has nothing fused into it as the base.
func Unfuse(op Op) Fused {
	if fused, ok := op.(Fused); ok {
		return fused
	}
	return Fused{Base: op}
}

// Fuse is the opposite of Unfuse: the base alone, where nothing is fused into it.
func Fuse(f Fused) Op {
	if !f.Residual && f.Activation == (Activation{}) {
		return f.Base
	}
	return f
}
