package kernel

// work is what every task says of its work, and embeds: Reach asks it, too.
type work struct {
	items, scratch int
	onMatrix       bool // products are computed on the matrix unit
}

func (w work) Items() int   { return w.items }
func (w work) Scratch() int { return w.scratch }
