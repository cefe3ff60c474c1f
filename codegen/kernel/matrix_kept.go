package kernel

// splitWeights returns the place of all weights of a window's products on the matrix unit, split, or no place if the
// machine has too little to keep them. They take half as much again as the weights:
//
//	[blocks of outputs][slabs][slabFloats], of two blocks that are computed together [slabs][2][slabFloats]
//	[blocks of outputs], from the last to the first: 1 where the weights are finite that begin with the block, else 0
//
// Blocks of outputs go in pairs. For 1×1 convolutions it is not worth while: each weight is used so often that to
// split it is little of the work, and what is kept has to come from memory.
func (m *Machine) splitWeights(weights Ref, in, out, taps int) Ref {
	if taps == 1 || !weights.Present() { // absent: as in tests of parts
		return Ref{}
	}
	blocks := blocksOf(out)
	floats := blocks*pairsOf(in)*taps*slabFloats + blocks
	return m.kept(weights, floats, func(kept, weights []float32) {
		w := matrixWork{channels: in, allTaps: taps, kept: kept}
		for block := 0; block < blocks; block += 2 {
			w.keep(weights, block, min(blocks-block, 2))
		}
	})
}

// keptFinite returns where it says whether the weights are finite of one or two blocks that begin with a block.
func (w *matrixWork) keptFinite(block int) *float32 { return &w.kept[len(w.kept)-1-block] }

// keep splits all weights of one or two blocks of outputs.
func (w *matrixWork) keep(weights []float32, block, blocks int) {
	*w.keptFinite(block) = 1
	for i := range w.turns() {
		t := w.turn(i)
		if !w.split(w.keptSlabs(block, blocks, t), weights, block, blocks, t) {
			*w.keptFinite(block) = 0
		}
	}
}

// keptSlabs returns the split weights of one or two blocks from a turn on.
func (w *matrixWork) keptSlabs(block, blocks int, t turn) []float32 {
	slabs := pairsOf(w.channels) * w.allTaps
	return w.kept[(block*slabs+blocks*(t.pair*w.allTaps+t.tap))*slabFloats:]
}

// fetchKept is fetch for weights that are kept: what follows is what is needed next.
func (w *matrixWork) fetchKept(block, blocks, i int) {
	if i == w.turns() {
		block, i = block+blocks, 0
	}
	t := w.turn(i)
	slabs := (t.endPair - t.pair) * t.taps() * slabFloats
	w.ahead, w.aheadPitch = nil, (blocks-1)*slabs
	if all := w.keptSlabs(block, blocks, t); len(all) >= blocks*slabs {
		w.ahead = all[:slabs]
	}
}
