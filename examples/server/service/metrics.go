package service

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

// bounds of the histograms, in seconds.
var bounds = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5}

// metrics are figures as Prometheus scrapes them. Some dozen lines save a service a library of a megabyte.
type metrics struct {
	mutex    sync.Mutex
	requests map[int]int64 // by status
	latency  histogram     // of requests
	infer    histogram     // of batches
	images   int64
}

type histogram struct {
	counts []int64 // by bound, not added up
	sum    float64
	count  int64
}

func newMetrics() *metrics {
	return &metrics{requests: map[int]int64{}, latency: histogram{counts: make([]int64, len(bounds))},
		infer: histogram{counts: make([]int64, len(bounds))}}
}

func (h *histogram) add(d time.Duration) {
	seconds := d.Seconds()
	h.sum += seconds
	h.count++
	if i := slices.IndexFunc(bounds, func(b float64) bool { return seconds <= b }); i >= 0 {
		h.counts[i]++
	}
}

func (m *metrics) request(status int, d time.Duration) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.requests[status]++
	m.latency.add(d)
}

func (m *metrics) batch(images int, d time.Duration) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.images += int64(images)
	m.infer.add(d)
}

// write prints the figures in Prometheus' text format.
func (m *metrics) write(w io.Writer, taken int) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	fmt.Fprintln(w, "# TYPE classify_requests_total counter")
	for _, status := range slices.Sorted(maps.Keys(m.requests)) {
		fmt.Fprintf(w, "classify_requests_total{code=\"%d\"} %d\n", status, m.requests[status])
	}
	fmt.Fprintf(w, "# TYPE classify_places_taken gauge\nclassify_places_taken %d\n", taken)
	fmt.Fprintf(w, "# TYPE classify_images_total counter\nclassify_images_total %d\n", m.images)
	m.latency.write(w, "classify_request_seconds")
	m.infer.write(w, "classify_batch_seconds")
}

func (h *histogram) write(w io.Writer, name string) {
	fmt.Fprintf(w, "# TYPE %s histogram\n", name)
	sum := int64(0)
	for i, b := range bounds {
		sum += h.counts[i]
		fmt.Fprintf(w, "%s_bucket{le=\"%g\"} %d\n", name, b, sum)
	}
	fmt.Fprintf(w, "%s_bucket{le=\"+Inf\"} %d\n%s_sum %g\n%s_count %d\n", name, h.count, name, h.sum, name, h.count)
}
