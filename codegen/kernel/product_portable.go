package kernel

// portable computes a number of pixels in Go.
func (p *product) portable(pixels int) {
	for o := range p.blocks {
		out := p.out[o*p.outPitch:][:pixels*lanes]
		for x := range pixels {
			sums := pixelLanes(out, x*lanes)
			residual := sums
			if p.residual != nil {
				residual = pixelLanes(p.residual, o*p.outPitch+x*lanes)
			}
			added := *residual // before the sums take its place, where it may lie
			*sums = *pixelLanes(p.bias, o*lanes)
			p.pixel(sums, p.in[x*p.pixelPitch:], p.weights[o*p.weightPitch:])
			if p.residual != nil {
				for lane, v := range added {
					sums[lane] += v
				}
			}
		}
		p.function.apply(out)
	}
}

// pixel adds the products of a pixel to the sums of a block of outputs, whose weights these are.
func (p *product) pixel(sums *[lanes]float32, in, weights []float32) {
	for i := range p.segmentCount {
		s := &p.segments[i]
		for block := range s.blocks {
			for row := range p.rows {
				for column := range p.columns {
					at := s.at + block*p.blockPitch + row*p.rowPitch + column*p.columnPitch
					if s.lanes == lanes {
						multiplyBlock(sums, pixelLanes(in, at), (*[lanes * lanes]float32)(weights))
					} else {
						multiplyLanes(sums, in[at:at+s.lanes], weights)
					}
					weights = weights[s.lanes*lanes:]
				}
			}
		}
	}
}

// multiplyBlock adds to the sums the products of 16 inputs with 16 weights each. Four sums at a time stay in registers:
// the compiler computes all products of a turn before it adds any, and more of them would go through memory.
func multiplyBlock(sums, in *[lanes]float32, weights *[lanes * lanes]float32) {
	for lane := 0; lane < lanes; lane += 4 {
		w, s := (*[lanes*lanes - 12]float32)(weights[lane:]), (*[4]float32)(sums[lane:])
		a, b, c, d := s[0], s[1], s[2], s[3]
		for i := 0; i < lanes; i += 4 {
			v := in[i]
			a += w[i*lanes] * v
			b += w[i*lanes+1] * v
			c += w[i*lanes+2] * v
			d += w[i*lanes+3] * v
			v = in[i+1]
			a += w[i*lanes+lanes] * v
			b += w[i*lanes+lanes+1] * v
			c += w[i*lanes+lanes+2] * v
			d += w[i*lanes+lanes+3] * v
			v = in[i+2]
			a += w[i*lanes+2*lanes] * v
			b += w[i*lanes+2*lanes+1] * v
			c += w[i*lanes+2*lanes+2] * v
			d += w[i*lanes+2*lanes+3] * v
			v = in[i+3]
			a += w[i*lanes+3*lanes] * v
			b += w[i*lanes+3*lanes+1] * v
			c += w[i*lanes+3*lanes+2] * v
			d += w[i*lanes+3*lanes+3] * v
		}
		s[0], s[1], s[2], s[3] = a, b, c, d
	}
}

// multiplyLanes is multiplyBlock for fewer inputs: three at a time, which is what a row of a small window sees of a
// planar image, and two lanes of their weights.
func multiplyLanes(sums *[lanes]float32, in, weights []float32) {
	for ; len(in) >= 3; in, weights = in[3:], weights[3*lanes:] {
		u, v, x := in[0], in[1], in[2]
		w := (*[3 * lanes]float32)(weights)
		for i := 0; i < lanes; i += 2 {
			a, b := sums[i], sums[i+1]
			a += w[i] * u
			b += w[i+1] * u
			a += w[i+lanes] * v
			b += w[i+lanes+1] * v
			a += w[i+2*lanes] * x
			b += w[i+2*lanes+1] * x
			sums[i], sums[i+1] = a, b
		}
	}
	for i, v := range in {
		w := pixelLanes(weights, i*lanes)
		for lane := range sums {
			sums[lane] += w[lane] * v
		}
	}
}
