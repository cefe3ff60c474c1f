// Package plan decides everything about running a network that can be decided before it runs: which kernel computes
// each step, where each value lies in one arena, and how the weights are packed in one blob.
//
// A lowered graph and its parameters' values come in (Build); a Plan goes out: steps in order, each with a kernel of typed
// settings and the places it reads and writes. String prints it. The plan knows what kernels exist, not the language they
// are written in.
//
// Values are images [channels, height, width] in row-major float32. The arena is planned by liveness: values that are
// never alive together share memory, elementwise steps and residual additions work in place where nobody else needs the
// value they overwrite, and Flatten and Slice cost nothing, being views.
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

// Output is one result of the network.
type Output struct {
	Name  string // of the node
	Shape ir.Shape
	At    Place
}

// Step is one call of a kernel.
type Step struct {
	Name     string   // of the node: the path of what a person wrote
	Shape    ir.Shape // of the value it makes
	Kernel   Kernel
	Out      Place
	In       []Place
	Residual *Place // added to the result before its function is applied; may be Out
	Scratch  Place  // room to work in, for kernels that need it
	Weights  []Place
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

func aligned(n int) int { return (n + Alignment - 1) / Alignment * Alignment }
