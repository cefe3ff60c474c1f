package kernel

func (t *convTask) reach(r *Reach) {
	r.function(t.function)
	if t.onMatrix {
		return
	}
	for strip := range t.strips {
		row, endRow := shareOf(t.Window.OutHeight, t.strips, strip)
		pixels := t.Window.OutWidth
		if t.isFlat {
			pixels *= endRow - row
		}
		for i := range t.panels() {
			block, endBlock := t.panel(i)
			r.products(endBlock-block, pixels)
		}
	}
}

func (t *eightsTask) reach(r *Reach) {
	r.function(t.function)
	r.slides(false, eight, &t.Window)
}
