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

// scratchFloats returns how much scratch a worker needs.
func (s *planarShape) scratchFloats() int {
	strips := s.strips()
	return s.sourceFloats((s.window.outHeight + strips - 1) / strips)
}

// sourceFloats returns how much scratch source needs for a number of output rows.
func (s *planarShape) sourceFloats(outRows int) int {
	if !padded(&s.window) {
		return 0
	}
	strip := stripOf(&s.window, outRows)
	return s.in * strip.rows * strip.width
}

// convPlanar is a dense convolution from a planar image [in, height, width] of few channels to a blocked value. Weights:
// [out/16][depth][16], where the depth runs over input channels, rows and columns of the window; biases [out/16][16]; residual,
// nil or like out.
//
// What a row of the window sees of a channel lies together, as the lanes of a block do elsewhere.
func convPlanar(out, image, weights, bias, residual, scratch []float32, s *planarShape, first, last int) {
	w := &s.window
	strips, blocks, outPixels := s.items(), blocksOf(s.out), w.outHeight*w.outWidth
	p := s.product()
	p.outPitch = outPixels * lanes
	for item := first; item < last; item++ {
		row, endRow := shareOf(w.outHeight, strips, item)
		from := s.source(&p, image, scratch, row, endRow)
		for group := range groupsOf(blocks) {
			block, endBlock := shareOf(blocks, groupsOf(blocks), group)
			p.choose(weights, bias, block, endBlock)
			for y := row; y < endRow; y++ {
				p.in = from[s.rowAt(&p, y-row):]
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

// product returns the product that computes rows of the output. What it reads and writes, and for which blocks, is still to be said.
func (s *planarShape) product() product {
	w := &s.window
	p := product{
		weightPitch: s.depth() * lanes, pixelPitch: w.stride,
		rows: w.size, columns: 1, function: s.function, partCount: 1,
	}
	p.parts[0] = part{0, s.in, w.size}
	if w.dilation > 1 {
		p.columns, p.columnPitch, p.parts[0].lanes = w.size, w.dilation, 1
	}
	return p
}

// rowAt returns where what an output row sees begins, counted from the first of the rows for which source pointed the product.
func (s *planarShape) rowAt(p *product, row int) int {
	return row * s.window.stride * p.rowPitch / s.window.dilation
}

// source points the product at the inputs of a range of output rows and returns what its first row sees: the image itself
// or, where windows see padding, strips of its channels in scratch.
func (s *planarShape) source(p *product, image, scratch []float32, row, endRow int) []float32 {
	w := &s.window
	top := row*w.stride - w.top
	if !padded(w) {
		p.blockPitch, p.rowPitch = w.inHeight*w.inWidth, w.dilation*w.inWidth
		return image[top*w.inWidth:]
	}
	strip := stripOf(w, endRow-row)
	p.blockPitch, p.rowPitch = strip.rows*strip.width, w.dilation*strip.width
	for c := range s.in {
		to, plane := scratch[c*p.blockPitch:], image[c*w.inHeight*w.inWidth:]
		for row := range strip.rows {
			line := to[row*strip.width : (row+1)*strip.width]
			if y := top + row; y < 0 || y >= w.inHeight {
				clear(line)
			} else {
				clear(line[:w.left])
				copy(line[w.left:], plane[y*w.inWidth:(y+1)*w.inWidth])
				clear(line[w.left+w.inWidth:])
			}
		}
	}
	return scratch
}
