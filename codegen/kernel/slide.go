package kernel

// slide describes a depthwise convolution of one block of channels, from a strip that holds its padding:
//
//	out[y, x, lane] = function(bias[lane] + Σ weights[i, j, lane] · in[y·stride + i·dilation, x·stride + j·dilation, lane]
//		+ residual[y, x, lane])
//
// Pitches are in floats.
type slide struct {
	out, in, weights, bias, residual []float32 // residual may be nil; it lies as out does
	sums                             []float32 // unless nil, its 16 lanes become the sums of what is written

	rows, width            int // of the output, whose rows lie one behind the other
	rowPitch               int // between rows of the input
	size, stride, dilation int
	function               Function
	apply                  uintptr // the address of its routine, for assembly

	has Features
}

// hasSlide reports whether there are routines for a window.
func hasSlide(size, stride, dilation int) bool {
	return dilation == 1 && stride <= 2 && size%2 == 1 && size >= 3 && size <= 9
}

// slides returns how many lanes a routine computes at a time, and how many pixels the widest tile has; 0 if there are
// no routines. It knows those of all processors, for whoever writes packages for others.
func (has Features) slides() (across, widest int) {
	switch {
	case has.has(AVX512):
		return 16, 14
	case has.has(AVX2):
		return 8, 8
	case has.has(NEON):
		return 4, 8
	}
	return 0, 0
}

// run computes all rows.
func (d *slide) run() {
	across, widest := d.has.slides()
	if across == 0 || !hasSlide(d.size, d.stride, d.dilation) {
		d.portable()
		return
	}
	if d.sums != nil {
		clear(d.sums[:lanes])
	}
	d.apply = d.has.functionAddress(d.function)
	for lane := 0; lane < lanes; lane += across {
		part := d.from(lane)
		part.tiled(widest)
	}
}

// tiled computes all rows, of the lanes of a register, in tiles of nearly the same size.
func (d *slide) tiled(widest int) {
	size, larger, tiles := tileSizes(d.width, widest)
	if larger > 0 {
		d.calls(0, size+1, larger)
	}
	d.calls((size+1)*larger, size, tiles-larger)
}

// calls computes tiles of one size.
func (d *slide) calls(first, size, count int) {
	if d.tiles(first, size, count) {
		return
	}
	// A generated package has the sizes that its network needs, and the smallest for what nobody foresaw.
	if !d.tiles(first, 1, size*count) {
		panic("there is no routine for a window")
	}
}

// portable computes all rows.
func (d *slide) portable() {
	for y := range d.rows {
		row := d.out[y*d.width*lanes : (y+1)*d.width*lanes]
		for x := range d.width {
			sums := d.pixel(d.in[y*d.stride*d.rowPitch+x*d.stride*lanes:])
			if d.residual != nil {
				for lane, v := range pixelLanes(d.residual, (y*d.width+x)*lanes) {
					sums[lane] += v
				}
			}
			*(*[lanes]float32)(row[x*lanes:]) = sums
		}
		d.has.apply(row, d.function)
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
func (d *slide) pixel(in []float32) [lanes]float32 {
	sums := *(*[lanes]float32)(d.bias)
	for i := range d.size {
		for j := range d.size {
			w := pixelLanes(d.weights, (i*d.size+j)*lanes)
			v := pixelLanes(in, i*d.dilation*d.rowPitch+j*d.dilation*lanes)
			for lane := range sums {
				sums[lane] += w[lane] * v[lane]
			}
		}
	}
	return sums
}

// from returns the slide over the lanes from one on, for assembly whose registers have fewer than sixteen.
func (d *slide) from(lane int) slide {
	part := *d
	part.out, part.in, part.weights, part.bias = d.out[lane:], d.in[lane:], d.weights[lane:], d.bias[lane:]
	if d.residual != nil {
		part.residual = d.residual[lane:]
	}
	if d.sums != nil {
		part.sums = d.sums[lane:]
	}
	return part
}
