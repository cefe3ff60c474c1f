package plan

import (
	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/compiler/ir"
)

// fusions are the nodes that are computed together with others.
type fusions struct {
	// expands maps depthwise convolutions to the convolution before them, of the caller's image or 1×1, when nothing
	// else reads that:
	//
	//	Depthwise (Planar image) → PlanarDepthwise image
	//	Depthwise (Pointwise x)  → ExpandDepthwise x
	//
	// Convolutions of groups of eight channels are like depthwise ones there, if they are behind a 1×1 one of many
	// pixels and no plan of float16 has the same weights, of which there is no such kernel.
	expands map[*ir.Node]*ir.Node

	// scales maps 1×1 convolutions to the product of their input with a factor for every channel, when nothing else
	// reads that. The factors go to the weights:
	//
	//	Pointwise (Mul x factors) → Pointwise(Scale: factors) x
	//
	// Only where there are more pixels than outputs: with fewer, scaling the weights costs more than scaling the input.
	scales map[*ir.Node]*ir.Node

	// summed are the depthwise convolutions whose channels' means are wanted. Their sums are taken along the way:
	//
	//	GlobalAvgPool (Depthwise x) → AverageSums of Depthwise
	summed map[*ir.Node]bool

	// inner are the nodes that have no step of their own for being part of another's.
	inner map[*ir.Node]bool
}

// findFusions finds them in one walk over the graph, so that a node which is part of one fusion is not offered to
// another: a 1×1 convolution that takes factors into its weights is no expansion.
func findFusions(g *ir.Graph, floats bool) fusions {
	f := fusions{expands: map[*ir.Node]*ir.Node{}, scales: map[*ir.Node]*ir.Node{}, summed: map[*ir.Node]bool{},
		inner: map[*ir.Node]bool{}}
	readers := map[*ir.Node]int{}
	for _, n := range g.Nodes {
		for _, in := range n.Inputs {
			readers[in]++
		}
	}
	for _, o := range g.Outputs {
		readers[o.Node]++
	}
	for _, n := range g.Nodes {
		switch {
		case isPointwise(n):
			if mul := n.Inputs[0]; readers[mul] == 1 && isChannelProduct(mul) && pixelsOf(n.Shape) > n.Shape[0] {
				f.scales[n], f.inner[mul] = mul, true
			}
		case isDepthwise(n):
			expand := n.Inputs[0]
			if readers[expand] == 1 && (isPlanar(expand) || isPointwise(expand)) && len(n.Inputs) == 1 &&
				len(expand.Inputs) == 1 && f.scales[expand] == nil {
				f.expands[n], f.inner[expand] = expand, true
			}
		case floats && isByEights(n):
			expand := n.Inputs[0]
			if readers[expand] == 1 && isPointwise(expand) && pixelsOf(expand.Shape) >= manyPixels &&
				len(n.Inputs) == 1 && len(expand.Inputs) == 1 && f.scales[expand] == nil {
				f.expands[n], f.inner[expand] = expand, true
			}
		case isMean(n):
			if isDepthwise(n.Inputs[0]) {
				f.summed[n.Inputs[0]] = true
			}
		}
	}
	return f
}

// manyPixels is from how many pixels on groups of eight channels are computed with the 1×1 convolution before them:
// with fewer, products of all pixels in a row, and the matrix unit, gain more than what lies between costs.
const manyPixels = 512

// isMean reports whether the node averages each channel of an image.
func isMean(n *ir.Node) bool {
	_, ok := n.Op.(ir.GlobalAvgPool)
	return ok
}

// convOf returns the convolution that a node is, without what is fused into it.
func convOf(n *ir.Node) (ir.Conv, bool) {
	conv, ok := ir.Unfuse(n.Op).Base.(ir.Conv)
	return conv, ok
}

// mustConv returns the convolution of a node that is one.
func mustConv(n *ir.Node) ir.Conv { return ir.Unfuse(n.Op).Base.(ir.Conv) }

// isPlanar reports whether the node is a dense convolution of the caller's image.
func isPlanar(n *ir.Node) bool {
	op, ok := convOf(n)
	if !ok || isDepthwise(n) || op.Groups > 1 {
		return false
	}
	_, ok = n.Inputs[0].Op.(ir.Input)
	return ok
}

// isPointwise reports whether the node is a 1×1 convolution of an image.
func isPointwise(n *ir.Node) bool {
	op, ok := convOf(n)
	return ok && !isDepthwise(n) && op.Kernel == ir.Square(1) && op.Stride == ir.Square(1) && op.Groups == 1 &&
		op.Pad == ir.Padding{} &&
		pixelsOf(n.Shape) > 1
}

// isDepthwise reports whether the node is a convolution of each channel by itself.
func isDepthwise(n *ir.Node) bool {
	op, ok := convOf(n)
	return ok && op.Groups == op.Out && op.Groups == n.Inputs[0].Shape[0]
}

// isByEights reports whether the node is a convolution of groups of eight channels that kernels slide.
func isByEights(n *ir.Node) bool {
	op, ok := convOf(n)
	if !ok || op.Groups == 1 || op.Out != 8*op.Groups || n.Inputs[0].Shape[0] != op.Out {
		return false
	}
	window := windowOf(n)
	return kernel.HasEightsSlide(&window)
}

// isChannelProduct reports whether the node multiplies each pixel with a factor for every channel.
func isChannelProduct(n *ir.Node) bool {
	if _, ok := n.Op.(ir.Mul); !ok || !n.Shape.IsImage() {
		return false
	}
	_, factors := valueAndChannels(n)
	return factors != nil
}

// valueAndChannels tells the inputs of an elementwise node apart: the one of the result's shape and the one of a number
// for every channel. channels is nil when both are of one shape, and both are where neither is the case.
func valueAndChannels(n *ir.Node) (value, channels *ir.Node) {
	a, b := n.Inputs[0], n.Inputs[1]
	switch {
	case a.Shape.Equal(b.Shape):
		return a, nil
	case a.Shape.Equal(n.Shape) && perChannel(b.Shape, n.Shape):
		return a, b
	case b.Shape.Equal(n.Shape) && perChannel(a.Shape, n.Shape):
		return b, a
	}
	return nil, nil
}

// perChannel reports whether s is a number for each channel: [C, 1, 1] of an image, [1, features] of a sequence.
func perChannel(s, whole ir.Shape) bool {
	return len(s) == len(whole) && channelsOf(s) == channelsOf(whole) && pixelsOf(s) == 1
}
