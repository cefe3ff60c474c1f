package kernel

//go:noescape
func tileInputAVX2(t *tile)

//go:noescape
func tileFilterAVX2(t *tile)

//go:noescape
func tileOutputAVX2(t *tile)

//go:noescape
func tileInputAVX512(t *tile)

//go:noescape
func tileFilterAVX512(t *tile)

//go:noescape
func tileOutputAVX512(t *tile)

// input transforms squares of tileReach pixels a side of the input.
func (t *tile) input(has Features) {
	switch {
	case has.has(AVX512):
		tileInputAVX512(t)
	case has.has(AVX2):
		tileInputAVX2(t)
	default:
		t.inputPortable()
	}
}

// filter transforms squares of three weights a side.
func (t *tile) filter(has Features) {
	switch {
	case has.has(AVX512):
		tileFilterAVX512(t)
	case has.has(AVX2):
		tileFilterAVX2(t)
	default:
		t.filterPortable()
	}
}

// output makes squares of tileSide output pixels a side of the products of transforms.
func (t *tile) output(has Features) {
	switch {
	case has.has(AVX512):
		tileOutputAVX512(t)
	case has.has(AVX2):
		tileOutputAVX2(t)
	default:
		t.outputPortable()
	}
}
