package kernel

// The routines compute tiles of d, for all rows: so many of them, side by side, each so many pixels wide. The first
// number of a name is the size of the window, the second its stride. Those for AVX2 compute eight lanes.

//go:noescape
func slide3x1AVX2(d *slide, first, size, count int)

//go:noescape
func slide3x2AVX2(d *slide, first, size, count int)

//go:noescape
func slide5x1AVX2(d *slide, first, size, count int)

//go:noescape
func slide5x2AVX2(d *slide, first, size, count int)

//go:noescape
func slide7x1AVX2(d *slide, first, size, count int)

//go:noescape
func slide7x2AVX2(d *slide, first, size, count int)

//go:noescape
func slide9x1AVX2(d *slide, first, size, count int)

//go:noescape
func slide9x2AVX2(d *slide, first, size, count int)

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
	if d.has == portable || d.dilation != 1 || d.stride > 2 || d.size%2 == 0 || d.size < 3 || d.size > 9 {
		d.portable()
		return
	}
	if d.sums != nil {
		clear(d.sums[:lanes])
	}
	d.tiled()
}

// How many pixels the largest tile has.
const (
	widestSlideAVX2   = 8
	widestSlideAVX512 = 14
)

// tiled computes all rows in tiles of nearly the same size.
func (d *slide) tiled() {
	most := widestSlideAVX2
	if d.has.has(AVX512) {
		most = widestSlideAVX512
	}
	tiles := (d.width + most - 1) / most
	size, larger := d.width/tiles, d.width%tiles
	if larger > 0 {
		d.call(0, size+1, larger)
	}
	d.call((size+1)*larger, size, tiles-larger)
}

// call computes tiles of one size.
func (d *slide) call(first, size, count int) {
	if d.has.has(AVX512) {
		d.callAVX512(first, size, count)
		return
	}
	d.callAVX2(first, size, count)
	second := d.from(lanes / 2)
	second.callAVX2(first, size, count)
}

func (d *slide) callAVX512(first, size, count int) {
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

func (d *slide) callAVX2(first, size, count int) {
	switch 10*d.size + d.stride {
	case 31:
		slide3x1AVX2(d, first, size, count)
	case 32:
		slide3x2AVX2(d, first, size, count)
	case 51:
		slide5x1AVX2(d, first, size, count)
	case 52:
		slide5x2AVX2(d, first, size, count)
	case 71:
		slide7x1AVX2(d, first, size, count)
	case 72:
		slide7x2AVX2(d, first, size, count)
	case 91:
		slide9x1AVX2(d, first, size, count)
	case 92:
		slide9x2AVX2(d, first, size, count)
	}
}
