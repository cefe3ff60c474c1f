package engine

import (
	"testing"
	"time"
)

// TestProfileTable: figures are of one inference, worked out by hand. What took no time that the clock sees took a
// nanosecond.
func TestProfileTable(t *testing.T) {
	p := Profile{Inferences: 10, Layers: []Layer{
		{Name: "stem.conv", What: "3×3 convolution", FLOPs: 6e6, Bytes: 2e5, Time: 30 * time.Millisecond},
		{Name: "head", What: "mean", FLOPs: 1000, Bytes: 4000, Time: 10 * time.Millisecond},
		{Name: "none", What: "copy", FLOPs: 5, Bytes: 7},
	}}
	const want = "        µs      %  GFLOP/s    GB/s  layer\n" +
		"    3000.0   75.0      2.0     0.1  stem.conv: 3×3 convolution\n" +
		"    1000.0   25.0      0.0     0.0  head: mean\n" +
		"       0.0    0.0      5.0     7.0  none: copy\n" +
		"    4000.0  100.0  10 inferences\n"
	if got := p.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := (Profile{Inferences: 1}).String(); got != "        µs      %  GFLOP/s    GB/s  layer\n"+
		"       0.0  100.0  1 inferences\n" {
		t.Errorf("without layers:\n%s", got)
	}
}
