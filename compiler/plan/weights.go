package plan

// packer lays weights one behind the other in one blob.
type packer struct{ blob []float32 }

// room makes room for n weights, all zero, and returns it with its place.
func (p *packer) room(n int) ([]float32, Place) {
	at := len(p.blob)
	p.blob = append(p.blob, make([]float32, aligned(n))...)
	return p.blob[at : at+n], Place{Weights, at, n}
}

// plain packs weights as they are.
func (p *packer) plain(values []float32) Place {
	to, place := p.room(len(values))
	copy(to, values)
	return place
}

// blocks packs the matrices [outputs, depth] of a number of groups, each as [outputs/4][depth][4] filled up with zeros.
func (p *packer) blocks(weights []float32, groups, outputs, depth int) Place {
	padded := blocked(outputs)
	to, place := p.room(groups * padded * depth)
	for g := range groups {
		for o := range outputs {
			row := weights[(g*outputs+o)*depth : (g*outputs+o+1)*depth]
			block := to[(g*padded+o/4*4)*depth:]
			for k, v := range row {
				block[4*k+o%4] = v
			}
		}
	}
	return place
}

// biases packs the biases of a number of groups, each filled up with zeros to whole blocks. Without values all are zero.
func (p *packer) biases(values []float32, groups, outputs int) Place {
	padded := blocked(outputs)
	to, place := p.room(groups * padded)
	if values == nil {
		return place
	}
	for g := range groups {
		copy(to[g*padded:], values[g*outputs:(g+1)*outputs])
	}
	return place
}

// blocked rounds a number of outputs up to whole blocks of four.
func blocked(outputs int) int { return (outputs + 3) / 4 * 4 }
