package kernel

func (t *expandDepthwiseTask) reach(r *Reach) {
	r.function(t.expand)
	r.function(t.last)
	r.half(t.isHalf())
	switch {
	case t.onMatrix:
	case t.isHalf():
		r.halfProducts(t.InChannels, t.Window.InWidth)
	default:
		r.panels(t.blocks(), t.panels, t.Window.InWidth*max(t.rows, 1))
	}
	r.slides(t.isHalf(), groupIf(t.Eights), &t.Window)
}
