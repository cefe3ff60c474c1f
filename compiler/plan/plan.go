// Package plan decides everything about running a network that can be decided before it runs: which kernel computes
// each step, what is merged into one, where each value lies in one arena, and how the weights are packed in one blob.
//
// A lowered graph and its parameters' values come in (Build); a Plan goes out: steps in order, each with a kernel of typed
// settings and the places it reads and writes. String prints it. The plan knows what kernels exist, not the language they
// are written in.
//
// Values are blocked: channels in groups of 16 that lie side by side, [ceil(channels/16)][height][width][16] float32, so
// that a pixel of a group is a cache line. A vector is the same with one pixel, which makes it a plain list. The caller's
// image and results are planar, [channels][height][width].
//
// Building goes in four stages, each a file:
//
//	fuse.go    finds nodes that one kernel computes together: by what they are, never by the block they come from
//	select.go  makes steps of nodes: the kernel, what it reads and writes, its weights
//	reuse.go   lets steps write where what they read last lay
//	arena.go   gives every value its place
package plan

import (
	"github.com/netc-lang/netc/compiler/ir"
)

// Plan is a network ready to be written as a program.
type Plan struct {
	Name       string // the graph's
	Input      ir.Shape
	Outputs    []Output
	Steps      []Step
	Arena      int       // floats that one inference needs for its values
	LowerBound int       // floats alive at the worst moment: no arena can be smaller
	Weights    []float32 // packed, every piece at a multiple of Alignment
}

// Output is one result of the network, planar.
type Output struct {
	Name  string // of the node
	Shape ir.Shape
	At    Place // in the arena
}

// Step is one call of a kernel.
type Step struct {
	Name     string   // of the node: the path of what a person wrote
	Merged   []string // names of further nodes that the step computes
	Shape    ir.Shape // of the value it makes
	FLOPs    int64    // floating-point operations, a multiply-add being two
	Kernel   Kernel
	Out      Place
	In       []Place
	Residual *Place // added to the result before its function is applied; may be Out
	Scale    *Place // a factor for every input channel
	Sums     *Place // room for the sums of each channel's results, piece by piece: as many rows as there are pieces
	Weights  []Place
}

// Bytes returns how many bytes the step reads and writes.
func (s *Step) Bytes() int64 {
	floats := s.Out.Length
	for _, places := range [][]Place{s.In, s.Weights} {
		for _, p := range places {
			floats += p.Length
		}
	}
	for _, p := range []*Place{s.Residual, s.Scale} {
		if p != nil {
			floats += p.Length
		}
	}
	return 4 * int64(floats)
}

// Space is where a Place lies.
type Space int

// The spaces: nowhere, the caller's image, the arena, the weights.
const (
	None Space = iota
	Image
	Arena
	Weights
)

// Place is a range of floats in a space.
type Place struct {
	Space          Space
	Offset, Length int
}

// Alignment of values and weights, in floats: 64 bytes, a cache line and the widest vector there is.
const Alignment = 16

// Lanes is how many channels lie side by side in a blocked value.
const Lanes = 16

func aligned(n int) int { return (n + Alignment - 1) / Alignment * Alignment }

// blocksOf returns how many blocks a number of channels takes.
func blocksOf(channels int) int { return (channels + Lanes - 1) / Lanes }

// blockedFloats returns the length of a blocked value.
func blockedFloats(shape ir.Shape) int { return blocksOf(shape[0]) * Lanes * pixelsOf(shape) }

// pixelsOf returns the number of pixels of an image; a vector has one.
func pixelsOf(shape ir.Shape) int {
	if shape.IsImage() {
		return shape[1] * shape[2]
	}
	return 1
}
