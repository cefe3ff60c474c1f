package kernel

func (t *pointwiseTask) reach(r *Reach) {
	r.function(t.function)
	r.half(t.isHalf())
	for band := range t.bands {
		begin, end := shareOf(t.Pixels, t.bands, band)
		if t.onMatrix {
			if few := (end - begin) % tileHeight; few <= fewPixels {
				r.products(1, few)
			}
			continue
		}
		for chunk := range t.chunks {
			from, to := shareOf(end-begin, t.chunks, chunk)
			if t.isHalf() {
				r.halfProducts(t.InChannels, to-from)
			} else {
				r.panels(t.blocks(), t.panels, to-from)
			}
		}
	}
}
