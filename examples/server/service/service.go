// Package service answers pictures with classes over HTTP, by any network that takes an image and gives scores.
//
//	POST /classify   a PNG, JPEG or GIF as the body, or as the file "picture" of a form → JSON
//	GET  /healthz    200 as long as the process runs
//	GET  /readyz     200 while it takes requests
//	GET  /metrics    figures in Prometheus' text format
//
// Memory has a bound. A request takes one of a fixed number of places before its body is read, and is answered with
// 503 when there is none; bodies and pictures have limits, which are checked before anything is decoded, by a few at a
// time. What waits is inferred in batches: while one batch runs, the next one gathers.
package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"
)

// Network is what the service needs of a generated package's Model, or of anything else: it infers images that lie one
// behind the other, [channels, height, width] each, and writes the scores of each.
type Network interface {
	Infer(ctx context.Context, images, scores []float32) error
}

// Score is a class as generated packages have it: Top of each returns them.
type Score = struct {
	Class              int
	Label              string
	Value, Probability float32
}

// Config says what is served and within which bounds.
type Config struct {
	Network Network
	Best    func(scores []float32, n int) ([]Score, error) // Top of the generated package
	Name    string                                         // of the network, for answers
	// AnsweredBy is the generated package's: with the context that it returns, Infer says which weights answered. May
	// be nil.
	AnsweredBy func(ctx context.Context, weights *string) context.Context

	Height, Width int        // of its images
	Classes       int        // scores of each image
	Mean, Std     [3]float32 // of each channel, for values from 0 to 1
	Labels        []string   // of the classes; may be nil
	Top           int        // classes of an answer
	MaxBytes      int64      // of a request's body
	MaxPixels     int        // of a picture
	Places        int        // requests that are read, wait or are inferred at once
	// pictures that are decoded at once, each of up to 8 bytes a pixel
	Decoders int
	Batch    int           // images of one inference, at most
	Timeout  time.Duration // of a request, once its body is read
}

// Defaults are those of networks trained on ImageNet, with bounds that keep the process below 400 MB at worst, on two
// processors: 32 bodies of 4 MB wait, and on each processor a picture of 4 million pixels is decoded, which takes up to
// 8 bytes a pixel, and again 3 for the part that is seen. Network, Best, Name and the sizes remain to be set.
func Defaults() Config {
	return Config{
		Mean: [3]float32{0.485, 0.456, 0.406}, Std: [3]float32{0.229, 0.224, 0.225},
		Top: 5, MaxBytes: 4 << 20, MaxPixels: 4 << 20, Places: 32, Decoders: runtime.GOMAXPROCS(0), Batch: 8,
		Timeout: 2 * time.Second,
	}
}

// Service is an http.Handler. Close it after the server has shut down.
type Service struct {
	config   Config
	places   chan struct{} // holds a token for each place that is taken
	decoders chan struct{} // likewise
	queue    *queue
	metrics  *metrics
	draining atomic.Bool
	mux      *http.ServeMux
}

// New makes a service and starts its inferences.
func New(c Config) *Service {
	s := &Service{config: c, places: make(chan struct{}, c.Places), decoders: make(chan struct{}, c.Decoders),
		metrics: newMetrics(), mux: http.NewServeMux()}
	s.queue = newQueue(c, s.metrics)
	s.mux.HandleFunc("POST /classify", s.classify)
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") })
	s.mux.HandleFunc("GET /readyz", s.ready)
	s.mux.HandleFunc("GET /metrics", s.serveMetrics)
	return s
}

// ServeHTTP answers a request.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Drain makes /readyz say that no more requests should come. Those that do are still answered.
func (s *Service) Drain() { s.draining.Store(true) }

// Close waits for the inference under way and ends the others with an error.
func (s *Service) Close() { s.queue.close() }

func (s *Service) ready(w http.ResponseWriter, _ *http.Request) {
	if s.draining.Load() {
		http.Error(w, "draining", http.StatusServiceUnavailable)
		return
	}
	io.WriteString(w, "ready\n")
}

func (s *Service) serveMetrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	s.metrics.write(w, len(s.places))
}

// Answer is what a picture is answered with.
type Answer struct {
	Model   string  `json:"model"`
	Weights string  `json:"weights,omitempty"` // their hash: Swap may have changed them since
	Classes []Class `json:"classes"`           // the likeliest first
}

// Class is one of an answer's classes.
type Class struct {
	Index       int     `json:"index"`
	Label       string  `json:"label,omitempty"`
	Probability float32 `json:"probability"`
}

// failure is an error with the status by which it is answered.
type failure struct {
	status int
	error
}

func fail(status int, format string, args ...any) error {
	return failure{status, fmt.Errorf(format, args...)}
}

func (s *Service) classify(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	status := http.StatusOK
	answer, err := s.answer(w, r)
	if err != nil {
		status = statusOf(err)
		if status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "1")
			w.Header().Set("Connection", "close") // what was sent of the body need not be read
		}
		http.Error(w, err.Error(), status)
	} else {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(answer)
	}
	s.metrics.request(status, time.Since(start))
}

func statusOf(err error) int {
	var f failure
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &f):
		return f.status
	case errors.As(err, &large):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, errClosed):
		return http.StatusServiceUnavailable
	case errors.Is(err, context.Canceled): // the client has gone: the status is for the figures alone
		return 499
	}
	return http.StatusInternalServerError
}

// answer reads, decodes and infers a request's picture.
func (s *Service) answer(w http.ResponseWriter, r *http.Request) (*Answer, error) {
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
	default:
		return nil, fail(http.StatusServiceUnavailable, "all %d places are taken", cap(s.places))
	}
	data, err := picture(http.MaxBytesReader(w, r.Body, s.config.MaxBytes), r.Header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.config.Timeout)
	defer cancel()
	pixels, err := s.decode(ctx, data)
	if err != nil {
		return nil, err
	}
	scores, weights, err := s.queue.infer(ctx, pixels)
	if err != nil {
		return nil, err
	}
	classes, err := s.config.top(scores)
	return &Answer{s.config.Name, weights, classes}, err
}

// decode waits for its turn and makes an image of the network of a picture.
func (s *Service) decode(ctx context.Context, data []byte) ([]float32, error) {
	select {
	case s.decoders <- struct{}{}:
		defer func() { <-s.decoders }()
		return s.config.decode(data)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// picture reads the bytes of the picture: the body, or a form's file of that name.
func picture(body io.Reader, contentType string) ([]byte, error) {
	media, settings, _ := mime.ParseMediaType(contentType)
	if media != "multipart/form-data" {
		return io.ReadAll(body)
	}
	return formFile(body, settings["boundary"])
}

// top returns the likeliest classes with their probabilities.
func (c *Config) top(scores []float32) ([]Class, error) {
	best, err := c.Best(scores, min(c.Top, len(scores)))
	if err != nil {
		return nil, err
	}
	classes := make([]Class, len(best))
	for i, b := range best {
		classes[i] = Class{Index: b.Class, Probability: b.Probability}
		if b.Class < len(c.Labels) {
			classes[i].Label = c.Labels[b.Class]
		}
	}
	return classes, nil
}
