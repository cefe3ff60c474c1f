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

// Measure runs the functions in turn, A B A B …, in blocks of a few runs, so that all see the same drift of the
// machine's clock, until the time is up. The first run of a block is not counted.
func Measure(limit time.Duration, functions ...func() error) ([]Latency, error) {
	const blocks, longest, runs = 3, 100 * time.Millisecond, 9
	times := make([][]time.Duration, len(functions))
	for block, end := 0, time.Now().Add(limit); block < blocks || time.Now().Before(end); block++ {
		for i, f := range functions {
			time.Sleep(pause)
			began := time.Now()
			for run := 0; run < 2 || run < runs && time.Since(began) < longest; run++ {
				start := time.Now()
				if err := f(); err != nil {
					return nil, err
				}
				if run > 0 {
					times[i] = append(times[i], time.Since(start))
				}
			}
		}
	}
	all := make([]Latency, len(functions))
	for i, t := range times {
		slices.Sort(t)
		all[i] = Latency{t[len(t)/2], t[len(t)/4], t[len(t)*3/4], t[0], len(t)}
	}
	return all, nil
}
