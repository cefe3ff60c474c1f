package kernel

import "encoding/binary"

// stored is the weights of a task as they lie in memory, in blocks of 16 outputs. Those of float16 are widened when
// their turn comes, some blocks at a time: the products of all pixels then read them as float32 from a cache, and what
// comes from memory is half as much.
type stored struct {
	memory []float32
	halves bool // they are float16, two in the place of a float
	pitch  int  // numbers of a block
	has    Features

	scratch         []float32 // where blocks are widened
	block, endBlock int       // those that it holds
}

// stored returns weights to be used as they are, if they are float16 and the processor has an instruction that widens
// them; or else as floats.
func (m *Machine) stored(weights Ref) Ref {
	if isHalf(&weights) && m.Has.widens() {
		return weights
	}
	return m.floats(weights)
}

// floats returns weights as float32: where they lie, if they are, or where they will be converted to.
func (m *Machine) floats(weights Ref) Ref {
	if weights.Value.Layout.Type != F16 {
		return weights
	}
	v := weights.Value
	v.Layout.Type = F32
	return m.converted(weights, v, m.Has.widenBytes)
}

// widenBytes converts whole pixels of float16, in the machine's order of bytes, to float32.
func (has Features) widenBytes(to, from []byte) {
	floats := FloatsOf(to)
	if has.widens() && len(floats) > 0 {
		has.widen(floats, FloatsOf(from))
		return
	}
	for i := range floats {
		floats[i] = HalfToFloat(binary.NativeEndian.Uint16(from[2*i:]))
	}
}

// isHalf reports whether an operand holds float16.
func isHalf(r *Ref) bool { return r.Value.Layout.Type == F16 }

// blocks returns the weights of some blocks as float32.
func (s *stored) blocks(block, endBlock int) []float32 {
	if !s.halves {
		return s.memory[block*s.pitch : endBlock*s.pitch]
	}
	widened := s.scratch[:(endBlock-block)*s.pitch]
	if s.block != block || s.endBlock != endBlock {
		s.has.widen(widened, s.memory[block*s.pitch/2:endBlock*s.pitch/2])
		s.block, s.endBlock = block, endBlock
	}
	return widened
}

// ahead returns the i-th of n shares of the memory of blocks from begin up to end, or of what there is of them.
func (s *stored) ahead(begin, end, i, n int) []float32 {
	pitch := s.pitch
	if s.halves {
		pitch /= 2
	}
	from, to := shareOf((end-begin)*pitch, n, i)
	return s.memory[min(begin*pitch+from, len(s.memory)):min(begin*pitch+to, len(s.memory))]
}
