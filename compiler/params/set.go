// Package params holds the values of a graph's parameters: read from a checkpoint and bound by name, or initialised
// from a seed.
//
// A checkpoint file and a graph come in; a Set with exactly the graph's parameters goes out, or Values that are read
// when they are asked for. Nothing else in the compiler needs the values: shapes and names are in the graph.
package params

import "github.com/netc-lang/netc/compiler/ir"

// Tensor is the value of one parameter, in the order of its last dimension first (row-major, as NumPy and PyTorch keep
// it).
type Tensor struct {
	Shape ir.Shape
	Data  []float32 // Shape.Elements() values
}

// Set maps the full names of a graph's parameters ("stem.conv.weight") to their values.
type Set map[string]*Tensor

// Of returns the tensor of a parameter. The set must have been made for the parameter's graph.
func (s Set) Of(p *ir.Param) *Tensor { return s[p.Name] }
