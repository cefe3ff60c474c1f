package kernel

func (t *winogradTask) reach(r *Reach) {
	r.function(t.function)
	for band := range t.bands() {
		begin, end := shareOf(t.down(), t.bands(), band)
		r.panels(blocksOf(t.OutChannels), t.panels(), (end-begin)*t.across())
	}
}
