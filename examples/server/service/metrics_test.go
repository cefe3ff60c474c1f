package service

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMetricsText: requests count by their status, buckets hold all that took no longer, and those beyond the last
// bound are in the whole alone.
func TestMetricsText(t *testing.T) {
	m := newMetrics()
	m.request(200, 2*time.Millisecond)
	m.request(503, time.Millisecond)
	m.request(200, 3*time.Second)
	m.batch(3, 250*time.Millisecond)
	m.batch(2, 250*time.Millisecond)
	var text strings.Builder
	m.write(&text, 7)
	want := `# TYPE classify_requests_total counter
classify_requests_total{code="200"} 2
classify_requests_total{code="503"} 1
# TYPE classify_places_taken gauge
classify_places_taken 7
# TYPE classify_images_total counter
classify_images_total 5
# TYPE classify_request_seconds histogram
` + buckets("classify_request_seconds", 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3) + `classify_request_seconds_sum 3.003
classify_request_seconds_count 3
# TYPE classify_batch_seconds histogram
` + buckets("classify_batch_seconds", 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2) + `classify_batch_seconds_sum 0.5
classify_batch_seconds_count 2
`
	if text.String() != want {
		t.Errorf("got\n%s, want\n%s", &text, want)
	}
}

func buckets(name string, counts ...int) string {
	bounds := strings.Fields("0.001 0.0025 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 +Inf")
	var text strings.Builder
	for i, n := range counts {
		text.WriteString(name + `_bucket{le="` + bounds[i] + `"} ` + string(rune('0'+n)) + "\n")
	}
	return text.String()
}

// TestStatusOf: each error has its status; a client that has gone is told apart in the figures.
func TestStatusOf(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want int
	}{
		{fail(415, "no picture"), 415}, {&http.MaxBytesError{Limit: 3}, 413}, {context.DeadlineExceeded, 503},
		{errClosed, 503}, {context.Canceled, 499}, {errors.New("broken"), 500},
	} {
		if got := statusOf(fmt.Errorf("because: %w", tt.err)); got != tt.want {
			t.Errorf("%v: got %d, want %d", tt.err, got, tt.want)
		}
	}
}

// TestDefaults: the bounds are those that the documentation derives the memory from.
func TestDefaults(t *testing.T) {
	c := Defaults()
	if c.Top != 5 || c.MaxBytes != 4<<20 || c.MaxPixels != 4<<20 || c.Places != 32 || c.Batch != 8 ||
		c.Timeout != 2*time.Second || c.Decoders != runtime.GOMAXPROCS(0) ||
		c.Mean != [3]float32{0.485, 0.456, 0.406} || c.Std != [3]float32{0.229, 0.224, 0.225} {
		t.Errorf("%+v", c)
	}
}

// TestGather: a batch has as many images as it may at most, without those whose request has ended, in their order; what
// is left waits. Of a queue that is closed, nothing is waited for.
func TestGather(t *testing.T) {
	c := config(&meanColour{})
	c.Places, c.Batch = 9, 3
	q := &queue{config: c, jobs: make(chan *job, c.Places), ended: make(chan struct{})}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var all []*job
	for i := range 7 {
		j := &job{ctx: t.Context()}
		if i == 0 || i == 2 {
			j.ctx = ended
		}
		all = append(all, j)
		q.jobs <- j
	}
	for _, want := range [][]*job{{all[1], all[3], all[4]}, {all[5], all[6]}} {
		if got := q.gather(t.Context(), nil); !slices.Equal(got, want) {
			t.Errorf("a batch of %d, want %d", len(got), len(want))
		}
	}
	if got := q.gather(ended, nil); got != nil {
		t.Errorf("after the end there are %d", len(got))
	}
	q.jobs = make(chan *job) // which nobody reads
	close(q.ended)
	if _, _, err := q.infer(t.Context(), nil); err != errClosed {
		t.Errorf("after the end: %v", err)
	}
}

// TestGrows: a picture that is smaller than the network's is interpolated between its pixels, and repeats its edges.
func TestGrows(t *testing.T) {
	f := newFilter(0, 2, 4, 2) // two pixels become four, in the middle of their quarters
	for i, want := range []float32{0, 0.25, 0.75, 1} {
		sum := f.sum(i, func(i int) [3]float32 { return [3]float32{float32(i), 0, 1} })
		if d := sum[0] - want; !(d*d <= 1e-12) || !((sum[2]-1)*(sum[2]-1) <= 1e-12) {
			t.Errorf("pixel %d is %v, want %g", i, sum, want)
		}
	}
	if from, to := f.seen(); from != 0 || to != 2 {
		t.Errorf("pixels %d to %d are seen", from, to)
	}
}

// TestDecodeWaits: a request whose time is over while others are decoded is given up.
func TestDecodeWaits(t *testing.T) {
	c := config(&meanColour{})
	c.Decoders = 1
	s := New(c)
	defer s.Close()
	s.decoders <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if pixels, err := s.decode(ctx, nil); !errors.Is(err, context.Canceled) || pixels != nil {
		t.Errorf("got %v, %v", pixels, err)
	}
}
