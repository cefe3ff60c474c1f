package onnx

import (
	"encoding/binary"
	"io"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// layer says how a convolution pads, or what epsilon a batch norm has. n is nil for a weight that neither reads.
//
// A convolution pads by its attribute, and by a Pad operation before it, as frameworks write TensorFlow's padding:
//
//	x → Pad(0, 0, 0, 0; 0, 0, 1, 1) → Conv(pads: 0, 0, 0, 0)     top and left 0, bottom and right 1
func (r *reader) layer(n *node) *stored.Layer {
	switch {
	case n == nil:
		return nil
	case n.op == "BatchNormalization":
		return &stored.Layer{Epsilon: float64(n.epsilon)}
	case n.auto != "" && n.auto != "NOTSET" && n.auto != "VALID":
		return nil // it depends on the image's size, which is not read
	}
	pads := []int64{0, 0, 0, 0}
	if n.pads != nil {
		if len(n.pads) != 4 {
			return nil // of a sequence, or a volume
		}
		copy(pads, n.pads)
	}
	before := r.padded[n.inputs[0]]
	if before == nil {
		return &stored.Layer{Pads: pads}
	}
	more := before.pads
	if more == nil && len(before.inputs) > 1 {
		if more = r.integers(before.inputs[1], 8); more == nil {
			more = r.torchPads(before.inputs[1])
		}
	}
	// batch, channels, height, width: first before, then after
	if len(more) != 8 || more[0]|more[1]|more[4]|more[5] != 0 {
		return nil
	}
	for i, at := range []int{2, 3, 6, 7} {
		pads[i] += more[at]
	}
	return &stored.Layer{Pads: pads}
}

// rearranging are the operations by which torch.onnx.export turns PyTorch's list of pads into ONNX's, from the last
// to the first.
//
//	[left, right, top, bottom]
//	Concat with zeros   [left, right, top, bottom, 0, 0, 0, 0]
//	Reshape             [[left, right], [top, bottom], [0, 0], [0, 0]]
//	Slice, backwards    [[0, 0], [0, 0], [top, bottom], [left, right]]
//	Transpose           [[0, 0, top, left], [0, 0, bottom, right]]
//	Reshape, Cast       [0, 0, top, left, 0, 0, bottom, right]
var rearranging = []string{"Cast", "Reshape", "Transpose", "Slice", "Reshape", "Concat"}

// torchPads returns what becomes of a constant list of pads on this way, or nil.
func (r *reader) torchPads(name string) []int64 {
	for _, op := range rearranging {
		n := r.rearranged[name]
		if n == nil || n.op != op {
			return nil
		}
		name = n.inputs[0]
	}
	p := r.integers(name, 4)
	if p == nil {
		return nil
	}
	return []int64{0, 0, p[2], p[0], 0, 0, p[3], p[1]}
}

// integers returns the values of a constant of n 64-bit integers, or nil when there is no such constant, or none that
// can be read.
func (r *reader) integers(name string, n int) []int64 {
	c := r.constants[name]
	if c == nil || c.Type != "I64" || len(c.Shape) != 1 || c.Shape[0] != int64(n) {
		return nil
	}
	f, err := c.Open()
	if err != nil {
		return nil
	}
	defer f.Close()
	data := make([]byte, 8*n)
	if _, err := io.ReadFull(f, data); err != nil {
		return nil
	}
	values := make([]int64, n)
	for i := range values {
		values[i] = int64(binary.LittleEndian.Uint64(data[8*i:]))
	}
	return values
}
