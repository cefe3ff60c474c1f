package kernel

func (t *matMulTask) reach(r *Reach) {
	for chunk := range t.chunks {
		begin, end := shareOf(t.Rows, t.chunks, chunk)
		r.panels(blocksOf(t.Columns), t.panels, end-begin)
	}
}
