package service

import (
	"context"
	"errors"
	"time"
)

var errClosed = errors.New("the service is ending")

// queue gathers images into batches. One goroutine infers, with all of the network's workers: while it does, images
// wait, and the next batch is what has come in the meantime. Nobody waits for a batch to fill.
type queue struct {
	config  Config
	jobs    chan *job
	metrics *metrics
	stop    context.CancelFunc
	ended   chan struct{}
}

// job is an image on its way.
type job struct {
	ctx     context.Context
	pixels  []float32
	scores  []float32
	weights string // that scores are of
	err     error
	done    chan struct{} // closed when scores or err are there
}

func newQueue(c Config, m *metrics) *queue {
	ctx, stop := context.WithCancel(context.Background())
	q := &queue{config: c, jobs: make(chan *job, c.Places), metrics: m, stop: stop, ended: make(chan struct{})}
	go q.run(ctx)
	return q
}

// infer waits for an image's scores and the hash of the weights that they are of, or until the context ends.
func (q *queue) infer(ctx context.Context, pixels []float32) (scores []float32, weights string, err error) {
	j := &job{ctx: ctx, pixels: pixels, done: make(chan struct{})}
	select {
	case q.jobs <- j:
	case <-q.ended:
		return nil, "", errClosed
	}
	select {
	case <-j.done:
		return j.scores, j.weights, j.err
	case <-ctx.Done():
		return nil, "", ctx.Err()
	case <-q.ended:
		return nil, "", errClosed
	}
}

func (q *queue) run(ctx context.Context) {
	defer close(q.ended)
	length := 3 * q.config.Height * q.config.Width
	images := make([]float32, q.config.Batch*length)
	scores := make([]float32, q.config.Batch*q.config.Classes)
	var batch []*job
	weights, infers := "", context.Background()
	if q.config.AnsweredBy != nil {
		infers = q.config.AnsweredBy(infers, &weights)
	}
	for {
		if batch = q.gather(ctx, batch[:0]); len(batch) == 0 {
			return
		}
		for i, j := range batch {
			copy(images[i*length:], j.pixels)
		}
		n := len(batch)
		start := time.Now()
		err := q.config.Network.Infer(infers, images[:n*length], scores[:n*q.config.Classes])
		q.metrics.batch(n, time.Since(start))
		for i, j := range batch {
			j.weights, j.err = weights, err
			if err == nil {
				j.scores = append(j.scores, scores[i*q.config.Classes:(i+1)*q.config.Classes]...)
			}
			close(j.done)
		}
	}
}

// gather waits for an image and takes all that wait behind it, as many as a batch may have. Those whose request has
// ended are left out. It returns none when the queue is closed.
func (q *queue) gather(ctx context.Context, batch []*job) []*job {
	for len(batch) == 0 {
		select {
		case j := <-q.jobs:
			if j.ctx.Err() == nil {
				batch = append(batch, j)
			}
		case <-ctx.Done():
			return nil
		}
	}
	for len(batch) < q.config.Batch {
		select {
		case j := <-q.jobs:
			if j.ctx.Err() == nil {
				batch = append(batch, j)
			}
		default:
			return batch
		}
	}
	return batch
}

func (q *queue) close() {
	q.stop()
	<-q.ended
}
