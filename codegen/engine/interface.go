package engine

import "context"

// Model is what the Model of every generated package does, for programs that hold several networks. It names no type of
// a package, so that those that stand alone have it too.
type Model interface {
	// Inputs and Outputs say what goes into the network and comes out of it, in the order of the source.
	Inputs() []Tensor
	Outputs() []Tensor

	// Run is Infer for who does not know the network: a slice for each input and for each output, of the type that its
	// Tensor says, with a whole number of images one behind the other.
	Run(ctx context.Context, inputs, outputs []any) error

	// Weights returns the hash of the weights in use, and String all there is to log: network, source, weights, netc.
	Weights() string
	String() string

	Swap(path string) error
	Verify() error
	Close() error

	SetWorkers(n int)
	Stats() Stats
	Memory() MemoryUse
}
