package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Profile says where the time of the inferences of a model went.
type Profile struct {
	Inferences int
	Layers     []Layer // in the order they run
}

// Layer is one step of a network in a Profile.
type Layer struct {
	Name  string        // the path of what a person wrote: "stage3.1.depthwise.conv"
	What  string        // what it does: "3×3 depthwise convolution, SiLU"
	FLOPs int64         // floating-point operations of one inference, a multiply-add being two
	Bytes int64         // of everything it reads and writes in one inference: values and weights
	Time  time.Duration // of all inferences
}

// Time returns how long the inferences took in all.
func (p Profile) Time() time.Duration {
	var sum time.Duration
	for _, l := range p.Layers {
		sum += l.Time
	}
	return sum
}

// String returns a table: for each layer, microseconds for one inference, share of the whole, GFLOP/s, GB/s and name.
func (p Profile) String() string {
	if p.Inferences == 0 {
		return "no inferences\n"
	}
	var b strings.Builder
	each := func(t time.Duration) float64 { return float64(t) / float64(p.Inferences) }
	whole := max(each(p.Time()), 1)
	fmt.Fprintf(&b, "%10s %6s %8s %7s  layer\n", "µs", "%", "GFLOP/s", "GB/s")
	for _, l := range p.Layers {
		nanoseconds := max(each(l.Time), 1)
		fmt.Fprintf(&b, "%10.1f %6.1f %8.1f %7.1f  %s: %s\n", nanoseconds/1e3, 100*nanoseconds/whole,
			float64(l.FLOPs)/nanoseconds, float64(l.Bytes)/nanoseconds, l.Name, l.What)
	}
	fmt.Fprintf(&b, "%10.1f %6.1f  %d inferences\n", whole/1e3, 100.0, p.Inferences)
	return b.String()
}

// addTimes adds what a run measured to the model's profile.
func (e *Engine) addTimes(r *run) {
	p := &e.profile
	if p.Layers == nil {
		for _, s := range e.network.Steps {
			what := s.Kernel.Describe() + ", to " + strings.ReplaceAll(fmt.Sprint(s.Shape), " ", ", ")
			p.Layers = append(p.Layers, Layer{Name: s.Name, What: what, FLOPs: s.FLOPs, Bytes: s.Bytes})
		}
	}
	for i, t := range r.times {
		p.Layers[i].Time += t
	}
	p.Inferences += r.count
	clear(r.times)
	r.count = 0
}

// Profile returns what has been measured so far.
func (e *Engine) Profile() Profile {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return Profile{e.profile.Inferences, slices.Clone(e.profile.Layers)}
}
