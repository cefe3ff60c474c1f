package kernel

//go:noescape
func tileInputNEON(t *tile)

//go:noescape
func tileFilterNEON(t *tile)

//go:noescape
func tileOutputNEON(t *tile)

// input transforms squares of tileReach pixels a side of the input.
func (t *tile) input(has Features) {
	if !has.has(NEON) {
		t.inputPortable()
		return
	}
	tileInputNEON(t)
}

// filter transforms squares of three weights a side.
func (t *tile) filter(has Features) {
	if !has.has(NEON) {
		t.filterPortable()
		return
	}
	tileFilterNEON(t)
}

// output makes squares of tileSide output pixels a side of the products of transforms.
func (t *tile) output(has Features) {
	if !has.has(NEON) {
		t.outputPortable()
		return
	}
	tileOutputNEON(t)
}
