package plan

import (
	"slices"
	"sort"
)

// orders are in what order buffers may be placed: the largest first (arXiv:2001.03288, "greedy by size"), or as they
// come to life, those that live longest first.
var orders = []func(a, b *buffer) int{
	func(a, b *buffer) int { return b.size - a.size },
	func(a, b *buffer) int { return a.first - b.first },
	func(a, b *buffer) int { return (b.end - b.first) - (a.end - a.first) },
}

// arrange gives every buffer its offset and returns the size of the arena and the lower bound: the largest sum of
// buffers alive at one moment. Each buffer gets the smallest gap that those alive at the same time leave; of several
// orders in which this can be done, the one that makes the smallest arena is taken.
func arrange(buffers []*buffer) (arena, lowerBound int) {
	best := 0
	for i, order := range orders {
		if size := placeInOrder(buffers, order); i == 0 || size < arena {
			arena, best = size, i
		}
	}
	placeInOrder(buffers, orders[best])
	return arena, liveSize(buffers)
}

// placeInOrder gives buffers their offsets one after the other, each in the smallest gap between those that were placed
// before and are alive at the same time, and returns the size of the arena that they need.
func placeInOrder(buffers []*buffer, order func(a, b *buffer) int) (arena int) {
	ordered := slices.Clone(buffers)
	slices.SortStableFunc(ordered, order)
	var placed []*buffer // by offset
	for _, b := range ordered {
		b.offset = smallestGap(placed, b)
		arena = max(arena, b.offset+b.size)
		at := sort.Search(len(placed), func(i int) bool { return placed[i].offset > b.offset })
		placed = slices.Insert(placed, at, b)
	}
	return arena
}

// smallestGap returns where b fits best among the placed buffers that are alive together with it.
func smallestGap(placed []*buffer, b *buffer) int {
	end, best, bestSize := 0, -1, 0
	for _, p := range placed {
		if p.end < b.first || b.end < p.first {
			continue
		}
		if gap := p.offset - end; gap >= b.size && (best < 0 || gap < bestSize) {
			best, bestSize = end, gap
		}
		end = max(end, p.offset+p.size)
	}
	if best < 0 {
		return end
	}
	return best
}

// liveSize returns the largest sum of the sizes of buffers alive at one moment.
func liveSize(buffers []*buffer) int {
	changes := map[int]int{} // by position, to the sum
	var positions []int
	change := func(at, by int) {
		if _, seen := changes[at]; !seen {
			positions = append(positions, at)
		}
		changes[at] += by
	}
	for _, b := range buffers {
		change(b.first, b.size)
		change(b.end+1, -b.size)
	}
	sort.Ints(positions)
	sum, most := 0, 0
	for _, at := range positions {
		sum += changes[at]
		most = max(most, sum)
	}
	return most
}
