// Command load measures a classification service: how long answers take and how many come, from idle to twice of what
// it can do.
//
//	go run ./examples/server/load -url http://localhost:8080/classify PICTURE...
//
// First, as many clients as there are places ask one after the other; what they get is the capacity. Then requests come
// at a fixed rate, whether answers come or not, as they do from the world, for shares of that. Latency is counted from
// when a request should have been sent.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
)

func main() {
	url := flag.String("url", "http://localhost:8080/classify", "the service")
	clients := flag.Int("clients", 16, "how many ask at once to find the capacity")
	seconds := flag.Float64("seconds", 10, "for how long to measure each load")
	flag.Parse()
	if flag.NArg() == 0 {
		log.Fatal("no pictures are given")
	}
	connections := &http.Transport{MaxIdleConnsPerHost: 1024}
	t := tester{url: *url, client: &http.Client{Transport: connections, Timeout: 10 * time.Second}}
	for _, path := range flag.Args() {
		body, err := os.ReadFile(path)
		if err != nil {
			log.Fatal(err)
		}
		t.pictures = append(t.pictures, body)
	}
	limit := time.Duration(*seconds * float64(time.Second))
	t.closed(*clients, limit/4) // to warm up
	capacity := t.closed(*clients, limit)
	fmt.Printf("capacity %.1f answers a second\n", capacity)
	fmt.Println("load   offered/s  answered/s   p50 ms   p95 ms   p99 ms   503   errors")
	for _, share := range []float64{0.05, 0.25, 0.5, 0.8, 1, 1.5, 2} {
		r := t.open(share*capacity, limit)
		fmt.Printf("%4.0f%%  %9.1f  %10.1f  %7.1f  %7.1f  %7.1f  %4.0f%%  %6d\n", 100*share, share*capacity,
			float64(len(r.latencies))/limit.Seconds(), r.quantile(0.5), r.quantile(0.95), r.quantile(0.99),
			100*float64(r.busy)/float64(max(r.sent, 1)), r.failed)
	}
}

type tester struct {
	url      string
	client   *http.Client
	pictures [][]byte
}

// results of a load.
type results struct {
	mutex              sync.Mutex
	latencies          []time.Duration
	sent, busy, failed int
}

func (r *results) quantile(q float64) float64 {
	if len(r.latencies) == 0 {
		return 0
	}
	slices.Sort(r.latencies)
	return float64(r.latencies[min(int(q*float64(len(r.latencies))), len(r.latencies)-1)]) / float64(time.Millisecond)
}

// ask sends a picture and notes what comes of it.
func (t *tester) ask(i int, due time.Time, r *results) {
	status, err := t.send(i)
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.sent++
	switch {
	case err != nil:
		r.failed++
	case status == http.StatusOK:
		r.latencies = append(r.latencies, time.Since(due))
	case status == http.StatusServiceUnavailable:
		r.busy++
	default:
		r.failed++
	}
}

func (t *tester) send(i int) (status int, err error) {
	q, err := http.NewRequest(http.MethodPost, t.url, bytes.NewReader(t.pictures[i%len(t.pictures)]))
	if err != nil {
		return 0, err
	}
	a, err := t.client.Do(q)
	if err != nil {
		return 0, err
	}
	defer a.Body.Close()
	_, err = io.Copy(io.Discard, a.Body)
	return a.StatusCode, err
}

// closed has clients that ask one request after the other, and returns the answers a second.
func (t *tester) closed(clients int, limit time.Duration) float64 {
	r := &results{}
	end := time.Now().Add(limit)
	var wait sync.WaitGroup
	for c := range clients {
		wait.Go(func() {
			for i := c; time.Now().Before(end); i += clients {
				t.ask(i, time.Now(), r)
			}
		})
	}
	wait.Wait()
	return float64(len(r.latencies)) / limit.Seconds()
}

// open sends requests at a rate, whether answers come or not.
func (t *tester) open(rate float64, limit time.Duration) *results {
	r := &results{}
	var wait sync.WaitGroup
	start := time.Now()
	for i := 0; ; i++ {
		due := start.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		if due.Sub(start) > limit {
			break
		}
		time.Sleep(time.Until(due))
		wait.Go(func() { t.ask(i, due, r) })
	}
	wait.Wait()
	return r
}
