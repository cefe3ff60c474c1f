//go:build !amd64 && !arm64

package kernel

func scaleRows(out, in, factors []float32) { scaleRowsPortable(out, in, factors) }

func affinePixels(out, in []float32, factors, offsets *[lanes]float32) {
	affinePixelsPortable(out, in, factors, offsets)
}

func addPixels(out, a, b []float32) { addPixelsPortable(out, a, b) }

func multiplyPixels(out, a, b []float32) { multiplyPixelsPortable(out, a, b) }

func sumPixels(sum *[lanes]float32, in []float32) { sumPixelsPortable(sum, in) }

func (w *windows) max(out, in []float32) { w.maxPortable(out, in) }

func (w *windows) sum(out, in []float32) { w.sumPortable(out, in) }
