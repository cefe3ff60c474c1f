package onnx

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// Normalisation says how pixels become the network's input: (pixel / 255 − Mean) / Std, per channel.
type Normalisation struct{ Mean, Std []float64 }

// ImageNet returns the means and deviations of the training images of ImageNet, in the order red, green, blue, as
// torchvision has them.
func ImageNet() *Normalisation {
	return &Normalisation{[]float64{0.485, 0.456, 0.406}, []float64{0.229, 0.224, 0.225}}
}

// normalisation returns the one to use for the graph. It is nil when none is given or known.
func normalisation(o Options, g *ir.Graph) (*Normalisation, error) {
	channels := g.Input().Shape[0]
	n := o.Normalisation
	switch {
	case (n != nil || o.Preprocess) && !g.Input().Shape.IsImage():
		return nil, fmt.Errorf("the input %s is %v, no image [channels, height, width]: it has no pixels to normalise",
			g.Input().Name, g.Input().Shape)
	case n == nil && !o.Preprocess:
		return nil, nil
	case n == nil && channels == 3:
		return ImageNet(), nil
	case n == nil:
		return nil, fmt.Errorf(
			"an input of %d channels has no usual normalisation: give the mean and the deviation of its channels",
			channels,
		)
	}
	for _, values := range [][]float64{n.Mean, n.Std} {
		if len(values) != channels {
			return nil, fmt.Errorf("the normalisation has %d values, but the input has %d channels", len(values),
				channels)
		}
	}
	for c, std := range n.Std {
		if !normalises(n.Mean[c], std, o.Type) {
			return nil, fmt.Errorf("the mean %g and deviation %g of channel %d cannot normalise pixels in %s",
				n.Mean[c], std, c, o.Type)
		}
	}
	return n, nil
}

// normalises reports whether pixels, from 0 to 1, become numbers that the model can compute with. It computes in
// fp32, with 255 times the mean and the deviation; the network sees the result in its own type.
func normalises(mean, std float64, t ElementType) bool {
	const leastNormal = 0x1p-126 // of fp32
	if !(std > 0) || !(255*std <= math.MaxFloat32) || !(255*std >= leastNormal) ||
		!(255*math.Abs(mean) <= math.MaxFloat32) {
		return false
	}
	black, white := (0-mean)/std, (1-mean)/std
	return max(math.Abs(black), math.Abs(white)) <= t.largest() && white-black >= 1024*t.smallest()
}

// preprocess writes the way from uint8 pixels [N, H, W, C] to the network's input, and returns the name of the
// latter. It computes in fp32 whatever the network does: 255 steps of brightness are too fine for 16 bits. The cast
// comes first because that is the only thing that TensorRT lets be done to a uint8 input.
func (e *emitter) preprocess(in *ir.Node) string {
	planes := e.dims(in)
	pixels := []Dim{planes[0], planes[2], planes[3], planes[1]}
	e.model.Inputs = []Value{{in.Name, Uint8, pixels}}
	channel := func(what string, values []float64) string {
		scaled := make([]float32, len(values))
		for i, v := range values {
			scaled[i] = float32(255 * v)
		}
		return e.constant(in.Name+"."+what, Float32, []int{len(scaled)}, scaled)
	}
	name := e.step(in, "float", Float32, pixels)
	e.add("Cast", name, []string{in.Name}, attribute("to", int(Float32.number())))
	previous, name := name, e.step(in, "centred", Float32, pixels)
	e.add("Sub", name, []string{previous, channel("mean", e.normalisation.Mean)})
	previous, name = name, e.step(in, "normalised", Float32, pixels)
	e.add("Div", name, []string{previous, channel("deviation", e.normalisation.Std)})
	previous, name = name, e.step(in, "planes", Float32, planes)
	e.add("Transpose", name, []string{previous}, ints("perm", 0, 3, 1, 2))
	return e.cast(name, Float32, e.o.Type, planes)
}

// joined prints numbers as metadata have them.
func joined(values []float64) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = strconv.FormatFloat(v, 'g', -1, 64)
	}
	return strings.Join(words, ",")
}
