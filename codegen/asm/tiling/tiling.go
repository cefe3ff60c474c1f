// Package tiling writes the routines that kernels run on, once for all instruction sets: what tiles, unrolls,
// keeps accumulators and applies epilogues. An isa.Machine comes in and has the routines appended to it.
//
// A routine takes a pointer to a Go struct of package kernel, whose offsets are those of offsets.go, and works on one
// kind of tile: so many output pixels and blocks of channels at once. A block is 16 channels, side by side, 64 bytes
// a pixel; it takes one register of AVX-512 and two of AVX2. With arithmetic of float16 it is 32 channels, and as many
// bytes.
//
// # Registers
//
// Accumulators are vector registers 4 and upwards (of float16, 8 and upwards), so that one routine per instruction set
// can apply functions to any number of them in place; it may overwrite the others. Those before are temporary. The
// function's number and that of the accumulators are handed over in integer registers.
package tiling

import (
	"fmt"

	"github.com/netc-lang/netc/codegen/asm/isa"
)

// pixel is the bytes of a pixel of a block.
const pixel = 64

// What the routine that applies functions is given.
const (
	functionAt    = isa.I1 // the bound function: its routine's address and what that reads
	functionCount = isa.I4
)

// writer adds a few words to a machine's.
type writer struct{ isa.Machine }

// accumulator returns a register that holds results.
func (w writer) accumulator(i int) isa.Vec { return w.FirstAccumulator() + isa.Vec(i) }

// halves returns how many registers one pixel of a block takes.
func (w writer) halves() int { return pixel / w.Bytes() }

// eachHalf calls a function for every register of a pixel, with its displacement.
func (w writer) eachHalf(do func(half, displacement int)) {
	for half := range w.halves() {
		do(half, half*w.Bytes())
	}
}

// copyLocal copies a number to the stack by way of a register.
func (w writer) copyLocal(from isa.Mem, to int, by isa.Int) {
	w.LoadInt(from, by)
	w.StoreInt(by, isa.Local(to))
}

// applyFunction calls the routine of the function to which a setting points, for the first results accumulators, unless
// that is nil; then it goes on at the label.
func (w writer) applyFunction(setting isa.Mem, results int, label string) {
	w.LoadInt(setting, functionAt)
	w.callFunction(results, label)
}

// callFunction is applyFunction where the pointer is in its register.
func (w writer) callFunction(results int, label string) {
	w.JumpIfZero(functionAt, label)
	w.SetInt(results, functionCount)
	w.CallAt(functionAt)
	w.Label(label)
}

// loadBytes loads a number of floats, in which all pitches are given, as a number of bytes.
func (w writer) loadBytes(from isa.Mem, to isa.Int) {
	w.LoadInt(from, to)
	w.ShiftLeft(2, to)
}

// name is how the set ends names of routines.
func (w writer) name() string { return w.Set().Name }

// choose jumps to the label of a number between low and high, which is in a register, by halving the range. Neighbours
// may share a label.
func (w writer) choose(number isa.Int, low, high int, label func(int) string) {
	if label(low) == label(high) {
		w.Jump(label(low))
		return
	}
	middle := (low + high) / 2
	for label(middle) == label(middle+1) {
		middle++
	}
	if low == middle {
		w.JumpIfAtMost(number, middle, label(middle))
		w.choose(number, middle+1, high, label)
		return
	}
	upper := fmt.Sprintf("%s_or_more", label(middle+1))
	w.JumpIfAbove(number, middle, upper)
	w.choose(number, low, middle, label)
	w.Label(upper)
	w.choose(number, middle+1, high, label)
}

// inSteps writes a loop over a count, so many at a time and the rest one at a time. The count, which may be zero, is
// used up.
func (w writer) inSteps(count isa.Int, together int, body func(n int)) {
	w.Less(together, count, "rest")
	w.Label("together")
	body(together)
	w.Enough(together, count, "together")
	w.Label("rest")
	w.Restore(together, count, "done")
	w.Label("one")
	body(1)
	w.Repeat(count, "one")
	w.Label("done")
}
