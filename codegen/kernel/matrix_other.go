//go:build !amd64

package kernel

// No other processor has the feature without which these must not be called, nor does a network need them that would
// not use it.

const hasMatrixRoutines = false

func (s *split) pairs()         { noRoutine() }
func (s *split) singles()       { noRoutine() }
func (s *split) singleWeights() { noRoutine() }
func (m *matrix) run(tileShape) { noRoutine() }
func (f *finishing) finish()    { noRoutine() }
