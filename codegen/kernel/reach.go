package kernel

import "reflect"

// Reach finds out which assembly routines steps reach on a processor, for those who write a package that holds no
// others. What numbers that are not finite make of AMX's steps is left out: they are computed in the smallest tiles,
// which every package has.
type Reach struct {
	Has Features
	// Product and Slide are called for each tile that is reached, perhaps more than once.
	Product func(blocks, pixels int)
	Slide   func(group, size, stride, pixels int)
	// Function is called for each activation function that is bound, whether it has a routine or not.
	Function func(Kind)
	// HalfProduct, HalfSlide and HalfFunction are called for those of float16, and Half for each kernel that computes
	// with it. A function without a routine of float16 is computed by that of float32.
	HalfProduct  func(pixels int)
	HalfSlide    func(size, stride, pixels int)
	HalfFunction func(Kind)
	Half         func()
	// Matrix is called where the matrix unit is used.
	Matrix func()
}

// Sets returns the sets of features by which kernels decide what they call, of every architecture.
func Sets() []Features {
	const avx2 = AVX2 | FMA | F16C // no processor has two of them alone
	return []Features{avx2, avx2 | AVX512, avx2 | AVX512 | AMX, NEON, NEON | FP16}
}

// Of calls the functions for a kernel of a network. before are the tasks of the kernels before it; the kernel's own
// is returned.
func (r *Reach) Of(k Kernel, before []Task) Task {
	task := k.Bind(&Machine{Has: r.Has}, before)
	r.products(1, 1)
	r.functions(task)
	if r.half(task) {
		return task
	}
	if usesMatrix(task) {
		r.Matrix()
	}
	switch t := task.(type) {
	case *pointwiseTask:
		r.pointwise(t)
	case *convTask:
		r.conv(t)
	case *planarTask:
		r.groups(blocksOf(t.OutChannels), groupsOf(blocksOf(t.OutChannels)), t.Window.OutWidth)
	case *planarDepthwiseTask:
		blocks := blocksOf(t.Channels)
		r.groups(blocks, groupsOf(blocks), t.Window.InWidth)
		r.slides(1, &t.Window)
	case *expandDepthwiseTask:
		if !t.onMatrix {
			r.groups(blocksOf(t.Channels), t.groups, t.Window.InWidth)
		}
		r.slides(1, &t.Window)
	case *linearTask:
		r.groups(blocksOf(t.OutChannels), t.items, 1)
	case *matMulTask:
		for chunk := range t.chunks {
			begin, end := shareOf(t.Rows, t.chunks, chunk)
			r.groups(blocksOf(t.Columns), t.groups, end-begin)
		}
	case *winogradTask:
		for group := range t.Winograd.groups() {
			begin, end := shareOf(t.down(), t.Winograd.groups(), group)
			r.groups(blocksOf(t.OutChannels), t.sets(), (end-begin)*t.across())
		}
	case *depthwiseTask:
		r.slides(1, &t.Window)
	case *eightsTask:
		r.slides(eight, &t.Window)
	}
	return task
}

// functions are those that a task has bound: each is a field of it.
func (r *Reach) functions(t Task) {
	v := reflect.ValueOf(t).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Type() == reflect.TypeFor[*activation]() && !f.IsNil() {
			a := (*activation)(f.UnsafePointer())
			if a.floats != nil {
				r.HalfFunction(a.of.Kind)
			} else {
				r.Function(a.of.Kind)
			}
		}
	}
}

