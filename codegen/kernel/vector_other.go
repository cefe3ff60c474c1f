//go:build !amd64 && !arm64

package kernel

func (Features) scaleRows(out, in, factors []float32) { scaleRowsPortable(out, in, factors) }

func (Features) affinePixels(out, in []float32, factors, offsets *[lanes]float32) {
	affinePixelsPortable(out, in, factors, offsets)
}

func (Features) addPixels(out, a, b []float32) { addPixelsPortable(out, a, b) }

func (Features) multiplyPixels(out, a, b []float32) { multiplyPixelsPortable(out, a, b) }

func (Features) sumPixels(sum *[lanes]float32, in []float32) { sumPixelsPortable(sum, in) }

func (Features) widens() bool { return false }

func (Features) widen(_, _ []float32) { noRoutine() }

func (w *windows) max(_ Features, out, in []float32) { w.maxPortable(out, in) }

func (w *windows) sum(_ Features, out, in []float32) { w.sumPortable(out, in) }
