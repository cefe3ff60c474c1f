package kernel

// run computes all rows.
func (d *slide) run() { d.portable() }
