package build

import (
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
)

// Figures of windows, which have one for height and width or one for each.

// figures says what the types are whose values may be numbers or lists of them.
var figures = map[string]string{
	"pair":    "an int, or a list of two, [height, width]",
	"stride":  "an int, or a list of two, [height, width]",
	"padding": "a string, an int, a list of two, [height, width], or of four, [top, left, bottom, right]",
}

// ints returns the items of a list of ints.
func ints(v value) []int {
	list, _ := v.([]value)
	items := make([]int, 0, len(list))
	for _, item := range list {
		n, ok := item.(int)
		if !ok {
			return nil
		}
		items = append(items, n)
	}
	return items
}

// pairOf returns a figure for height and width: 3 is [3, 3].
func pairOf(v value) (ir.Pair, bool) {
	if n, ok := v.(int); ok {
		return ir.Square(n), true
	}
	if list := ints(v); len(list) == 2 {
		return ir.Pair{Height: list[0], Width: list[1]}, true
	}
	return ir.Pair{}, false
}

// simplest is a pair as a value: one int where both are the same, so that "stride == 1" holds for [1, 1].
func simplest(p ir.Pair) value {
	if p.IsSquare() {
		return p.Height
	}
	return []value{p.Height, p.Width}
}

// paddingOf returns a padding of numbers: one for all sides, [height, width], or [top, left, bottom, right].
func paddingOf(v value) (ir.Padding, bool) {
	if p, ok := pairOf(v); ok {
		return ir.Padding{Top: p.Height, Left: p.Width, Bottom: p.Height, Right: p.Width}, true
	}
	if list := ints(v); len(list) == 4 {
		return ir.Padding{Top: list[0], Left: list[1], Bottom: list[2], Right: list[3]}, true
	}
	return ir.Padding{}, false
}

// equal compares values, lists item by item.
func equal(a, b value) bool {
	l, isList := a.([]value)
	r, both := b.([]value)
	if isList != both {
		return false
	}
	if isList {
		return slices.EqualFunc(l, r, equal)
	}
	x, isNumber := number(a)
	if y, ok := number(b); isNumber && ok {
		return x == y
	}
	return a == b
}
