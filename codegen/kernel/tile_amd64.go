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
func (t *tile) input() {
	switch {
	case level >= avx512:
		tileInputAVX512(t)
	case level == avx2:
		tileInputAVX2(t)
	default:
		t.inputPortable()
	}
}

// filter transforms squares of three weights a side.
func (t *tile) filter() {
	switch {
	case level >= avx512:
		tileFilterAVX512(t)
	case level == avx2:
		tileFilterAVX2(t)
	default:
		t.filterPortable()
	}
}

// output makes squares of tileSide output pixels a side of the products of transforms.
func (t *tile) output() {
	switch {
	case level >= avx512:
		tileOutputAVX512(t)
	case level == avx2:
		tileOutputAVX2(t)
	default:
		t.outputPortable()
	}
}
