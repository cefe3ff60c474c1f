package onnx

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/pixels"
)

// Normalisation says how pixels become the network's input.
type Normalisation = pixels.Normalisation

// ImageNet returns that of ImageNet's training images.
func ImageNet() *Normalisation { return pixels.ImageNet() }

// normalisation returns the one to use for the graph. It is nil when none is given or known.
func normalisation(o Options, g *ir.Graph) (*Normalisation, error) {
	if given := o.Normalisation != nil || o.Preprocess; given && len(g.Inputs) > 1 {
		return nil, fmt.Errorf("the network has %d inputs: only the pixels of a single one can be normalised",
			len(g.Inputs))
	}
	n, err := pixels.Choose(o.Normalisation, o.Preprocess, g.Input().Name, g.Input().Shape)
	if n == nil || err != nil {
		return nil, err
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
	picture := []Dim{planes[0], planes[2], planes[3], planes[1]}
	e.model.Inputs = []Value{{in.Name, Uint8, picture}}
	mean, deviation := e.normalisation.Scaled()
	channel := func(what string, values []float32) string {
		return e.constant(in.Name+"."+what, Float32, []int{len(values)}, values)
	}
	name := e.step(in, "float", Float32, picture)
	e.add("Cast", name, []string{in.Name}, attribute("to", int(Float32.number())))
	previous, name := name, e.step(in, "centred", Float32, picture)
	e.add("Sub", name, []string{previous, channel("mean", mean)})
	previous, name = name, e.step(in, "normalised", Float32, picture)
	e.add("Div", name, []string{previous, channel("deviation", deviation)})
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
