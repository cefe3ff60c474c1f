package kernel

// work is what every task knows of its own size.
type work struct{ items, scratch int }

func (w work) Items() int   { return w.items }
func (w work) Scratch() int { return w.scratch }
