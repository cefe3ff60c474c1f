package plan

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/compiler/floats"
	"github.com/netc-lang/netc/compiler/ir"
)

// packer lays weights one behind the other, in two sections: those of convolutions and linear layers, and, as float32,
// what has one number for each channel: biases, and what is left of batch norms. Which element of its section an
// operand begins at does not depend on the types.
type packer struct {
	weights, vectors section
	sketch           bool               // nothing is packed, but the room for it is counted
	kind             kernel.ElementType // of weights
	narrows          bool               // what is float32 may become float16 when it is used
	node             string             // the one at hand
	shared           string             // the path of the weights at hand, if others have them, too; see begin
	packed           int                // of those: how many operands
	reserved         map[string]int     // where operands of shared weights begin, by what reserve calls them
	err              error              // of the first weight that its type cannot hold
}

// expect makes room for about as many weights as a graph has.
func (p *packer) expect(g *ir.Graph) {
	sum := 0
	for _, param := range g.Params() {
		sum += aligned(param.Shape.Elements()) + param.Shape.Elements()/16
	}
	if !p.sketch {
		p.weights.data = make([]byte, 0, min(sum*p.kind.Size(), maxBytes))
	}
}

// section is a part of the weights. The data of a sketch are missing.
type section struct {
	data   []byte
	length int
}

// grow adds some bytes, all zero.
func (s *section) grow(n int, sketch bool) {
	s.length += n
	if !sketch {
		s.data = append(s.data, make([]byte, n)...)
	}
}

// blob returns the sections one behind the other, and what they are. The second begins on the alignment, too.
func (p *packer) blob() ([]byte, []kernel.Section) {
	size := p.kind.Size()
	elements := aligned(p.weights.length / size)
	p.weights.grow(elements*size-p.weights.length, p.sketch)
	sections := []kernel.Section{{Type: p.kind, Elements: elements},
		{Type: kernel.F32, Elements: p.vectors.length / kernel.F32.Size()}}
	return append(p.weights.data, p.vectors.data...), sections
}

// begin says that the operands that follow are of a node's weights. Where several nodes share them, their packing does:
// what is made of the same parameter in the same way is there once.
func (p *packer) begin(n *ir.Node) {
	p.shared, p.packed = "", 0
	if n.Shared.Layer != "" {
		p.shared = n.Path()
	}
}

// reserve adds a value, all zero, to a section and returns where it begins there. how says by which rule it is packed.
func (p *packer) reserve(s *section, v kernel.Value, how string) (piece, int) {
	at := s.length
	if p.shared != "" {
		name := fmt.Sprintf("%s %d %s %+v", p.shared, p.packed, how, v)
		p.packed++
		if before, ok := p.reserved[name]; ok {
			if p.sketch {
				return piece{}, before
			}
			return piece{p, v.Layout, s.data[before:]}, before // filled again, with the same values
		}
		if p.reserved == nil {
			p.reserved = map[string]int{}
		}
		p.reserved[name] = at
	}
	blocks := (v.Elements() + Lanes - 1) / Lanes
	s.grow(blocks*Lanes*v.Layout.Type.Size(), p.sketch)
	if p.sketch {
		return piece{}, at
	}
	return piece{p, v.Layout, s.data[at:]}, at
}

// piece is the memory of one operand.
type piece struct {
	packer *packer
	layout kernel.Layout
	data   []byte
}

// set sets the weight of an output (or channel) c at a place k of its depth.
func (t *piece) set(c, k int, w float32) {
	at := t.layout.At(c, k)
	switch t.layout.Type {
	case kernel.F32:
		if t.packer.narrows {
			t.packer.refuseBeyond(floats.ToFloat16(w), w, "parameter", "arithmetic")
		}
		binary.LittleEndian.PutUint32(t.data[4*at:], math.Float32bits(w))
	case kernel.F16:
		h := floats.ToFloat16(w)
		t.packer.refuseBeyond(h, w, "weight", "weights")
		binary.LittleEndian.PutUint16(t.data[2*at:], h)
	default:
		panic("plan: no weights are packed as " + t.layout.Type.String())
	}
}

// refuseBeyond keeps the first error of a number that a float16 cannot hold, h being what became of it.
func (p *packer) refuseBeyond(h uint16, w float32, what, remedy string) {
	if isBeyond(h, w) && p.err == nil {
		p.err = fmt.Errorf("%s has the %s %g, beyond the largest float16, 65504: leave the %s in 32 bits", p.node,
			what, w, remedy)
	}
}

// isBeyond reports whether a float16 has become infinite of a number that is not.
func isBeyond(h uint16, w float32) bool { return h&0x7fff == 0x7c00 && !math.IsInf(float64(w), 0) }

// vector packs one value for every channel. Without values all are zero.
func (p *packer) vector(values []float32, channels int) kernel.Ref {
	value := kernel.Packed(kernel.F32, channels, 1)
	to, at := p.reserve(&p.vectors, value, "vector")
	if p.sketch {
		values = nil
	}
	for c, v := range values {
		to.set(c, 0, v)
	}
	return kernel.Ref{Space: vectorSpace, Offset: at, Value: value}
}

// rows packs weights [outputs][depth] as they come, in blocks of outputs: the windows of a depthwise convolution,
// [channels][taps], or those of a convolution of the planar image, [out][in, rows, columns].
func (p *packer) rows(weights []float32, outputs, depth int) kernel.Ref {
	value := kernel.Packed(p.kind, outputs, depth)
	to, at := p.reserve(&p.weights, value, "rows")
	if p.sketch {
		outputs = 0
	}
	for o := range outputs {
		for k, v := range weights[o*depth : (o+1)*depth] {
			to.set(o, k, v)
		}
	}
	return kernel.Ref{Space: kernel.WeightsSpace, Offset: at, Value: value}
}

// conv packs the weights [out][in/groups][taps] of a convolution as [ceil(out/16)][depth][16]. The depth runs
// over the blocks of the inputs that a block of outputs sees, which are those of all groups that have outputs in it,
// then over rows and columns of the window, and channels of the input block. Every block of outputs takes as much room
// as the one that sees most; what lies between an output and another group's input is zero.
func (p *packer) conv(weights []float32, groups, in, out, taps int) kernel.Ref {
	groupIn, groupOut := in/groups, out/groups
	most := 0
	for block := range blocksOf(out) {
		begin, end := kernel.InputsOf(block, groupIn, groupOut, out)
		most = max(most, end-begin)
	}
	value := kernel.Packed(p.kind, out, most*taps)
	to, at := p.reserve(&p.weights, value, "conv")
	if p.sketch {
		out = 0
	}
	for o := range out {
		begin, end := kernel.InputsOf(o/Lanes, groupIn, groupOut, out)
		own := o / groupOut * groupIn // the first input of the output's group
		for i := range groupIn {
			// The input block's channels that take part are those from first up to last.
			c := own + i
			first, last := max(c/Lanes*Lanes, begin), min((c/Lanes+1)*Lanes, end)
			for tap, v := range weights[(o*groupIn+i)*taps : (o*groupIn+i+1)*taps] {
				to.set(o, (first-begin)*taps+tap*(last-first)+c-first, v)
			}
		}
	}
	return kernel.Ref{Space: kernel.WeightsSpace, Offset: at, Value: value}
}
