package kernel

// portable computes all rows in Go.
func (d *slide) portable() {
	for y := range d.rows {
		row := d.out[y*d.width*lanes : (y+1)*d.width*lanes]
		for x := range d.width {
			sums := d.pixel(d.in[y*d.rowStride*d.rowPitch+x*d.stride*lanes:])
			if d.residual != nil {
				for lane, v := range pixelLanes(d.residual, (y*d.width+x)*lanes) {
					sums[lane] += v
				}
			}
			*(*[lanes]float32)(row[x*lanes:]) = sums
		}
		d.function.apply(row)
	}
	d.sum()
}

// sum sets the sums, if they are wanted, to those of what has been written.
func (d *slide) sum() {
	if d.sums == nil {
		return
	}
	sums := (*[lanes]float32)(d.sums)
	*sums = [lanes]float32{}
	for at := 0; at < d.rows*d.width*lanes; at += lanes {
		for lane, v := range pixelLanes(d.out, at) {
			sums[lane] += v
		}
	}
}

// pixel computes one pixel without residual and function, from the place in the input that the window's corner sees.
func (d *slide) pixel(in []float32) (sums [lanes]float32) {
	if d.group > 1 {
		return d.groupPixel(in)
	}
	sums = *(*[lanes]float32)(d.bias)
	weights := d.weights
	for i := range d.rowSize {
		row := in[i*d.rowDilation*d.rowPitch:]
		j := 0
		if d.dilation == 1 {
			for ; d.size-j >= 3; j += 3 {
				threeTaps(&sums, (*[3 * lanes]float32)(row[j*lanes:]), (*[3 * lanes]float32)(weights[j*lanes:]))
			}
			for ; d.size-j >= 2; j += 2 {
				twoTaps(&sums, (*[2 * lanes]float32)(row[j*lanes:]), (*[2 * lanes]float32)(weights[j*lanes:]))
			}
		}
		for ; j < d.size; j++ {
			v, w := pixelLanes(row, j*d.dilation*lanes), pixelLanes(weights, j*lanes)
			for lane := range sums {
				sums[lane] += w[lane] * v[lane]
			}
		}
		weights = weights[d.size*lanes:]
	}
	return sums
}

// groupPixel is pixel for groups of eight channels.
func (d *slide) groupPixel(in []float32) (sums [lanes]float32) {
	sums = *(*[lanes]float32)(d.bias)
	for tap := range d.rowSize * d.size {
		seen := pixelLanes(in, tap/d.size*d.rowDilation*d.rowPitch+tap%d.size*d.dilation*lanes)
		for k := range eight {
			a, b := pixelLanes(d.weights, (tap*lanes+k)*lanes), pixelLanes(d.weights, (tap*lanes+k+eight)*lanes)
			for lane := range eight {
				sums[lane] += a[lane] * seen[k]
				sums[lane+eight] += b[lane+eight] * seen[k+eight]
			}
		}
	}
	return sums
}

// threeTaps adds to the sums what three neighbouring taps of the window see, times their weights: two lanes at a
// time, whose products the compiler keeps in registers.
func threeTaps(sums *[lanes]float32, in, weights *[3 * lanes]float32) {
	for i := 0; i < lanes; i += 2 {
		a, b := sums[i], sums[i+1]
		a += weights[i] * in[i]
		b += weights[i+1] * in[i+1]
		a += weights[i+lanes] * in[i+lanes]
		b += weights[i+lanes+1] * in[i+lanes+1]
		a += weights[i+2*lanes] * in[i+2*lanes]
		b += weights[i+2*lanes+1] * in[i+2*lanes+1]
		sums[i], sums[i+1] = a, b
	}
}

// twoTaps adds what two neighbouring taps of the window see.
func twoTaps(sums *[lanes]float32, in, weights *[2 * lanes]float32) {
	for i := 0; i < lanes; i += 2 {
		a, b := sums[i], sums[i+1]
		a += weights[i] * in[i]
		b += weights[i+1] * in[i+1]
		a += weights[i+lanes] * in[i+lanes]
		b += weights[i+lanes+1] * in[i+lanes+1]
		sums[i], sums[i+1] = a, b
	}
}
