package kernel

// planarShape holds the settings of a dense convolution of the caller's planar image.
type planarShape struct {
	in, out  int
	window   window
	function function
}

// depth returns how many products an output has.
func (s *planarShape) depth() int { return s.in * s.window.size * s.window.size }

// strips returns into how many strips of rows the output is cut.
func (s *planarShape) strips() int {
	return stripsFor(itemProducts, s.window.outHeight, s.depth()*s.window.outWidth*blocksOf(s.out))
}

// items returns how many items the work is cut into.
func (s *planarShape) items() int { return s.strips() }

// rowFloats returns the length of a padded row of interleaved channels.
func (s *planarShape) rowFloats() int { return stripOf(&s.window, 1).width * s.in }

// scratchFloats returns how much scratch a worker needs.
func (s *planarShape) scratchFloats() int {
	strips := s.strips()
	rows := (s.window.outHeight + strips - 1) / strips
	return stripOf(&s.window, rows).rows * s.rowFloats()
}

// convPlanar is a dense convolution from a planar image [in, height, width] of few channels to a blocked value. Weights:
// [out/16][depth][16], where the depth runs over rows and columns of the window, then input channels; biases [out/16][16];
// residual, nil or like out.
//
// The channels of the image are interleaved in scratch, so that what a row of the window sees lies together.
func convPlanar(out, image, weights, bias, residual, scratch []float32, s *planarShape, first, last int) {
	w := &s.window
	strips, blocks, outPixels := s.items(), blocksOf(s.out), w.outHeight*w.outWidth
	p := product{
		outPitch: outPixels * lanes, weightPitch: s.depth() * lanes, pixelPitch: w.stride * s.in,
		rows: w.size, rowPitch: w.dilation * s.rowFloats(), columns: 1, function: s.function, partCount: 1,
	}
	p.parts[0] = part{0, 1, w.size * s.in}
	if w.dilation > 1 {
		p.columns, p.columnPitch, p.parts[0].lanes = w.size, w.dilation*s.in, s.in
	}
	for item := first; item < last; item++ {
		row, endRow := shareOf(w.outHeight, strips, item)
		s.interleave(scratch, image, row*w.stride-w.top, stripOf(w, endRow-row).rows)
		for group := range groupsOf(blocks) {
			block, endBlock := shareOf(blocks, groupsOf(blocks), group)
			p.blocks = endBlock - block
			p.weights = weights[block*p.weightPitch : endBlock*p.weightPitch]
			p.bias = bias[block*lanes : endBlock*lanes]
			for y := row; y < endRow; y++ {
				p.in = scratch[(y-row)*w.stride*s.rowFloats():]
				at := block*p.outPitch + y*w.outWidth*lanes
				p.out = out[at:]
				if residual != nil {
					p.residual = residual[at:]
				}
				p.run(w.outWidth)
			}
		}
	}
}

// interleave copies rows of the image, beginning with row top, which may lie outside, and surrounds them with zeros.
func (s *planarShape) interleave(to, image []float32, top, rows int) {
	w := &s.window
	for row := range rows {
		line := to[row*s.rowFloats() : (row+1)*s.rowFloats()]
		y := top + row
		if y < 0 || y >= w.inHeight {
			clear(line)
			continue
		}
		clear(line[:w.left*s.in])
		clear(line[(w.left+w.inWidth)*s.in:])
		line = line[w.left*s.in : (w.left+w.inWidth)*s.in]
		if s.in == 3 {
			interleaveThree(line, image, (y)*w.inWidth, w.inHeight*w.inWidth)
			continue
		}
		for c := range s.in {
			for x, v := range image[(c*w.inHeight+y)*w.inWidth:][:w.inWidth] {
				line[x*s.in+c] = v
			}
		}
	}
}

// interleaveThree interleaves a row of three planes that begins at a place in the first.
func interleaveThree(line, image []float32, at, plane int) {
	width := len(line) / 3
	red, green, blue := image[at:][:width], image[plane+at:][:width], image[2*plane+at:][:width]
	for x, v := range red {
		pixel := line[3*x : 3*x+3]
		pixel[0], pixel[1], pixel[2] = v, green[x], blue[x]
	}
}
