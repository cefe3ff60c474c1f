// Package plan decides everything about running a network that can be decided before it runs: which kernel computes
// each step, what is merged into one, where each value lies in one arena, and how the weights are packed in one blob.
//
// A lowered graph and its parameters' values come in (Build); a Plan goes out: steps in order, each with one of package
// kernel's structs, which have settings and operands. String prints it. An engine runs it (package execute), or package
// golang writes it as a Go package.
//
// Values and weights are bytes with a layout (kernel.Value). Values are blocked: channels in groups of 16 that lie
// side by side, [ceil(channels/16)][height][width][16] float32, so that a pixel of a group is a cache line. A vector
// is the same with one pixel, which makes it a plain list; of a sequence [tokens, features], tokens are pixels and
// features channels. place.go has what lies otherwise. The caller's images and results are planar,
// [channels][height][width]. Weights may be of another type than values (WithWeights); those of one type lie together
// in a section of the blob.
//
// Building (build.go) goes in five stages, each a file:
//
//	fuse.go      finds nodes that one kernel computes together: by what they are, never by the block they come from
//	operator.go  makes steps of nodes, by a table: the kernel, what it reads and writes, its weights
//	needs.go     marks each step with the outputs that need it, so that an inference can leave out the others
//	reuse.go     lets steps write where what they read last lay
//	arena.go     gives every value its place
//
// The second has further files:
//
//	select.go       what the rows of that table have in common
//	conv.go         convolutions and linear layers
//	elementwise.go  sums, products and what is done to each element or channel
//	tensor.go       operations on values of any rank, most of which copy nothing
//	place.go        where the elements of such a value lie, axis by axis, and copies in the layout that a kernel needs
//	join.go         which values are computed where a concatenation of channels has them, so that it copies nothing
//	winograd.go     the model of costs that chooses between the direct convolution and Winograd's
//	weights.go      packs weights in blocks of 16 outputs, and what layers share once
//
// For arithmetic of float16 (WithArithmetic) a network is planned twice, with float32 alone and with both: half.go.
//
// Until the last stage each buffer is a space of its own, from whose beginning the offsets of operands count.
//
// operand.go finds operands in kernels by their tags. Of a finished plan, text.go is its text, and packing.go the part
// of it that a file of weights must fit.
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
	Arena      int              // bytes that one inference needs for its values
	LowerBound int              // bytes alive at the worst moment: no arena can be smaller
	Weights    []byte           // packed, little-endian
	Sections   []kernel.Section // of which types the weights are, in the order in which they lie: see packer

	// Half is the network for processors that compute with float16, if some of its steps do so then: other steps, and
	// outputs in other places of an arena of its own. It reads the weights of this plan, and has none.
	Half    *Plan
	narrows bool // it was asked for
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
	sum := int64(0)
	for _, o := range operandsOf(s.Kernel) {
		if o.name != sums || o.role == in {
			sum += int64(o.ref.Value.Bytes())
		}
	}
	return sum
}

// Lanes is how many channels lie side by side in a blocked value.
const Lanes = kernel.Lanes

// aligned returns the multiple of the alignment that so many bytes take.
func aligned(bytes int) int {
	return (bytes + kernel.Alignment - 1) / kernel.Alignment * kernel.Alignment
}

// blocksOf returns how many blocks a number of channels takes.
func blocksOf(channels int) int { return (channels + Lanes - 1) / Lanes }

// blocked returns the value of a shape in blocks, as float32.
func blocked(shape ir.Shape) kernel.Value {
	return kernel.Blocked(kernel.F32, channelsOf(shape), pixelsOf(shape))
}

// channelsOf returns how many elements of a value lie in blocks: the channels of an image, the last axis of all else.
func channelsOf(shape ir.Shape) int {
	if shape.IsImage() {
		return shape[0]
	}
	return shape[len(shape)-1]
}

// pixelsOf returns the number of pixels of an image; a vector has one, anything else one for each vector in it.
func pixelsOf(shape ir.Shape) int {
	if shape.IsImage() {
		return shape[1] * shape[2]
	}
	return shape[:len(shape)-1].Elements()
}
