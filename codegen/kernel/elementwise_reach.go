package kernel

// Of tasks that go over elements or channels, some compute with float16, and one applies a function.

func (t *activateTask) reach(r *Reach) { r.function(t.function) }

func (t *castTask) reach(r *Reach) { r.half(true) }

func (t *multiplyChannelsTask) reach(r *Reach) { r.half(isHalf(&t.In)) }

func (t *globalAverageTask) reach(r *Reach) { r.half(isHalf(&t.In)) }
