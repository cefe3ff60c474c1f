package kernel

// held says which pixels a worker has split for the matrix unit, which it finds in its scratch when it goes on with a
// step.
type held struct {
	pixels int  // which of them, counted from 1; 0: none
	finite bool // all of them
}

// set notes which pixels are held.
func (h *held) set(pixels int, finite bool) { h.pixels, h.finite = pixels, finite }
