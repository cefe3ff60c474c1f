package kernel

func (t *planarTask) reach(r *Reach) {
	blocks := blocksOf(t.OutChannels)
	r.function(t.function)
	r.panels(blocks, panelsOf(blocks), t.Window.OutWidth)
}

func (t *planarDepthwiseTask) reach(r *Reach) {
	blocks := blocksOf(t.Channels) // the first convolution is of float32
	r.function(t.first)
	r.function(t.last)
	r.half(t.isHalf())
	r.panels(blocks, panelsOf(blocks), t.Window.InWidth)
	r.slides(t.isHalf(), 1, &t.Window)
}
