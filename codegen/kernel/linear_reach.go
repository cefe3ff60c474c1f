package kernel

func (t *linearTask) reach(r *Reach) {
	r.function(t.function)
	r.panels(blocksOf(t.OutChannels), t.items, 1)
}
