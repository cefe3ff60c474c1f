package kernel

import "testing"

// What is fetched ahead is no part of any result: wrong, it costs time alone.

// counted returns numbers from 0 on.
func counted(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(i)
	}
	return x
}

// TestAhead: the shares of what is fetched of some blocks follow each other, are as equal as can be, and end with the
// blocks, or the memory.
func TestAhead(t *testing.T) {
	const pitch, blocks = 96, 5
	for _, halves := range []bool{false, true} {
		size := pitch
		if halves {
			size /= 2
		}
		s := stored{memory: counted(blocks * size), halves: halves, pitch: pitch}
		for begin := range blocks + 2 {
			for end := begin; end <= blocks+2; end++ {
				for n := 1; n <= 4; n++ {
					at := begin * size
					for i := range n {
						share := s.ahead(begin, end, i, n)
						if len(share) > 0 && int(share[0]) != at || len(share) > ((end-begin)*size+n-1)/n {
							t.Fatalf("share %d of %d of blocks %d to %d is %v, want what is at %d", i, n, begin, end, share,
								at)
						}
						at += len(share)
					}
					if want := max(min(end*size, len(s.memory)), begin*size); at != want {
						t.Fatalf("the %d shares of blocks %d to %d end at %d, want %d", n, begin, end, at, want)
					}
				}
			}
		}
	}
}

// TestFetched: a tile takes a fourth as many floats as it multiplies with, and no more than there are.
func TestFetched(t *testing.T) {
	p := product{blocks: 2, rows: 1, columns: 3, blockPitch: 100, ahead: counted(100)}
	p.setInputs(0, 5) // 15 products, 2·15·16 weights
	p.fetched(0)
	if len(p.ahead) != 100 {
		t.Errorf("%d floats are left of 100 before any tile", len(p.ahead))
	}
	p.ahead = counted(500)
	if p.fetched(2); len(p.ahead) != 500-2*120 || p.ahead[0] != 240 {
		t.Errorf("%d floats are left of 500 after two tiles", len(p.ahead))
	}
	if p.fetched(3); len(p.ahead) != 0 {
		t.Errorf("%d floats are left of 500 after five tiles", len(p.ahead))
	}
}

// TestMatrixAhead: of weights that the matrix unit multiplies with in several turns, what each fetches are those of the
// next: of the same blocks, and then the first of the blocks behind them, if there are any.
func TestMatrixAhead(t *testing.T) {
	for _, c := range []struct{ channels, taps int }{{16, 1}, {1000, 1}, {70, 9}, {256, 9}, {200, 25}, {500, 3}} {
		for blocks := 1; blocks <= 2; blocks++ {
			floats := c.taps * c.channels * lanes
			w := matrixWork{channels: c.channels, allTaps: c.taps}
			weights := counted(4 * floats)
			at := 0
			for i := range w.turns() {
				if i > 0 && (len(w.ahead) == 0 || int(w.ahead[0]) != at) {
					t.Fatalf("%+v: turn %d has %d floats from %v on, want those from %d on", c, i, len(w.ahead),
						w.ahead[:1], at)
				}
				if i > 0 {
					at += len(w.ahead)
				} else {
					at = w.turn(0).endPair * 2 * c.taps * tileFloats
				}
				w.fetch(weights, 0, blocks, i+1)
			}
			if min(at, floats) != floats || int(w.ahead[0]) != blocks*floats {
				t.Errorf("%+v: all turns have %d floats of %d, and the next blocks' begin at %v", c, at, floats,
					w.ahead[:1])
			}
			w.fetch(weights, 4-blocks, blocks, w.turns())
			if w.ahead != nil {
				t.Errorf("%+v: behind the last blocks %d floats are fetched", c, len(w.ahead))
			}
		}
	}
}

// TestTurns: the turns of products go through all pairs of blocks and all taps once, no more of them at a time than
// weights are split for.
func TestTurns(t *testing.T) {
	for channels := 1; channels <= 600; channels += 37 {
		for _, taps := range []int{1, 3, 9, 25, 27, 28, 49, 64} {
			w := matrixWork{channels: channels, allTaps: taps}
			next, tap := 0, 0
			for i := range w.turns() {
				turn := w.turn(i)
				whole := turn.tap == 0 && turn.endTap == taps
				if turn.pair != next || turn.tap != tap || turn.taps() < 1 || turn.endPair <= turn.pair ||
					(turn.endPair-turn.pair)*turn.taps() > slabsAtOnce || !whole && turn.endPair != turn.pair+1 {
					t.Fatalf("%d channels, %d taps: turn %d is %+v, and begins at pair %d, tap %d", channels, taps, i,
						turn, next, tap)
				}
				if tap = turn.endTap; tap == taps {
					next, tap = turn.endPair, 0
				}
			}
			if next != pairsOf(channels) || tap != 0 {
				t.Errorf("%d channels, %d taps: the turns end at pair %d, tap %d", channels, taps, next, tap)
			}
			if fewest := (pairsOf(channels)*taps + slabsAtOnce - 1) / slabsAtOnce; taps == 1 && w.turns() != fewest {
				t.Errorf("%d channels: %d turns, want %d", channels, w.turns(), fewest)
			}
		}
	}
}
