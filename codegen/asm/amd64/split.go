package amd64

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Registers of a split.
var (
	splitMask, splitRound = reg.Z16, reg.Z17
	splitLowFactors       = reg.Z18
	splitHighFactors      = reg.Z19
	splitTraces           = reg.Z20
)

// The frame of a split: distances in bytes.
const (
	splitSlabBytes = 8 * iota
	splitOutBytes
	splitFrame
)

// split writes the routines that take numbers apart: each is the sum of three that bfloat16 can hold. The first is
// rounded, so that what is left has either sign; the others need no rounding.
//
// The registers: AX the settings, SI and BX a slab's numbers and DI its parts, R12, R13 and R14 the same of the
// number at hand, R8 the pitch of parts, R9 that of the numbers, R10 and R11 how many numbers and slabs are left.
func (k *matrixKernel) split() {
	c := k.table("splitting", 1)
	mask, round := c.bits(0xffff0000), c.bits(0x00008000)
	for _, scaled := range []bool{false, true} {
		k.splitRoutine("splitPairs", scaled, mask, round, k.splitPair)
		k.splitRoutine("splitSingles", scaled, mask, round, k.splitSingle)
	}
	k.splitWeights(mask, round)
}

// splitRoutine writes a routine that takes numbers apart, slab by slab, each of so many numbers. What is left of a
// number after two parts is a NaN if it is infinite or NaN, which the routine leaves a trace of.
func (k *matrixKernel) splitRoutine(name string, scaled bool, mask, round operand.Mem, body func(scaled bool)) {
	if scaled {
		name += "Scaled"
	}
	k.Routine(name+"AMX", "func(s *byte)")
	k.Compute(splitFrame)
	k.MOVQ(operand.NewParamAddr("s", 0), reg.RAX)
	k.copyBytes(at(reg.RAX, splitSlabPitch), splitSlabBytes)
	k.copyBytes(at(reg.RAX, splitOutPitch), splitOutBytes)
	for _, load := range []struct {
		offset int
		to     reg.Register
	}{
		{splitOut, reg.RDI}, {splitLow, reg.RSI}, {splitHigh, reg.RBX},
		{splitPartPitch, reg.R8}, {splitPitch, reg.R9}, {splitSlabs, reg.R11},
	} {
		k.MOVQ(at(reg.RAX, load.offset), load.to)
	}
	k.SHLQ(operand.U8(2), reg.R8)
	k.SHLQ(operand.U8(2), reg.R9)
	k.lanesMask(splitLowLanes, reg.K1)
	k.lanesMask(splitHighLanes, reg.K2)
	k.VPBROADCASTD(mask, splitMask)
	k.VPBROADCASTD(round, splitRound)
	k.VMOVUPS(at(reg.RAX, splitTrace), splitTraces)
	k.Label("slab")
	if scaled {
		k.MOVQ(at(reg.RAX, splitLowScale), reg.RDX)
		k.VMOVUPS_Z(at(reg.RDX, 0), reg.K1, splitLowFactors)
		k.MOVQ(at(reg.RAX, splitHighScale), reg.RDX)
		k.VMOVUPS_Z(at(reg.RDX, 0), reg.K2, splitHighFactors)
	}
	for _, start := range []struct{ from, to reg.Register }{
		{reg.RSI, reg.R12}, {reg.RBX, reg.R13}, {reg.RDI, reg.R14},
	} {
		k.MOVQ(start.from, start.to)
	}
	k.MOVQ(at(reg.RAX, splitCount), reg.R10)
	k.Label("number")
	body(scaled)
	k.ADDQ(reg.R9, reg.R12)
	k.ADDQ(reg.R9, reg.R13)
	k.ADDQ(operand.U8(64), reg.R14)
	k.DECQ(reg.R10)
	k.JNZ(operand.LabelRef("number"))
	k.ADDQ(local(splitSlabBytes), reg.RSI)
	k.ADDQ(local(splitSlabBytes), reg.RBX)
	k.ADDQ(local(splitOutBytes), reg.RDI)
	if scaled {
		k.ADDQ(operand.U32(128), at(reg.RAX, splitLowScale))
		k.ADDQ(operand.U32(128), at(reg.RAX, splitHighScale))
	}
	k.DECQ(reg.R11)
	k.JNZ(operand.LabelRef("slab"))
	k.VMOVUPS(splitTraces, at(reg.RAX, splitTrace))
	k.Finish(splitFrame)
}

