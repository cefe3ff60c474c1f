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

// rows goes over places that differ in all axes but the last. It calls visit for those numbered first up to last, with
// where each lies in so many operands.
func rows(shape *[maxAxes]int, first, last int, visit func(at *[3]int), operands ...*[maxAxes]Axis) {
	var at [3]int
	for row := first; row < last; row++ {
		rest := row
		at = [3]int{}
		for axis := maxAxes - 2; axis >= 0; axis-- {
			i := rest % shape[axis]
			rest /= shape[axis]
			for k, axes := range operands {
				at[k] += axes[axis].at(i)
			}
		}
		visit(&at)
	}
}

// rowCount returns how many there are.
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
