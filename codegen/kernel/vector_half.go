package kernel

import (
	"encoding/binary"
	"math"
)

// Arithmetic of float16, which some processors of arm64 have (FP16). A block is 32 channels there, so that a pixel of
// it takes the 64 bytes that it takes with 16 float32, and everything that goes over pixels and rows goes over both
// alike:
//
//	float32  [ceil(channels/16)][pixels][16]
//	float16  [ceil(channels/32)][pixels][32]
//
// Such memory is []float32 in Go, two numbers in the place of one. Nothing but assembly looks into it.

// halfBlocksOf returns how many blocks of float16 a number of channels takes.
func halfBlocksOf(channels int) int { return (channels + halfLanes - 1) / halfLanes }

// blocksIn returns how many blocks a number of channels takes in values like an operand's.
func blocksIn(r *Ref, channels int) int {
	if isHalf(r) {
		return halfBlocksOf(channels)
	}
	return blocksOf(channels)
}

// infiniteHalf is the infinite float16, which is what those have become whose numbers are beyond 65504.
const infiniteHalf = 0x7c00

// FloatToHalf rounds to the nearest IEEE 754 binary16, to the even one of two. What is beyond 65504, the largest, by
// half of a unit of its last place, is infinite.
func FloatToHalf(x float32) uint16 {
	const (
		infinite = 0x7f800000
		beyond   = 0x477ff000 // 65520
		normal   = 0x38800000 // 2⁻¹⁴, the smallest normal number
		bias     = 0x38000000 // by how much exponents differ
	)
	bits := math.Float32bits(x)
	sign, magnitude := uint16(bits>>16)&0x8000, bits&0x7fffffff
	switch {
	case magnitude > infinite:
		return sign | 0x7e00
	case magnitude >= beyond:
		return sign | infiniteHalf
	case magnitude < normal: // the last place of numbers from ½ on is 2⁻²⁴, as that of these
		return sign | uint16(math.Float32bits(math.Float32frombits(magnitude)+0.5)-math.Float32bits(0.5))
	}
	return sign | uint16((magnitude-bias+0xfff+magnitude>>13&1)>>13)
}

// halves returns weights as they are multiplied in float16: [ceil(out/32)][depth][32], made of
// [ceil(out/16)][depth][16] of either type. Which of the kernel's they are is for errors.
func (m *Machine) halves(what string, weights Ref) Ref {
	from := weights.Value
	depth := from.Pixels
	v := Value{from.Channels, depth, Layout{Type: F16, Tail: ZeroTail, Lanes: halfLanes, Group: 1,
		PixelPitch: halfLanes, BlockPixels: depth}}
	return m.narrowed(what, weights, v, func(to, in []byte) (beyond float32) {
		for block := range blocksOf(from.Channels) {
			for k := range depth {
				at := (block*depth + k) * lanes
				half := to[2*((block/2*depth+k)*halfLanes+block%2*lanes):]
				for lane := range lanes {
					var h uint16
					if from.Layout.Type == F16 {
						h = binary.NativeEndian.Uint16(in[2*(at+lane):])
					} else {
						x := math.Float32frombits(binary.NativeEndian.Uint32(in[4*(at+lane):]))
						if h = FloatToHalf(x); h&0x7fff == infiniteHalf && x-x == 0 {
							beyond = x
						}
					}
					binary.NativeEndian.PutUint16(half[2*lane:], h)
				}
			}
		}
		return beyond
	})
}

// halfScratchPixels is how many pixels of float16 are made float32 at a time: whole tiles. halfScratchFloats is the
// floats of scratch that a task needs for them: as float32, and twice as float16.
const (
	halfScratchPixels = 24
	halfScratchFloats = halfScratchPixels * (halfLanes + 2*lanes)
)

// halfScratchFor returns how many of them a task needs whose values are of an operand's type.
func halfScratchFor(r *Ref) int {
	if isHalf(r) {
		return halfScratchFloats
	}
	return 0
}

// halfFactors makes float16 of the next 32 numbers, or of as many as there are.
func halfFactors(values []float32) (packed [lanes]float32) {
	bytes := BytesOf(packed[:])
	for i, v := range values[:min(halfLanes, len(values))] {
		binary.NativeEndian.PutUint16(bytes[2*i:], FloatToHalf(v))
	}
	return packed
}
