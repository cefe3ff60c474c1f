package engine

import (
	"context"
	"slices"
	"sync/atomic"
	"time"
)

// queue bounds how many runs there are at once, and with them the memory of an engine. Who finds none free waits: first
// come, first served. The engine's mutex guards it.
type queue struct {
	limit   int // runs at once; 0: any number
	busy    int // runs in use, and turns that were given
	waiting []*waiter
	hungry  atomic.Int32 // how many wait, for batches to see without the mutex
}

// waiter is a caller that waits for a run.
type waiter struct {
	turn   chan struct{} // closed when the turn has come, or there will be none
	given  bool          // the turn has come: it counts as busy
	inside bool          // a batch that goes on: Close waits for it
}

// full reports whether who comes now has to wait: also behind those who do.
func (q *queue) full() bool { return q.limit > 0 && (q.busy >= q.limit || len(q.waiting) > 0) }

// give lets those go on whose turn it is.
func (q *queue) give() {
	for len(q.waiting) > 0 && q.busy < q.limit {
		w := q.waiting[0]
		q.waiting = slices.Delete(q.waiting, 0, 1)
		q.busy++
		w.given = true
		close(w.turn)
	}
	q.hungry.Store(int32(len(q.waiting)))
}

// leave takes one out who does not wait any more.
func (q *queue) leave(w *waiter) {
	if w.given {
		q.busy--
		q.give()
		return
	}
	q.waiting = slices.DeleteFunc(q.waiting, func(other *waiter) bool { return other == w })
	q.hungry.Store(int32(len(q.waiting)))
}

// refuse ends the waiting of those who have not begun.
func (q *queue) refuse() {
	q.waiting = slices.DeleteFunc(q.waiting, func(w *waiter) bool {
		if !w.inside {
			close(w.turn)
		}
		return !w.inside
	})
	q.hungry.Store(int32(len(q.waiting)))
}

// enter returns a run for who comes from outside, with helpers, when its turn has come. Nil stands for the weights that
// are current then; a batch that goes on has its own, which it has pinned.
func (e *Engine) enter(ctx context.Context, s *store) (*run, error) {
	e.mutex.Lock()
	if e.life.closed && s == nil {
		e.mutex.Unlock()
		return nil, ErrClosed
	}
	var waited time.Duration
	if e.queue.full() {
		came := time.Now()
		if err := e.waitLocked(ctx, s != nil); err != nil {
			return nil, err
		}
		waited = time.Since(came)
	} else {
		e.queue.busy++
	}
	outside := s == nil
	if outside {
		s = e.current
		e.stats.underWay++
	}
	e.stats.waited += waited
	r := e.beginLocked(s, true)
	if outside {
		s.tell(ctx)
	}
	r.began = time.Now()
	return r, nil
}

// waitLocked waits for a turn, with the mutex locked. After an error it is unlocked.
func (e *Engine) waitLocked(ctx context.Context, inside bool) error {
	w := &waiter{turn: make(chan struct{}), inside: inside}
	e.queue.waiting = append(e.queue.waiting, w)
	e.queue.hungry.Store(int32(len(e.queue.waiting)))
	e.mutex.Unlock()
	select {
	case <-w.turn:
	case <-ctx.Done():
	}
	e.mutex.Lock()
	closed := e.life.closed && !inside
	if w.given && !closed && ctx.Err() == nil {
		return nil
	}
	e.queue.leave(w)
	e.mutex.Unlock()
	if closed {
		return ErrClosed
	}
	return ctx.Err()
}

// another returns a run beside one that is under way, on the same weights, without helpers; nil if others wait, or
// there may be no more.
func (e *Engine) another(s *store) *run {
	e.mutex.Lock()
	if e.queue.full() {
		e.mutex.Unlock()
		return nil
	}
	e.queue.busy++
	return e.beginLocked(s, false)
}
