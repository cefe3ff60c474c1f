package execute

import (
	"slices"
	"testing"
	"time"
)

// TestMeasureSums: of the times of all blocks, in whichever order they come, the middle one counts and those at both
// quarters, worked out by hand; and a block begins when what the one before has left running has had time to rest.
func TestMeasureSums(t *testing.T) {
	var ended time.Time
	blocks := 0
	next := []time.Duration{50, 10, 40}
	all, err := Measure(0, func() ([]time.Duration, error) {
		if blocks > 0 && time.Since(ended) < pause {
			t.Errorf("block %d begins %v after the last one", blocks, time.Since(ended))
		}
		blocks++
		ended = time.Now()
		n := next[blocks-1]
		return []time.Duration{n + 3, n, n + 1}, nil
	})
	want := Latency{Median: 41, Low: 13, High: 50, Shortest: 10, Inferences: 9} // of 10 11 13 40 41 43 50 51 53
	if err != nil || !slices.Equal(all, []Latency{want}) || blocks != 3 {
		t.Errorf("%+v in %d blocks, want %+v; %v", all, blocks, want, err)
	}
}

// TestRepeat: of nine quick runs eight count; of slow ones, the second, and as many as begin within 100 ms.
func TestRepeat(t *testing.T) {
	for _, c := range []struct {
		each  time.Duration
		times int
	}{{0, 8}, {60 * time.Millisecond, 1}, {120 * time.Millisecond, 1}} {
		runs, began := 0, time.Now()
		times, err := Repeat(func() error { runs++; time.Sleep(c.each); return nil })()
		if c.each == 0 && time.Since(began) >= 100*time.Millisecond { // others had the processor
			c.times = min(len(times), c.times)
		}
		if err != nil || len(times) != c.times || runs != c.times+1 || slices.Min(times) < c.each {
			t.Errorf("of %v each: %v after %d runs, want %d times, %v", c.each, times, runs, c.times, err)
		}
	}
}

// TestMoved: what is copied is read and written.
func TestMoved(t *testing.T) {
	if got := moved(3e6, 2*time.Millisecond); got != 3e9 {
		t.Errorf("three megabytes copied in two milliseconds are %g bytes a second", got)
	}
}

// TestCopyTogether: every byte is copied, whatever the number of workers.
func TestCopyTogether(t *testing.T) {
	from := []byte("0123456789abcdefg")
	for workers := 1; workers <= 20; workers++ {
		to := make([]byte, len(from))
		if copyTogether(to, from, workers); !slices.Equal(to, from) {
			t.Errorf("%d workers copy %q", workers, to)
		}
	}
}
