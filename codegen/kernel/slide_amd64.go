package kernel

// The routines compute tiles of d, for all rows: so many of them, side by side, each so many pixels wide. The first number of a
// name is the size of the window, the second its stride.

//go:noescape
func slide3x1AVX512(d *slide, first, size, count int)

//go:noescape
func slide3x2AVX512(d *slide, first, size, count int)

//go:noescape
func slide5x1AVX512(d *slide, first, size, count int)

//go:noescape
func slide5x2AVX512(d *slide, first, size, count int)

//go:noescape
func slide7x1AVX512(d *slide, first, size, count int)

//go:noescape
func slide7x2AVX512(d *slide, first, size, count int)

//go:noescape
func slide9x1AVX512(d *slide, first, size, count int)

//go:noescape
func slide9x2AVX512(d *slide, first, size, count int)

// run computes all rows.
func (d *slide) run() {
	if level == portable || d.dilation != 1 || d.stride > 2 || d.size%2 == 0 || d.size < 3 || d.size > 9 {
		d.portable()
		return
	}
	fast := *d
	if d.function == gelu { // which assembly does not know
		fast.function, fast.sums = identity, nil
	} else if d.sums != nil {
		clear(d.sums[:lanes])
	}
	fast.tiled()
	if d.function == gelu {
		apply(d.out[:d.rows*d.width*lanes], gelu)
		d.sum()
	}
}

// widestSlide is how many pixels the largest tile has.
const widestSlide = 14

// tiled computes all rows in tiles of nearly the same size.
func (d *slide) tiled() {
	tiles := (d.width + widestSlide - 1) / widestSlide
	size, larger := d.width/tiles, d.width%tiles
	if larger > 0 {
		d.call(0, size+1, larger)
	}
	d.call((size+1)*larger, size, tiles-larger)
}

// call computes tiles of one size.
func (d *slide) call(first, size, count int) {
	switch 10*d.size + d.stride {
	case 31:
		slide3x1AVX512(d, first, size, count)
	case 32:
		slide3x2AVX512(d, first, size, count)
	case 51:
		slide5x1AVX512(d, first, size, count)
	case 52:
		slide5x2AVX512(d, first, size, count)
	case 71:
		slide7x1AVX512(d, first, size, count)
	case 72:
		slide7x2AVX512(d, first, size, count)
	case 91:
		slide9x1AVX512(d, first, size, count)
	case 92:
		slide9x2AVX512(d, first, size, count)
	}
}
