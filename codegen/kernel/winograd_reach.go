package kernel

func (t *winogradTask) reach(r *Reach) {
	r.function(t.function)
	for group := range t.groups() {
		begin, end := shareOf(t.down(), t.groups(), group)
		r.groups(blocksOf(t.OutChannels), t.sets(), (end-begin)*t.across())
	}
}
