package kernel

// The routines compute four lanes of tiles of d, for all rows: so many tiles, side by side, each so many pixels wide.
// The first number of a name is the size of the window, the second its stride.

//go:noescape
func slide3x1NEON(d *slide, first, size, count int)

//go:noescape
func slide3x2NEON(d *slide, first, size, count int)

//go:noescape
func slide5x1NEON(d *slide, first, size, count int)

//go:noescape
func slide5x2NEON(d *slide, first, size, count int)

//go:noescape
func slide7x1NEON(d *slide, first, size, count int)

//go:noescape
func slide7x2NEON(d *slide, first, size, count int)

//go:noescape
func slide9x1NEON(d *slide, first, size, count int)

//go:noescape
func slide9x2NEON(d *slide, first, size, count int)

// run computes all rows.
func (d *slide) run() {
	if d.has == portable || d.dilation != 1 || d.stride > 2 || d.size%2 == 0 || d.size < 3 || d.size > 9 {
		d.portable()
		return
	}
	if d.sums != nil {
		clear(d.sums[:lanes])
	}
	d.tiled()
}

// widestSlide is how many pixels the largest tile has.
const widestSlide = 8

// tiled computes all rows in tiles of nearly the same size, four lanes at a time.
func (d *slide) tiled() {
	tiles := (d.width + widestSlide - 1) / widestSlide
	size, larger := d.width/tiles, d.width%tiles
	for from := 0; from < lanes; from += 4 {
		part := d.from(from)
		if larger > 0 {
			part.call(0, size+1, larger)
		}
		part.call((size+1)*larger, size, tiles-larger)
	}
}

// call computes tiles of one size.
func (d *slide) call(first, size, count int) {
	switch 10*d.size + d.stride {
	case 31:
		slide3x1NEON(d, first, size, count)
	case 32:
		slide3x2NEON(d, first, size, count)
	case 51:
		slide5x1NEON(d, first, size, count)
	case 52:
		slide5x2NEON(d, first, size, count)
	case 71:
		slide7x1NEON(d, first, size, count)
	case 72:
		slide7x2NEON(d, first, size, count)
	case 91:
		slide9x1NEON(d, first, size, count)
	case 92:
		slide9x2NEON(d, first, size, count)
	}
}
