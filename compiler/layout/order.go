// Package layout finds the order of dimensions in which a checkpoint has each weight.
//
// A network's convolutions and linear layers come in with the tensors that shall be their weights (Choose); a Layout
// goes out for each, which reads the tensor as the network wants it, or the reason why there is none. Where shapes
// can be read in several ways, the other tensors of the file decide, then names, then somebody has to say it: nothing
// is guessed.
//
// An order is a word with a letter for each dimension as it lies in the file:
//
//	O  outputs                    OIHW  PyTorch, ONNX, MXNet, Caffe, Paddle; the network's own
//	I  inputs of one group        HWIO  TensorFlow, Keras, Flax, Haiku
//	H  rows of the kernel         HWIM  their depthwise convolutions: M outputs for each of I inputs
//	W  columns of the kernel      OHWI  TensorFlow Lite, MLX
//	M  multiplier                 IO    dense layers of TensorFlow, Keras, Flax and Paddle; OI PyTorch's
//	C  channels of the flattened  HWCO  a dense layer behind a flattened image: I is H, W and C, or C, H and W
package layout

import (
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
)

// Layout is how a tensor lies. The zero Layout is the network's own order.
type Layout struct {
	Order string // such as "HWIO"; "" for the network's own
	view  []int64
	axes  []int // of view, for each dimension of the network's
}

// Plain reports whether the elements stand in the network's own order.
func (l Layout) Plain() bool { return l.Order == "" }

// Of returns the tensor as the network wants it.
func (l Layout) Of(t *stored.Tensor) (*stored.Tensor, error) {
	if l.Plain() {
		return t, nil
	}
	return t.Arranged(l.view, l.axes)
}

// sameAs reports whether two layouts put every element in the same place: dimensions of one stand anywhere.
func (l Layout) sameAs(other Layout) bool { return slices.Equal(l.longAxes(), other.longAxes()) }

// longAxes returns the axes of more than one element, numbered without the others, or nil for the network's own order.
func (l Layout) longAxes() []int {
	if l.Plain() {
		return nil
	}
	var axes []int
	ordered := true
	for _, a := range l.axes {
		if l.view[a] == 1 {
			continue
		}
		before := 0
		for _, d := range l.view[:a] {
			if d != 1 {
				before++
			}
		}
		ordered = ordered && before == len(axes)
		axes = append(axes, before)
	}
	if ordered {
		return nil
	}
	return axes
}

// weight is what a layer's weight has of dimensions, by their letters.
type weight struct {
	conv      bool
	sizes     map[byte]int64
	depthwise bool     // with I channels and M outputs for each
	image     ir.Shape // of what is flattened before a linear layer: its inputs are C·H·W; nil where that is a vector
}

// weightOf describes a node's weight. Only convolutions and linear layers have one.
func weightOf(n *ir.Node) weight {
	shape := n.Param(ir.Weight).Shape
	w := weight{sizes: map[byte]int64{'O': int64(shape[0]), 'I': int64(shape[1])}}
	switch op := n.Op.(type) {
	case ir.ConvTranspose: // [inputs, outputs, …], and what is the other way round elsewhere is so there, too
		w.conv = true
		w.sizes['H'], w.sizes['W'] = int64(shape[2]), int64(shape[3])
	case ir.Conv:
		w.conv = true
		w.sizes['H'], w.sizes['W'] = int64(shape[2]), int64(shape[3])
		if w.depthwise = op.Groups > 1 && shape[1] == 1; w.depthwise {
			w.sizes['M'] = int64(shape[0] / op.Groups)
		}
	case ir.Linear:
		if image := flattened(n.Inputs[0]); len(image) == 3 && image[1]*image[2] > 1 {
			w.image = image
			w.sizes['C'], w.sizes['H'], w.sizes['W'] = int64(image[0]), int64(image[1]), int64(image[2])
		}
	}
	return w
}

// flattened returns the shape of the image whose elements a vector has, in their order, or nil.
func flattened(n *ir.Node) ir.Shape {
	for {
		switch n.Op.(type) {
		case ir.Flatten:
			return n.Inputs[0].Shape
		case ir.Dropout, ir.DropPath, ir.Activation, ir.PReLU:
			n = n.Inputs[0]
		default:
			return nil
		}
	}
}

