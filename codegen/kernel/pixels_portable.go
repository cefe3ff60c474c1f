package kernel

// What the routines for numbers of pixels compute, in Go. They go over a run of pixels of each of some blocks, which
// lie a pitch apart, in floats. A number that belongs to a pixel stands in all of its lanes; inverses and factors stand
// once.

// maxBlocksPortable replaces out by the largest of what it holds and the pixels of all blocks, lane by lane.
func maxBlocksPortable(out, in []float32, blocks, pitch int) {
	for b := range blocks {
		from := in[b*pitch:][:len(out)]
		for i, v := range from {
			out[i] = max(out[i], v)
		}
	}
}

// sumBlocksPortable adds the pixels of all blocks to what out holds, lane by lane.
func sumBlocksPortable(out, in []float32, blocks, pitch int) {
	for b := range blocks {
		from := in[b*pitch:][:len(out)]
		for i, v := range from {
			out[i] += v
		}
	}
}

// foldMaxPortable replaces the lanes of each pixel by the largest of them.
func foldMaxPortable(x []float32) {
	for at := 0; at < len(x); at += lanes {
		all := pixelLanes(x, at)
		largest := all[0]
		for _, v := range all {
			largest = max(largest, v)
		}
		for i := range all {
			all[i] = largest
		}
	}
}

// foldSumPortable replaces the lanes of each pixel by their sum.
func foldSumPortable(x []float32) {
	for at := 0; at < len(x); at += lanes {
		all := pixelLanes(x, at)
		var pairs [4]float32
		for i := range pairs {
			pairs[i] = all[i] + all[i+4] + (all[i+8] + all[i+12])
		}
		sum := pairs[0] + pairs[2] + (pairs[1] + pairs[3])
		for i := range all {
			all[i] = sum
		}
	}
}

// addSquaresPortable adds to sums the squares of what pixels differ from their means.
func addSquaresPortable(sums, in, means []float32, blocks, pitch int) {
	for b := range blocks {
		addSquaresOfLanes(sums, in[b*pitch:], means, lanes)
	}
}

// addSquaresOfLanes adds those of the first lanes of a block.
func addSquaresOfLanes(sums, in, means []float32, used int) {
	for at := 0; at < len(sums); at += lanes {
		to, from, mean := pixelLanes(sums, at), pixelLanes(in, at), means[at]
		for i := 0; i < used; i++ {
			d := from[i] - mean
			to[i] += d * d
		}
	}
}

// normalisation subtracts means from pixels, multiplies by their inverses and the lanes' factors, and adds the lanes'
// offsets.
type normalisation struct {
	out, in          []float32 // they may be the same
	means            []float32 // of each pixel, in all of its lanes
	inverses         []float32 // of each pixel, once
	factors, offsets []float32 // [blocks][16]
	blocks, pitch    int
}

func normalisePortable(n *normalisation) {
	for b := range n.blocks {
		factor, offset := pixelLanes(n.factors, b*lanes), pixelLanes(n.offsets, b*lanes)
		for p, inverse := range n.inverses {
			at, mean := b*n.pitch+p*lanes, n.means[p*lanes]
			from, to := pixelLanes(n.in, at), pixelLanes(n.out, at)
			for i, v := range from {
				to[i] = (v-mean)*inverse*factor[i] + offset[i]
			}
		}
	}
}

// exponentialsPortable computes those of what pixels are more than most, at most zero, and adds them to sums. out may
// be in.
func exponentialsPortable(out, in, most, sums []float32, blocks, pitch int) {
	for b := range blocks {
		for at := 0; at < len(most); at += lanes {
			from, to, sum := pixelLanes(in, b*pitch+at), pixelLanes(out, b*pitch+at), pixelLanes(sums, at)
			largest := most[at]
			for i, v := range from {
				e := float32(0)
				if d := v - largest; !(d < -beyond) {
					e = exp(d)
				}
				to[i] = e
				sum[i] += e
			}
		}
	}
}

// scaleBlocksPortable multiplies pixels by factors.
func scaleBlocksPortable(x, factors []float32, blocks, pitch int) {
	for b := range blocks {
		block := x[b*pitch:][:len(factors)*lanes]
		scaleRowsPortable(block, block, factors)
	}
}
