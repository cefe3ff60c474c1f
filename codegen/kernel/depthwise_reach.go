package kernel

func (t *depthwiseTask) reach(r *Reach) {
	r.function(t.function)
	r.half(isHalf(&t.In))
	r.slides(isHalf(&t.In), 1, &t.Window)
}
