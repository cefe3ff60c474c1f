package plan

import "github.com/netc-lang/netc/compiler/ir"

// Kernel is what a step does, with its settings. The implementations are the structs of this file; switch on their types.
//
// Unless it says otherwise, a kernel reads and writes blocked values and has, besides its inputs, what the Step lists.
// Weights are packed as the package codegen/kernel documents.
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
	// Planar is a dense convolution of the planar image. Weights: [Out/16][In × Size × Size][16] and biases.
	Planar struct {
		In, Out  int
		Window   Window
		Function ir.Function
	}

	// Pointwise is a 1×1 convolution of stride 1. Weights: [Out/16][In][16] and biases.
	Pointwise struct {
		In, Out, Pixels int
		Scaled          bool // every input channel is multiplied with the step's Scale first
		Function        ir.Function
	}

	// Conv is any convolution. Weights: [Out/16][depth][16] and biases.
	Conv struct {
		Groups, In, Out int
		Window          Window
		Function        ir.Function
	}

	// Winograd is a Conv of one group with a window of size 3, stride and dilation 1, computed by Winograd's algorithm. Weights: those of
	// that Conv.
	Winograd struct {
		In, Out  int
		Window   Window
		Function ir.Function
	}

	// Depthwise convolves each channel with a window of its own. Weights: [Channels/16][Size × Size][16] and biases.
	Depthwise struct {
		Channels int
		Window   Window
		Function ir.Function
	}

	// ExpandDepthwise is a 1×1 convolution of stride 1 and a depthwise convolution of its result, which never exists as a
	// whole. Weights: those of a Pointwise and those of a Depthwise.
	ExpandDepthwise struct {
		In, Channels   int
		Window         Window
		ExpandFunction ir.Function
		Function       ir.Function
	}

	// PlanarDepthwise is a Planar and a depthwise convolution of its result, which never exists as a whole. Weights: those of
	// the Planar and those of a Depthwise.
	PlanarDepthwise struct {
		Planar   Planar
		Window   Window
		Function ir.Function
	}

	// Linear multiplies a vector with a matrix. Weights: [Out/16][In][16] and biases.
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

	// AverageSums takes the mean of each channel of Pixels pixels from the sums that the step numbered Of left.
	AverageSums struct{ Channels, Pixels, Of int }

	// Activate applies a function to a number of floats.
	Activate struct {
		Floats   int
		Function ir.Function
	}

	// Affine multiplies each channel by a factor and adds an offset, the two weights.
	Affine struct{ Channels, Pixels int }

	// Add and Multiply take two values of one shape, of a number of floats.
	Add      struct{ Floats int }
	Multiply struct{ Floats int }

	// AddChannels and MultiplyChannels take a value and, second, one value per channel of it.
	AddChannels      struct{ Channels, Pixels int }
	MultiplyChannels struct{ Channels, Pixels int }

	// CopyChannels copies Channels channels, beginning with From of the input, to those beginning with To of the output,
	// and zeros to the rest of the last block it touches.
	CopyChannels struct{ From, To, Channels, Pixels int }

	// Block brings a planar value into blocked layout, Unblock a blocked one into planar layout.
	Block   struct{ Channels, Pixels int }
	Unblock struct{ Channels, Pixels int }
)

func (Planar) kernel()           {}
func (Pointwise) kernel()        {}
func (Conv) kernel()             {}
func (Winograd) kernel()         {}
func (Depthwise) kernel()        {}
func (ExpandDepthwise) kernel()  {}
func (PlanarDepthwise) kernel()  {}
func (Linear) kernel()           {}
func (MaxPool) kernel()          {}
func (AveragePool) kernel()      {}
func (GlobalAverage) kernel()    {}
func (AverageSums) kernel()      {}
func (Activate) kernel()         {}
func (Affine) kernel()           {}
func (Add) kernel()              {}
func (Multiply) kernel()         {}
func (AddChannels) kernel()      {}
func (MultiplyChannels) kernel() {}
func (CopyChannels) kernel()     {}
func (Block) kernel()            {}
func (Unblock) kernel()          {}
