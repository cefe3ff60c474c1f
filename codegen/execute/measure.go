package execute

import (
	"fmt"
	"slices"
	"time"
)

// Latency is how long something takes, from many runs.
type Latency struct {
	Median     time.Duration
	Low, High  time.Duration // between which the middle half of the runs lies
	Shortest   time.Duration
	Inferences int
}

func (l Latency) String() string {
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	return fmt.Sprintf("%.3f ms (middle half %.3f to %.3f, shortest %.3f, %d inferences)", ms(l.Median), ms(l.Low),
		ms(l.High), ms(l.Shortest), l.Inferences)
}

// pause between blocks is longer than idle threads of other runtimes spin, which would take a core from who is next.
const pause = 15 * time.Millisecond

// Block runs something a few times in a row and returns how long the runs took.
type Block func() ([]time.Duration, error)

// Repeat makes a block of a function: up to nine runs, fewer where they take longer than 100 ms together, but at least
// two. The first is not counted, for it finds the caches and threads as others have left them.
func Repeat(f func() error) Block {
	const longest, runs = 100 * time.Millisecond, 9
	return func() ([]time.Duration, error) {
		var times []time.Duration
		began := time.Now()
		for run := 0; run < 2 || run < runs && time.Since(began) < longest; run++ {
			start := time.Now()
			if err := f(); err != nil {
				return nil, err
			}
			if run > 0 {
				times = append(times, time.Since(start))
			}
		}
		return times, nil
	}
}

// Measure runs the blocks in turn, A B A B …, so that all see the same drift of the machine's clock, until the time is
// up, and each at least three times.
func Measure(limit time.Duration, blocks ...Block) ([]Latency, error) {
	const rounds = 3
	times := make([][]time.Duration, len(blocks))
	for round, end := 0, time.Now().Add(limit); round < rounds || time.Now().Before(end); round++ {
		for i, block := range blocks {
			time.Sleep(pause)
			some, err := block()
			if err != nil {
				return nil, err
			}
			times[i] = append(times[i], some...)
		}
	}
	all := make([]Latency, len(blocks))
	for i, t := range times {
		slices.Sort(t)
		all[i] = Latency{Median: t[len(t)/2], Low: t[len(t)/4], High: t[len(t)*3/4], Shortest: t[0],
			Inferences: len(t)}
	}
	return all, nil
}
