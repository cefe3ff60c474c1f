package plan

import "sort"

// arrange gives every buffer its offset and returns the size of the arena and the lower bound: the largest sum of
// buffers alive at one moment. The largest buffers are placed first, each in the smallest gap that those alive at the same
// time leave (arXiv:2001.03288, "greedy by size").
func arrange(buffers []*buffer) (arena, lowerBound int) {
	bySize := append([]*buffer(nil), buffers...)
	sort.SliceStable(bySize, func(i, j int) bool { return bySize[i].size > bySize[j].size })
	var placed []*buffer // by offset
	for _, b := range bySize {
		b.offset = smallestGap(placed, b)
		arena = max(arena, b.offset+b.size)
		at := sort.Search(len(placed), func(i int) bool { return placed[i].offset > b.offset })
		placed = append(placed, nil)
		copy(placed[at+1:], placed[at:])
		placed[at] = b
	}
	return arena, liveSize(buffers)
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
