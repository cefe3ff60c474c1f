package ir

// What each op has of parameters and costs in multiply-accumulates. Only convolutions and linear layers cost any: that
// is how the papers count.

func (op Conv) params(in []Shape) []paramSpec {
	specs := []paramSpec{{Weight, Shape{op.Out, in[0][0] / op.Groups, op.Kernel, op.Kernel}}}
	if op.Bias {
		specs = append(specs, paramSpec{Bias, Shape{op.Out}})
	}
	return specs
}

func (op Conv) macs(in []Shape, out Shape) int64 {
	return int64(out.Elements()) * int64(in[0][0]/op.Groups) * int64(op.Kernel) * int64(op.Kernel)
}

func (op Linear) params(in []Shape) []paramSpec {
	specs := []paramSpec{{Weight, Shape{op.Out, in[0][0]}}}
	if op.Bias {
		specs = append(specs, paramSpec{Bias, Shape{op.Out}})
	}
	return specs
}

func (op Linear) macs(in []Shape, out Shape) int64 { return int64(in[0][0]) * int64(out[0]) }

func (op BatchNorm) params(in []Shape) []paramSpec {
	c := Shape{in[0][0]}
	var specs []paramSpec
	if !op.NoScale {
		specs = append(specs, paramSpec{Scale, c})
	}
	if !op.NoShift {
		specs = append(specs, paramSpec{Shift, c})
	}
	return append(specs, paramSpec{RunningMean, c}, paramSpec{RunningVariance, c})
}

func (BatchNorm) macs([]Shape, Shape) int64 { return 0 }

func (Input) params([]Shape) []paramSpec         { return nil }
func (Activation) params([]Shape) []paramSpec    { return nil }
func (MaxPool) params([]Shape) []paramSpec       { return nil }
func (AvgPool) params([]Shape) []paramSpec       { return nil }
func (GlobalAvgPool) params([]Shape) []paramSpec { return nil }
func (Add) params([]Shape) []paramSpec           { return nil }
func (Mul) params([]Shape) []paramSpec           { return nil }
func (Concat) params([]Shape) []paramSpec        { return nil }
func (Slice) params([]Shape) []paramSpec         { return nil }
func (Flatten) params([]Shape) []paramSpec       { return nil }
func (Dropout) params([]Shape) []paramSpec       { return nil }

func (Input) macs([]Shape, Shape) int64         { return 0 }
func (Activation) macs([]Shape, Shape) int64    { return 0 }
func (MaxPool) macs([]Shape, Shape) int64       { return 0 }
func (AvgPool) macs([]Shape, Shape) int64       { return 0 }
func (GlobalAvgPool) macs([]Shape, Shape) int64 { return 0 }
func (Add) macs([]Shape, Shape) int64           { return 0 }
func (Mul) macs([]Shape, Shape) int64           { return 0 }
func (Concat) macs([]Shape, Shape) int64        { return 0 }
func (Slice) macs([]Shape, Shape) int64         { return 0 }
func (Flatten) macs([]Shape, Shape) int64       { return 0 }
func (Dropout) macs([]Shape, Shape) int64       { return 0 }
