package eval

import "github.com/netc-lang/netc/compiler/ir"

// Operations that put pixels elsewhere.

func pad(e *evaluation, op ir.Pad) {
	in, out, x, y := e.from, e.to, e.in[0], e.out
	for i := range y {
		c, row, column := i/(out[1]*out[2]), i/out[2]%out[1]-op.Sides.Top, i%out[2]-op.Sides.Left
		y[i] = float32(op.Value)
		if row >= 0 && row < in[1] && column >= 0 && column < in[2] {
			y[i] = x[(c*in[1]+row)*in[2]+column]
		}
	}
}

// resize gives an image the size of the result.
func resize[O ir.Resampling](e *evaluation, op O) {
	in, out, x, y := e.from, e.to, e.in[0], e.out
	by := op.Interpolation()
	top, bottom, down := by.Places(in[1], out[1])
	left, right, across := by.Places(in[2], out[2])
	for i := range y {
		c, row, column := i/(out[1]*out[2]), i/out[2]%out[1], i%out[2]
		at := func(row, column int) float64 { return float64(x[(c*in[1]+row)*in[2]+column]) }
		if !by.Bilinear {
			y[i] = float32(at(top[row], left[column]))
			continue
		}
		mean := func(row int) float64 {
			return (1-across[column])*at(row, left[column]) + across[column]*at(row, right[column])
		}
		y[i] = float32((1-down[row])*mean(top[row]) + down[row]*mean(bottom[row]))
	}
}

func depthToSpace(e *evaluation, op ir.DepthToSpace) {
	in, out, x, y := e.from, e.to, e.in[0], e.out
	for i := range y {
		c, row, column := i/(out[1]*out[2]), i/out[2]%out[1], i%out[2]
		channel := (c*op.Factor+row%op.Factor)*op.Factor + column%op.Factor
		y[i] = x[(channel*in[1]+row/op.Factor)*in[2]+column/op.Factor]
	}
}
