package plan

import "github.com/netc-lang/netc/codegen/kernel"

// packer lays weights one behind the other in one blob.
type packer struct{ blob []float32 }

// room makes room for n weights, all zero, and returns it with its place.
func (p *packer) room(n int) ([]float32, kernel.Ref) {
	at := len(p.blob)
	p.blob = append(p.blob, make([]float32, aligned(n))...)
	return p.blob[at : at+n], kernel.InWeights(at, n)
}

// vector packs one value for every channel as [ceil(channels/16)][16]. Without values all are zero.
func (p *packer) vector(values []float32, channels int) kernel.Ref {
	to, place := p.room(blocksOf(channels) * Lanes)
	copy(to, values)
	return place
}

// channels packs the windows of a depthwise convolution, [channels][taps], as [ceil(channels/16)][taps][16].
func (p *packer) channels(weights []float32, channels, taps int) kernel.Ref {
	to, place := p.room(blocksOf(channels) * taps * Lanes)
	for c := range channels {
		for tap, v := range weights[c*taps : (c+1)*taps] {
			to[(c/Lanes*taps+tap)*Lanes+c%Lanes] = v
		}
	}
	return place
}

// planar packs the weights [out][in][size][size] of a convolution of the planar image as
// [ceil(out/16)][in][size][size][16].
func (p *packer) planar(weights []float32, out, in, size int) kernel.Ref {
	depth := in * size * size
	to, place := p.room(blocksOf(out) * depth * Lanes)
	for o := range out {
		for k, v := range weights[o*depth : (o+1)*depth] {
			to[(o/Lanes*depth+k)*Lanes+o%Lanes] = v
		}
	}
	return place
}

// conv packs the weights [out][in/groups][size][size] of a convolution as [ceil(out/16)][depth][16]. The depth runs
// over the blocks of the inputs that a block of outputs sees, which are those of all groups that have outputs in it,
// then over rows and columns of the window, and channels of the input block. Every block of outputs takes as much room
// as the one that sees most; what lies between an output and another group's input is zero.
func (p *packer) conv(weights []float32, groups, in, out, size int) kernel.Ref {
	groupIn, groupOut, taps := in/groups, out/groups, size*size
	most := 0
	for block := range blocksOf(out) {
		begin, end := inputsOf(block, groupIn, groupOut, out)
		most = max(most, end-begin)
	}
	depth := most * taps
	to, place := p.room(blocksOf(out) * depth * Lanes)
	for o := range out {
		block := o / Lanes
		begin, end := inputsOf(block, groupIn, groupOut, out)
		own := o / groupOut * groupIn // the first input of the output's group
		row := to[block*depth*Lanes+o%Lanes:]
		for i := range groupIn {
			// The input block's channels that take part are those from first up to last.
			c := own + i
			first, last := max(c/Lanes*Lanes, begin), min((c/Lanes+1)*Lanes, end)
			for tap, v := range weights[(o*groupIn+i)*taps : (o*groupIn+i+1)*taps] {
				row[((first-begin)*taps+tap*(last-first)+c-first)*Lanes] = v
			}
		}
	}
	return place
}

// inputsOf returns the range of inputs that a block of outputs sees.
func inputsOf(block, groupIn, groupOut, out int) (begin, end int) {
	last := min(block*Lanes+Lanes, out) - 1
	return block * Lanes / groupOut * groupIn, (last/groupOut + 1) * groupIn
}