// own returns the letters in the network's order: "OIHW", or "IMHW" for an order of a depthwise convolution that
// speaks of M.
func (w weight) own(order string) string {
	switch {
	case w.conv && strings.Contains(order, "M"):
		return "IMHW"
	case w.conv:
		return "OIHW"
	case strings.Contains(order, "C"):
		return "OCHW"
	}
	return "OI"
}

// size returns the elements along a letter's dimension, which an order with M counts in another way.
func (w weight) size(letter byte, order string) int64 {
	if letter == 'I' && strings.Contains(order, "M") {
		return w.sizes['O'] / w.sizes['M']
	}
	return w.sizes[letter]
}

// Known reports whether a word is an order of some weight.
func Known(order string) bool {
	for _, own := range []string{"OIHW", "IMHW", "OI", "OCHW"} {
		if sameLetters(order, own) {
			return true
		}
	}
	return false
}

func sameLetters(a, b string) bool {
	x, y := []byte(a), []byte(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// in returns the layout of an order, and whether the weight has such dimensions.
func (w weight) in(order string) (Layout, bool) {
	own := w.own(order)
	has := func(letter string) bool { return strings.Contains(order, letter) }
	if !sameLetters(order, own) || has("M") && !w.depthwise || has("C") && w.image == nil {
		return Layout{}, false
	}
	l := Layout{Order: order}
	for i := range order {
		l.view = append(l.view, w.size(order[i], order))
	}
	for i := range own {
		l.axes = append(l.axes, strings.IndexByte(order, own[i]))
	}
	if order == own {
		l.Order = ""
	}
	return l, true
}

// fits reports whether a tensor has the layout's dimensions, but for ones.
func (l Layout) fits(shape []int64) bool {
	_, err := (&stored.Tensor{Shape: shape}).Arranged(l.view, l.axes)
	return err == nil
}

// Fits reports whether a tensor of a shape has the elements of a parameter in the network's order: the shapes are
// equal but for ones at the end, as in [1280, 960] and [1280, 960, 1, 1], or around a vector, as in [1, 10].
func Fits(got []int64, want ir.Shape) bool {
	got, want = withoutOnes(got), withoutOnesAtEnd(want)
	if len(want) < 2 {
		got = got[leadingOnes(got):]
	}
	return slices.EqualFunc(got, want, func(a int64, b int) bool { return a == int64(b) })
}

// FitsButOnes is Fits for tensors that are learned, which projects keep with ones wherever they broadcast them: [1, 1,
// 768] for a token [1, 768], [96] for a scale [96, 1, 1].
func FitsButOnes(got []int64, want ir.Shape) bool {
	i := 0
	for _, d := range want {
		for i < len(got) && got[i] == 1 {
			i++
		}
		if d == 1 {
			continue
		}
		if i == len(got) || got[i] != int64(d) {
			return false
		}
		i++
	}
	return len(withoutOnes(got[i:])) == 0
}

func withoutOnes(shape []int64) []int64 {
	for len(shape) > 0 && shape[len(shape)-1] == 1 {
		shape = shape[:len(shape)-1]
	}
	return shape
}

func withoutOnesAtEnd(shape ir.Shape) ir.Shape {
	for len(shape) > 0 && shape[len(shape)-1] == 1 {
		shape = shape[:len(shape)-1]
	}
	return shape
}

func leadingOnes(shape []int64) int {
	n := 0
	for n < len(shape) && shape[n] == 1 {
		n++
	}
	return n
}

// family names who stores weights in an order, for messages.
func family(order string) string {
	switch order {
	case "HWIO", "HWIM":
		return "as TensorFlow, Keras and Flax do"
	case "OHWI", "IHWO":
		return "as TensorFlow Lite does"
	case "IO", "HWCO", "CHWO":
		return "as TensorFlow, Keras, Flax and Paddle do"
	}
	return "as PyTorch and ONNX do"
}
