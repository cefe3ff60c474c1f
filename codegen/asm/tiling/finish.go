package tiling

import (
	"fmt"

	"github.com/netc-lang/netc/codegen/asm/isa"
)

// finishTogether is how many pixels are finished at a time.
const finishTogether = 8

// The integer registers of a finish.
const (
	fSettings    = isa.I0 // the struct
	fResidual    = isa.I2 // the pixel at hand
	fSums        = isa.I3
	fOut         = isa.I5
	fPixelsLeft  = isa.I6
	fOutRow      = isa.I7
	fSumsRow     = isa.I8
	fResidualRow = isa.I9
	fRowsLeft    = isa.I10
	fFunction    = isa.I11
)

// The frame of a finish: pitches of rows in bytes.
const (
	fOutPitch = 8 * iota
	fSumsPitch
	finishFrame
)

type finishKernel struct{ writer }

// FinishPixels writes the routine that makes results of sums that another unit has left in memory, some rows of them:
// it adds the residual, unless that is nil, and applies a function.
func FinishPixels(m isa.Machine, name string) {
	k := finishKernel{writer{m}}
	k.Routine(name, "func(f *byte)")
	k.Compute(finishFrame)
	k.LoadInt(isa.Param("f", 0), fSettings)
	for _, pitch := range []struct{ offset, to int }{{finishOutPitch, fOutPitch}, {finishSumsPitch, fSumsPitch}} {
		k.loadBytes(isa.At(fSettings, pitch.offset), fOut)
		k.StoreInt(fOut, isa.Local(pitch.to))
	}
	for _, load := range []struct {
		offset int
		to     isa.Int
	}{{finishOut, fOutRow}, {finishSums, fSumsRow}, {finishResidual, fResidualRow}, {finishRows, fRowsLeft}} {
		k.LoadInt(isa.At(fSettings, load.offset), load.to)
	}
	k.LoadInt(isa.At(fSettings, finishFunction), fFunction)
	k.Label("row")
	for _, start := range []struct{ from, to isa.Int }{{fOutRow, fOut}, {fSumsRow, fSums}, {fResidualRow, fResidual}} {
		k.CopyInt(start.from, start.to)
	}
	k.LoadInt(isa.At(fSettings, finishPixelCount), fPixelsLeft)
	k.Less(finishTogether, fPixelsLeft, "rest")
	k.Label("together")
	k.pixels(finishTogether)
	k.Enough(finishTogether, fPixelsLeft, "together")
	k.Label("rest")
	k.Restore(finishTogether, fPixelsLeft, "next")
	label := func(n int) string { return fmt.Sprintf("rest%d", n) }
	k.choose(fPixelsLeft, 1, finishTogether-1, label)
	for n := 1; n < finishTogether; n++ {
		k.Label(label(n))
		k.pixels(n)
		k.Jump("next")
	}
	k.Label("next")
	k.AddMem(isa.Local(fOutPitch), fOutRow)
	k.AddMem(isa.Local(fSumsPitch), fSumsRow)
	k.JumpIfZero(fResidualRow, "withoutResidual")
	k.AddMem(isa.Local(fOutPitch), fResidualRow)
	k.Label("withoutResidual")
	k.Repeat(fRowsLeft, "row")
	k.Finish(finishFrame)
}

// pixels finishes n pixels, each in one register.
func (k finishKernel) pixels(n int) {
	name := fmt.Sprintf("some%d", n)
	for i := range n {
		k.Load(isa.At(fSums, pixel*i), k.accumulator(i))
	}
	k.JumpIfZero(fResidual, name+"_function")
	for i := range n {
		k.Add(isa.At(fResidual, pixel*i), k.accumulator(i), k.accumulator(i))
	}
	k.AddConst(pixel*n, fResidual)
	k.Label(name + "_function")
	k.CopyInt(fFunction, functionAt)
	k.callFunction(n, name+"_store")
	for i := range n {
		k.Store(k.accumulator(i), isa.At(fOut, pixel*i))
	}
	k.AddConst(pixel*n, fSums)
	k.AddConst(pixel*n, fOut)
}
