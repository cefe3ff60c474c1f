//go:build !amd64

package kernel

// No other processor has the feature that asks for these, nor does a network that would not use it (WithoutMatrix).

const hasMatrixRoutines = false

func (s *split) pairs()         {}
func (s *split) singles()       {}
func (s *split) singleWeights() {}
func (m *matrix) run(tileShape) {}
func (f *finishing) finish()    {}
