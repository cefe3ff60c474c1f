package kernel

// What plans know of how kernels compute: the channels that lie side by side, and, of Winograd's algorithm, the output
// pixels on each side of a tile and the size of its transform.
const (
	Lanes      = lanes
	TileSide   = tileSide
	TilePoints = tilePoints
)

// Reach finds out which assembly routines steps may call on a processor, for those who write a package that holds no
// others: tiles, activation functions, and what a package may lack as a whole (Optional). Each task says what it calls,
// in a method beside it (reacher). That leaves out what a step of AMX calls where numbers are not finite: the smallest
// tiles, which every package has.
type Reach struct {
	Has Features
	// Product and Slide are called for each tile that is reached, perhaps more than once; half says that its arithmetic
	// is of float16.
	Product func(half bool, blocks, pixels int)
	Slide   func(half bool, group, size, stride, pixels int)
	// Function is called for each activation function that is bound, whether it has a routine or not. One without a
	// routine of float16 is computed by that of float32.
	Function func(half bool, kind Kind)
	// Uses is called for what a package may lack.
	Uses func(Optional)
}

// reacher is a task that calls routines of which a package may lack some. Its method is in a file of its own,
// NAME_reach.go, for generated packages do without it. TestReach holds it against what Run calls.
type reacher interface{ reach(r *Reach) }

// usesMatrix reports whether a task computes on the matrix unit.
func (w work) usesMatrix() bool { return w.onMatrix }

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
	if task.(interface{ usesMatrix() bool }).usesMatrix() {
		r.Uses(Matrix)
	}
	if t, ok := task.(reacher); ok {
		t.reach(r)
	}
	return task
}

// function is an activation function that a task has bound, or nil.
func (r *Reach) function(a *activation) {
	if a != nil {
		r.Function(a.floats != nil, a.of.Kind)
	}
}

// half says that a task computes with float16, if it does.
func (r *Reach) half(does bool) {
	if does {
		r.Uses(Half)
	}
}

// panels is products of blocks that are divided into panels.
func (r *Reach) panels(blocks, panels, pixels int) {
	for i := range panels {
		begin, end := shareOf(blocks, panels, i)
		r.products(end-begin, pixels)
	}
}

// products is what product.run calls for float32.
func (r *Reach) products(blocks, pixels int) {
	if pixels == 0 {
		return
	}
	together, widest := r.Has.tilesOf(blocks, pixels)
	eachTile(pixels, widest, func(size int) { r.Product(false, together, size) })
}

// halfProducts is what product.run calls for float16, and the smallest tile.
func (r *Reach) halfProducts(depth, pixels int) {
	most := pixels
	if depth > halfDepth {
		most = halfScratchPixels
	}
	tile := func(size int) { r.Product(true, 1, size) }
	tile(1)
	for ; pixels > 0; pixels -= most {
		eachTile(min(most, pixels), widestOfOne[0], tile)
	}
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
func (r *Reach) slides(half bool, group int, w *Window) {
	if !hasSlide(group, w) {
		return
	}
	_, widest := r.Has.slides()
	tile := func(pixels int) { r.Slide(half, group, w.Size.Columns, w.Stride.Columns, pixels) }
	wide := r.Has.wideSlide(group, w.Size.Columns)
	whole := wideTiles(w.OutWidth, widest, wide)
	if whole > 0 {
		tile(wide)
	}
	if left := w.OutWidth - whole*wide; left > 0 {
		eachTile(left, widest, tile)
	}
	tile(1)
}
