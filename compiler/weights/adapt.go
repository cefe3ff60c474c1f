package weights

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
)

// A network for images of one channel, or of six, can begin with what one for red, green and blue has learned. Its
// first convolution's kernels are made of theirs as timm makes them (adapt_input_conv), so that grey images, given as
// red, green and blue, give what they gave:
//
//	1 channel      r + g + b
//	5 channels     (r, g, b, r, g) · 3/5
const rgb = 3

// adaptable says why a layer cannot be adapted, or "".
func adaptable(g *ir.Graph, layer string) (problem string) {
	at := slices.IndexFunc(g.Nodes, func(n *ir.Node) bool { return n.Name == layer })
	if at < 0 {
		return "the network has no such layer; netc summary lists them"
	}
	n := g.Nodes[at]
	conv, ok := n.Op.(ir.Conv)
	switch {
	case !ok || n.Inputs[0] != g.Input() || conv.Groups != 1:
		return "only a convolution of the network's input can be adapted"
	case g.Input().Shape[0] == rgb: // a convolution's input is an image
		return fmt.Sprintf("it has %d channels already", rgb)
	}
	return ""
}

// forRGB returns the layer as it is in the network for red, green and blue.
func forRGB(n *ir.Node) *ir.Node {
	twin := *n
	input := *n.Inputs[0]
	input.Shape = slices.Clone(input.Shape)
	input.Shape[0] = rgb
	twin.Inputs = []*ir.Node{&input}
	twin.Params = nil
	for _, p := range n.Params {
		other := *p
		if p.Role == ir.Weight {
			other.Shape = slices.Clone(p.Shape)
			other.Shape[1] = rgb
		}
		twin.Params = append(twin.Params, &other)
	}
	return &twin
}

// restore binds the network's own parameters in place of those of adapted layers.
func (b *Binding) restore(g *ir.Graph) {
	if len(b.options.Adapt) == 0 {
		return
	}
	own := map[string]*ir.Param{}
	for _, p := range g.Params() {
		own[p.Name] = p
	}
	for i := range b.Bound {
		bound := &b.Bound[i]
		p := own[bound.Param.Name]
		bound.Param, bound.adapted = p, !p.Shape.Equal(bound.Param.Shape)
	}
}

// adapted returns a weight [out, 3, height, width] as one of as many channels as the shape has.
func adapted(t *stored.Tensor, shape ir.Shape) *stored.Tensor {
	made := &stored.Tensor{Name: t.Name, Type: stored.F32}
	for _, d := range shape {
		made.Shape = append(made.Shape, int64(d))
	}
	made.Open = func() (io.ReadCloser, error) {
		from, err := t.Values()
		if err != nil {
			return nil, err
		}
		var data bytes.Buffer
		if err := binary.Write(&data, binary.LittleEndian, adaptKernels(from, shape)); err != nil {
			return nil, err
		}
		return io.NopCloser(&data), nil
	}
	return made
}

// adaptKernels sums or repeats the kernels.
func adaptKernels(from []float32, shape ir.Shape) []float32 {
	out, channels, size := shape[0], shape[1], shape[2]*shape[3]
	to := make([]float32, 0, shape.Elements())
	for o := range out {
		kernels := from[o*rgb*size : (o+1)*rgb*size]
		for c := range channels {
			for i := range size {
				if channels == 1 {
					to = append(to, kernels[i]+kernels[size+i]+kernels[2*size+i])
				} else {
					to = append(to, float32(float64(kernels[c%rgb*size+i])*rgb/float64(channels)))
				}
			}
		}
	}
	return to
}
