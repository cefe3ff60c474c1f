//go:build !arm64

package kernel

// No other processor has the feature without which these must not be called, nor does a network need them that computes
// with float32.

func (Features) scaleRowsHalf(_, _, _ []float32)                     { noRoutine() }
func (Features) multiplyLanesHalf(_, _ []float32, _ *[lanes]float32) { noRoutine() }
func (Features) sumPixelsHalf(_ *[halfLanes]float32, _ []float32)    { noRoutine() }
func (Features) widenPixels(_, _, _ []float32, _, _ int)             { noRoutine() }
func (Features) narrowPixels(_, _, _ []float32, _, _ int)            { noRoutine() }
func (Features) addWidened(_, _ []float32, _ int)                    { noRoutine() }
