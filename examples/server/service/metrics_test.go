package service

import (
	"context"
	"errors"
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