// lanesMask sets a mask to the first lanes. It uses CX and DX.
func (k *matrixKernel) lanesMask(offset int, mask reg.OpmaskPhysical) {
	k.MOVQ(at(reg.RAX, offset), reg.RCX)
	k.MOVQ(operand.U32(1), reg.RDX)
	k.SHLQ(reg.CL, reg.RDX)
	k.DECQ(reg.RDX)
	k.KMOVW(reg.EDX, mask)
}

// number loads a number for every lane.
func (k *matrixKernel) number(from reg.Register, mask reg.OpmaskPhysical, factors, to reg.VecPhysical, scaled bool) {
	if scaled {
		k.VMULPS_Z(at(from, 0), factors, mask, to)
	} else {
		k.VMOVUPS_Z(at(from, 0), mask, to)
	}
}

// first leaves in part the leading eight bits of x, rounded, and in x what is left.
func (k *matrixKernel) first(x, part reg.VecPhysical) {
	k.VPADDD(x, splitRound, part)
	k.VPANDD(part, splitMask, part)
	k.VSUBPS(part, x, x)
}

// next leaves in part the leading eight bits of x, and in x what is left.
func (k *matrixKernel) next(x, part reg.VecPhysical) {
	k.VPANDD(x, splitMask, part)
	k.VSUBPS(part, x, x)
}

// pack leaves in low words of two halves: the upper halves of low and of high. What is in the other half of high does
// not matter.
func (k *matrixKernel) pack(low, high reg.VecPhysical) {
	const lowOrMaskedHigh = 0xf8
	k.VPSRLD(operand.U8(16), low, low)
	k.VPTERNLOGD(operand.U8(lowOrMaskedHigh), splitMask, high, low)
}

// part returns where a part lies.
func (k *matrixKernel) part(i int) operand.Mem {
	m := at(reg.R14, 0)
	if i > 0 {
		m.Index, m.Scale = reg.R8, uint8(i)
	}
	return m
}

// splitPair takes a number of each of two blocks apart; its words hold the same part of both.
func (k *matrixKernel) splitPair(scaled bool) {
	low, high, lowPart, highPart := reg.Z0, reg.Z1, reg.Z2, reg.Z3
	k.number(reg.R12, reg.K1, splitLowFactors, low, scaled)
	k.number(reg.R13, reg.K2, splitHighFactors, high, scaled)
	k.first(low, lowPart)
	k.first(high, highPart)
	k.pack(lowPart, highPart)
	k.VMOVUPS(lowPart, k.part(0))
	k.next(low, reg.Z4)
	k.next(high, reg.Z5)
	k.pack(reg.Z4, reg.Z5)
	k.VMOVUPS(reg.Z4, k.part(1))
	k.VFMADD231PS(low, high, splitTraces)
	k.pack(low, high)
	k.VMOVUPS(low, k.part(2))
}

// splitSingle takes a number of one block apart; its words hold the first and the second part, and the first and the
// third.
func (k *matrixKernel) splitSingle(scaled bool) {
	x, second := reg.Z0, reg.Z2
	k.number(reg.R12, reg.K1, splitLowFactors, x, scaled)
	k.first(x, reg.Z1)
	k.next(x, second)
	k.VMOVDQA64(reg.Z1, reg.Z3)
	k.pack(reg.Z1, second)
	k.VMOVUPS(reg.Z1, k.part(0))
	k.VADDPS(x, splitTraces, splitTraces)
	k.pack(reg.Z3, x)
	k.VMOVUPS(reg.Z3, k.part(1))
}

// splitWeights writes the routine that takes the weights of one block apart, for singles: the words hold the first
// part twice, the second part twice, and the third and the first.
func (k *matrixKernel) splitWeights(mask, round operand.Mem) {
	k.splitRoutine("splitSingleWeights", false, mask, round, func(bool) {
		x, second := reg.Z0, reg.Z2
		k.number(reg.R12, reg.K1, nil, x, false)
		k.first(x, reg.Z1)
		k.next(x, second)
		k.VADDPS(x, splitTraces, splitTraces)
		k.pack(x, reg.Z1)
		k.VMOVUPS(x, k.part(2))
		k.VMOVDQA64(reg.Z1, reg.Z3)
		k.pack(reg.Z1, reg.Z3)
		k.VMOVUPS(reg.Z1, k.part(0))
		k.VMOVDQA64(second, reg.Z3)
		k.pack(second, reg.Z3)
		k.VMOVUPS(second, k.part(1))
	})
}
