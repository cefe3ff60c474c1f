package kernel

// held is what a worker has taken apart, which it finds in its scratch when it goes on with a step.
type held struct {
	pixels int // which of them, counted from 1
	finite int // 1 if all were finite
}

// heldFloats is the room that this takes, at the beginning of scratch.
const heldFloats = lanes

// heldIn returns what scratch says that it holds.
func heldIn(scratch []float32) held {
	if scratch[0] != 1 {
		return held{}
	}
	return held{int(scratch[1]), int(scratch[2])}
}

// keep writes down what scratch holds.
func (h *held) keep(scratch []float32) {
	scratch[0], scratch[1], scratch[2] = 1, float32(h.pixels), float32(h.finite)
}

// set notes which pixels are held.
func (h *held) set(pixels int, finite bool) {
	h.pixels, h.finite = pixels, 0
	if finite {
		h.finite = 1
	}
}