// half is what kernels of float16 reach, for one that is. It reports whether the task is all of float16.
func (r *Reach) half(t Task) bool {
	switch t := t.(type) {
	case *pointwiseTask:
		if !t.isHalf() {
			return false
		}
		for band := range t.bands {
			begin, end := shareOf(t.Pixels, t.bands, band)
			for chunk := range t.chunks {
				from, to := shareOf(end-begin, t.chunks, chunk)
				r.halfProducts(t.InChannels, to-from)
			}
		}
	case *expandDepthwiseTask:
		if !t.isHalf() {
			return false
		}
		r.halfProducts(t.InChannels, t.Window.InWidth)
		r.halfSlides(&t.Window)
	case *depthwiseTask:
		if !isHalf(&t.In) {
			return false
		}
		r.halfSlides(&t.Window)
	case *planarDepthwiseTask:
		if !t.isHalf() {
			return false
		}
		blocks := blocksOf(t.Channels)
		r.groups(blocks, groupsOf(blocks), t.Window.InWidth)
		r.halfSlides(&t.Window)
	case *castTask:
	case *multiplyChannelsTask:
		if !isHalf(&t.In) {
			return false
		}
	case *globalAverageTask:
		if !isHalf(&t.In) {
			return false
		}
	default:
		return false
	}
	r.Half()
	return true
}

// halfProducts is what product.runHalf calls, and the smallest tile.
func (r *Reach) halfProducts(depth, pixels int) {
	most := pixels
	if depth > halfDepth {
		most = halfScratchPixels
	}
	r.HalfProduct(1)
	for ; pixels > 0; pixels -= most {
		eachTile(min(most, pixels), widestOfOne[0], r.HalfProduct)
	}
}

// halfSlides is what slide.run calls.
func (r *Reach) halfSlides(w *Window) { r.tilesOfSlide(1, w, r.HalfSlide) }

// usesMatrix reports whether a task computes on the matrix unit: such tasks have a field that says so.
func usesMatrix(t Task) bool {
	on := reflect.ValueOf(t).Elem().FieldByName("onMatrix")
	return on.IsValid() && on.Bool()
}

func (r *Reach) pointwise(t *pointwiseTask) {
	for band := range t.bands {
		begin, end := shareOf(t.Pixels, t.bands, band)
		if t.onMatrix {
			if few := (end - begin) % tileHeight; few <= fewPixels {
				r.products(1, few)
			}
			continue
		}
		for chunk := range t.chunks {
			from, to := shareOf(end-begin, t.chunks, chunk)
			r.groups(blocksOf(t.OutChannels), t.groups, to-from)
		}
	}
}

func (r *Reach) conv(t *convTask) {
	if t.onMatrix {
		return
	}
	for strip := range t.strips {
		row, endRow := shareOf(t.Window.OutHeight, t.strips, strip)
		pixels := t.Window.OutWidth
		if t.isFlat {
			pixels *= endRow - row
		}
		for i := range t.sets() {
			block, endBlock := t.set(i)
			r.products(endBlock-block, pixels)
		}
	}
}

// groups is products of blocks that are divided into groups.
func (r *Reach) groups(blocks, groups, pixels int) {
	for i := range groups {
		begin, end := shareOf(blocks, groups, i)
		r.products(end-begin, pixels)
	}
}

// products is what product.run calls.
func (r *Reach) products(blocks, pixels int) {
	if pixels == 0 {
		return
	}
	together, widest := r.Has.tilesOf(blocks)
	eachTile(pixels, widest, func(size int) { r.Product(together, size) })
}

// eachTile calls a function with the sizes of the tiles that compute a row of pixels.
func eachTile(pixels, widest int, tile func(size int)) {
	size, larger, tiles := tileSizes(pixels, widest)
	if larger > 0 {
		tile(size + 1)
	}
	if tiles > larger {
		tile(size)
	}
}

// slides is what slide.run calls.
func (r *Reach) slides(group int, w *Window) {
	r.tilesOfSlide(group, w, func(size, stride, pixels int) { r.Slide(group, size, stride, pixels) })
}

// tilesOfSlide calls a function for each tile.
func (r *Reach) tilesOfSlide(group int, w *Window, slide func(size, stride, pixels int)) {
	if !hasSlide(group, w) {
		return
	}
	_, widest := r.Has.slides()
	tile := func(pixels int) { slide(w.Size.Columns, w.Stride.Columns, pixels) }
	eachTile(w.OutWidth, widest, tile)
	tile(1)
}
