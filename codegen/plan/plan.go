// Package plan decides everything about running a network that can be decided before it runs: which kernel computes
// each step, what is merged into one, where each value lies in one arena, and how the weights are packed in one blob.
//
// A lowered graph and its parameters' values come in (Build); a Plan goes out: steps in order, each with one of package
// kernel's structs, which have settings and operands. String prints it. An engine runs it (package execute), or package
// golang writes it as a Go package.
//
// Values are blocked: channels in groups of 16 that lie side by side, [ceil(channels/16)][height][width][16] float32,
// so that a pixel of a group is a cache line. A vector is the same with one pixel, which makes it a plain list. The
// caller's images and results are planar, [channels][height][width].
//
// Building goes in four stages, each a file:
//
//	fuse.go    finds nodes that one kernel computes together: by what they are, never by the block they come from
//	select.go  makes steps of nodes: the kernel, what it reads and writes, its weights
//	reuse.go   lets steps write where what they read last lay
//	arena.go   gives every value its place
//
// Until the last stage an operand in the arena is the number of a view; operand.go finds operands in kernels by their
// tags.
package plan

import (
	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/compiler/ir"
)

// Plan is a network ready to be run, or to be written as a program.
type Plan struct {
	Name       string // the graph's
	Inputs     []Input
	Outputs    []Output
	Steps      []Step
	Arena      int       // floats that one inference needs for its values
	LowerBound int       // floats alive at the worst moment: no arena can be smaller
	Weights    []float32 // packed, every piece at a multiple of Alignment
}

// Input is one value that the network is given, planar. Its place is the space of its number.
type Input struct {
	Name  string
	Shape ir.Shape
}

// Output is one result of the network, planar.
type Output struct {
	Name  string // as a person wrote it
	Shape ir.Shape
	At    kernel.Ref // in the arena
}

// Step is one kernel of the network.
type Step struct {
	Name   string   // of the node: the path of what a person wrote
	Merged []string // names of further nodes that the step computes
	Shape  ir.Shape // of the value it makes
	FLOPs  int64    // floating-point operations, a multiply-add being two
	For    uint64   // the outputs that need it, a bit for each by its number; 0 where all do
	Kernel kernel.Kernel
}

// Bytes returns how many bytes the step reads and writes, without the sums that it leaves.
func (s *Step) Bytes() int64 {
	floats := 0
	for _, o := range operandsOf(s.Kernel) {
		if o.name != sums || o.role == in {
			floats += o.ref.Length
		}
	}
	return 4 * int64(floats)
}

// ReadsWeight reports whether one of the packed weights, by its number, belongs to the step.
func (s *Step) ReadsWeight(number int) bool {
	for _, o := range operandsOf(s.Kernel) {
		if o.role == weights && o.ref.Offset <= number && number < o.ref.Offset+o.ref.Length {
			return true
		}
	}
	return false
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
