package kernel

// work is what every task says of its work, and embeds: Reach asks it, too.
type work struct {
	items, scratch int
	onMatrix       bool // products are computed on the matrix unit
}

// operands is what the operands of a task's kernel hold, under their names; nil is an operand that is absent.
type operands struct {
	out, in, weights, bias, residual, scale, sums []float32

	depthwiseWeights, depthwiseBias []float32 // of a kernel that is two convolutions
}

// region is some blocks of an output's channels, from block up to but not including endBlock, and some rows of each,
// from row up to but not including endRow.
type region struct{ block, endBlock, row, endRow int }

// pixelRegion is a region of pixels, counted over all rows.
type pixelRegion struct{ block, endBlock, pixel, endPixel int }

// blocks returns how many blocks it has.
func (r *region) blocks() int { return r.endBlock - r.block }

func (r *pixelRegion) blocks() int { return r.endBlock - r.block }

func (w work) Items() int   { return w.items }
func (w work) Scratch() int { return w.scratch }
