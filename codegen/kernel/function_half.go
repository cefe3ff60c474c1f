package kernel

// bindHalf binds a function to float16. The identity is nil.
func (has Features) bindHalf(f Function) *activation {
	a := has.bind(f)
	if a == nil {
		return nil
	}
	half := *a
	half.floats, half.routine = a, has.halfFunctionAddress(f.Kind)
	return &half
}

// bindFor binds a function to the type of an operand.
func (has Features) bindFor(r *Ref, f Function) *activation {
	if isHalf(r) {
		return has.bindHalf(f)
	}
	return has.bind(f)
}

// applyHalf replaces every element of x, pixels of float16, by the function of it as float32.
func (a *activation) applyHalf(x, scratch []float32) {
	const most = halfScratchPixels * lanes
	for ; len(x) > 0; x = x[min(most, len(x)):] {
		some := x[:min(most, len(x))]
		wide := scratch[:2*len(some)]
		a.has.widenPixels(wide, wide[lanes:], some, halfLanes, len(some)/lanes)
		a.floats.apply(wide)
		a.has.narrowPixels(some, wide, wide[lanes:], halfLanes, len(some)/lanes)
	}
}
