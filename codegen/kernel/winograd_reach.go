package kernel

func (t *winogradTask) reach(r *Reach) {
	r.function(t.function)
	for band := range t.bands() {
		begin, end := shareOf(t.down(), t.bands(), band)
		r.sets(blocksOf(t.OutChannels), t.sets(), (end-begin)*t.across())
	}
}
