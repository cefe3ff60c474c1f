package kernel

// maxAxes is how many axes an operand may have whose layout is given axis by axis.
const maxAxes = 6

// Axis says where the elements along one axis lie, in floats from the beginning of an operand: element i at
//
//	i/16 · Block + i%16 · Lane
//
// so that it describes the axis of blocks, of which 16 elements lie side by side (Lane 1), as well as any other, of
// which the elements lie evenly (Block = 16 · Lane). An axis along which a value is repeated has neither.
type Axis struct{ Block, Lane int }

// Even returns an axis whose elements lie so many floats apart.
func Even(pitch int) Axis { return Axis{lanes * pitch, pitch} }

// at returns where element i lies.
func (a Axis) at(i int) int { return i/lanes*a.Block + i%lanes*a.Lane }

// indices number a row: they are its index along each axis but the last.
type indices [maxAxes - 1]int

// in returns where the row begins in an operand.
func (i *indices) in(axes *[maxAxes]Axis) int {
	at := 0
	for axis, index := range i {
		at += axes[axis].at(index)
	}
	return at
}

// rowCount returns how many rows a shape has. A row runs along the last axis; all other axes number it.
func rowCount(shape *[maxAxes]int) int {
	n := 1
	for _, size := range shape[:maxAxes-1] {
		n *= size
	}
	return n
}

// rowWork cuts work on rows into items of about itemFloats elements.
type rowWork struct {
	work
	shape *[maxAxes]int
	count int
}

func perRow(shape *[maxAxes]int) rowWork {
	count := rowCount(shape)
	const elements = itemFloats / 8 // each takes longer than where elements lie side by side
	items := min(count, (count*shape[maxAxes-1]+elements-1)/elements)
	return rowWork{work{items: items}, shape, count}
}

// span returns the rows that a range of items covers.
func (w *rowWork) span(first, last int) (begin, end int) {
	begin, _ = shareOf(w.count, w.items, first)
	_, end = shareOf(w.count, w.items, last-1)
	return begin, end
}

// row returns the indices of a row, the last of which run fastest.
func (w *rowWork) row(row int) (i indices) {
	for axis := len(i) - 1; axis >= 0; axis-- {
		i[axis] = row % w.shape[axis]
		row /= w.shape[axis]
	}
	return i
}
