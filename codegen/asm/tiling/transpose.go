package tiling

import "github.com/netc-lang/netc/codegen/asm/isa"

// transposeKernel writes the routine that exchanges rows and columns of squares of 16.
type transposeKernel struct{ vectorKernel }

// Transpose writes it.
func Transpose(m isa.Machine) {
	k := transposeKernel{vectorKernel{writer{m}}}
	const (
		row, rowPitch, rowStep     = isa.I0, isa.I6, isa.I7
		out, outPitch, outStep     = isa.I2, isa.I8, isa.I9
		inAt, outAt, groupAt, left = isa.I4, isa.I5, isa.I3, isa.I1
	)
	k.begin("transpose", "out, in *byte, outPitch, inPitch, outStep, inStep, squares int",
		[]string{"out", "in", "outPitch", "inPitch", "outStep", "inStep", "squares"},
		outAt, inAt, outPitch, rowPitch, outStep, rowStep, left)
	k.inBytes(outPitch, rowPitch, outStep, rowStep)
	side := k.Bytes() / 4 // of the squares that registers hold
	rows, room := make([]isa.Vec, side), make([]isa.Vec, side)
	for i := range side {
		rows[i], room[i] = isa.Vec(i), isa.Vec(side+i)
	}
	k.loop("square", left, func() {
		k.CopyInt(inAt, groupAt)
		for group := range k.halves() {
			k.CopyInt(outAt, out)
			for part := range k.halves() {
				k.CopyInt(groupAt, row)
				for _, r := range rows {
					k.Load(isa.At(row, part*k.Bytes()), r)
					k.AddInt(rowPitch, row)
				}
				for _, column := range k.Transpose(rows, room) {
					k.Store(column, isa.At(out, group*k.Bytes()))
					k.AddInt(outPitch, out)
				}
			}
			k.CopyInt(row, groupAt)
		}
		k.AddInt(rowStep, inAt)
		k.AddInt(outStep, outAt)
	})
	k.Finish(0)
}
