package plan

import "github.com/netc-lang/netc/compiler/ir"

// Kernel is what a step does, with its settings. The implementations are the structs of this file; switch on their types.
type Kernel interface{ kernel() }

// Window says how a square window slides over an image. What padding lies below and to the right of the image follows
// from the output's size.
type Window struct {
	InHeight, InWidth      int
	OutHeight, OutWidth    int
	Size, Stride, Dilation int
	Top, Left              int // padding
}

type (
	// Pointwise is a 1×1 convolution of stride 1. Weights: blocks of four outputs [Out/4][In][4], biases [Out], both
	// filled up with zeros. Scratch: In × Strip.
	Pointwise struct {
		In, Out, Pixels int
		Strip           int // pixels handled together
		Function        ir.Function
	}

	// Conv is any convolution. In and Out are the channels of one group. Weights: for each group, blocks of four outputs
	// [Out/4][In × Size × Size][4], biases [Out], both filled up with zeros. Scratch: In × Size × Size × Strip.
	Conv struct {
		Groups, In, Out int
		Window          Window
		Strip           int
		Function        ir.Function
	}

	// Depthwise convolves each channel with a window of its own. Weights: [Channels, Size, Size], biases [Channels].
	Depthwise struct {
		Channels int
		Window   Window
		Function ir.Function
	}

	// Linear multiplies a vector with a matrix. Weights: blocks of four outputs [Out/4][In][4], biases [Out], both filled
	// up with zeros.
	Linear struct {
		In, Out  int
		Function ir.Function
	}

	// MaxPool takes the largest element of each window.
	MaxPool struct {
		Channels int
		Window   Window
	}

	// AveragePool takes the mean of each window.
	AveragePool struct {
		Channels     int
		Window       Window
		CountPadding bool
	}

	// GlobalAverage takes the mean of each channel.
	GlobalAverage struct{ Channels, Pixels int }

	// Activate applies a function to its input in place or from one place to another.
	Activate struct{ Function ir.Function }

	// Affine multiplies each channel by a factor and adds an offset, the two weights.
	Affine struct{ Pixels int }

	// Add and Multiply take two values of one shape.
	Add      struct{}
	Multiply struct{}

	// AddChannels and MultiplyChannels take a value and, second, one value per channel of it.
	AddChannels      struct{ Pixels int }
	MultiplyChannels struct{ Pixels int }

	// Copy copies its input.
	Copy struct{}
)

func (Pointwise) kernel()        {}
func (Conv) kernel()             {}
func (Depthwise) kernel()        {}
func (Linear) kernel()           {}
func (MaxPool) kernel()          {}
func (AveragePool) kernel()      {}
func (GlobalAverage) kernel()    {}
func (Activate) kernel()         {}
func (Affine) kernel()           {}
func (Add) kernel()              {}
func (Multiply) kernel()         {}
func (AddChannels) kernel()      {}
func (MultiplyChannels) kernel() {}
func (Copy) kernel()             {}
