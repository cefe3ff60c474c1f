package kernel

// sumsAt sets where a block's sums of one of a number of strips go. They are float32, [ceil(channels/16)][strips][16];
// a block of float16 has those of two blocks, or of the last one.
func (d *slide) sumsAt(sums []float32, block, strip, strips int) {
	if !d.half {
		d.sums = sums[(block*strips+strip)*lanes:][:lanes]
		return
	}
	d.sums, d.upper = sums[(2*block*strips+strip)*lanes:][:lanes], nil
	if at := ((2*block+1)*strips + strip) * lanes; at < len(sums) {
		d.upper = sums[at:][:lanes]
	}
}

// partSums returns where the sums of the lanes of a register go that begins at a lane; nil, where nobody wants them.
func (d *slide) partSums(lane int) []float32 {
	switch {
	case !d.half:
		return d.sums[lane:]
	case 2*lane < lanes:
		return d.sums[2*lane:]
	case d.upper == nil:
		return nil
	}
	return d.upper[2*lane-lanes:]
}

// finishHalf applies the function to all rows, of float16, and sets the sums.
func (d *slide) finishHalf() {
	out := d.out[:d.rows*d.width*lanes]
	d.function.applyHalf(out, d.halfScratch)
	if d.sums == nil {
		return
	}
	sums := (*[halfLanes]float32)(d.halfScratch)
	d.has.sumPixelsHalf(sums, out)
	copy(d.sums, sums[:lanes])
	copy(d.upper, sums[lanes:])
}
