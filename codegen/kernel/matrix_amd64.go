package kernel

const hasMatrixRoutines = true

//go:noescape
func splitPairsAMX(s *split)

//go:noescape
func splitPairsScaledAMX(s *split)

//go:noescape
func splitSinglesAMX(s *split)

//go:noescape
func splitSinglesScaledAMX(s *split)

//go:noescape
func splitSingleWeightsAMX(s *split)

//go:noescape
func products2x2AMX(m *matrix)

//go:noescape
func products4x1AMX(m *matrix)

//go:noescape
func products3x1AMX(m *matrix)

//go:noescape
func finishPixelsAMX(f *finishing)

// pairs splits numbers of two blocks.
func (s *split) pairs() {
	if s.lowScale != nil {
		splitPairsScaledAMX(s)
	} else {
		splitPairsAMX(s)
	}
}

// singles splits numbers of the low block, for the products of a single block: there are two rows of words, of the
// first and second parts and of the first and third parts.
func (s *split) singles() {
	if s.lowScale != nil {
		splitSinglesScaledAMX(s)
	} else {
		splitSinglesAMX(s)
	}
}

// singleWeights splits the weights that go with singles.
func (s *split) singleWeights() { splitSingleWeightsAMX(s) }

// run computes groups of tiles.
func (m *matrix) run(shape tileShape) {
	switch shape {
	case products2x2:
		products2x2AMX(m)
	case products4x1:
		products4x1AMX(m)
	case products3x1:
		products3x1AMX(m)
	}
}

// finish makes the results.
func (f *finishing) finish() { finishPixelsAMX(f) }
