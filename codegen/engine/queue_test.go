package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netc-lang/netc/codegen/kernel"
)

// until waits for a condition.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(50 * time.Microsecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it takes too long until %s", what)
		}
	}
}

// held makes an engine whose inferences begin, and end when they are let go. began has the first float of each image.
func held(options ...Option) (e *Engine, began chan float32, letGo chan bool) {
	began, letGo = make(chan float32, 100), make(chan bool)
	step := &doing{1, 3, func(_ *kernel.Worker, m kernel.Memory, _, _ int) {
		began <- kernel.FloatsOf(m[kernel.InputSpace])[0]
		<-letGo
		kernel.FloatsOf(m[kernel.ArenaSpace])[0] = kernel.FloatsOf(m[kernel.InputSpace])[0]
	}}
	n := &Network{
		Inputs: []int{1}, Arena: 64, Results: []kernel.Ref{kernel.PlanesInArena(0, kernel.F32, 1, 1)},
		Steps: []Step{{Kernel: step}},
	}
	return NewEngine(n, nil, options), began, letGo
}

// infer begins a call with an image of one number, or several, and returns where its error comes.
func infer(ctx context.Context, e *Engine, images ...float32) chan error {
	done := make(chan error, 1)
	go func() {
		results := make([]float32, len(images))
		err := e.InferBatch(ctx, len(images), list(images), list(results))
		if err == nil && !slices.Equal(results, images) {
			err = errors.New("wrong results")
		}
		done <- err
	}()
	return done
}

func waits(t *testing.T, e *Engine, n int64) {
	t.Helper()
	until(t, "so many wait", func() bool { return e.Stats().Waiting == n })
}

// TestQueue goes through what a queue of two does for those who come, give up and are refused, one after the other.
func TestQueue(t *testing.T) {
	var free queue
	if free.busy = 100; free.full() {
		t.Error("a queue without a limit is full")
	}
	q := &queue{limit: 2, busy: 1}
	if q.full() {
		t.Error("one of two is busy, and the queue is full")
	}
	var all []*waiter
	come := func(inside bool) {
		all = append(all, &waiter{turn: make(chan struct{}), inside: inside})
		q.waiting = append(q.waiting, all[len(all)-1])
	}
	holds := func(when string, busy, waiting int, turns ...bool) {
		t.Helper()
		for i, w := range all {
			came := false
			select {
			case <-w.turn:
				came = true
			default:
			}
			if came != turns[i] {
				t.Errorf("%s: the turn of %d has come: %t", when, i, came)
			}
		}
		if q.busy != busy || len(q.waiting) != waiting || int(q.hungry.Load()) != waiting {
			t.Errorf("%s: %d are busy, %d wait, %d are hungry", when, q.busy, len(q.waiting), q.hungry.Load())
		}
	}
	come(false)
	if !q.full() {
		t.Error("who comes later does not wait behind who waits")
	}
	q.waiting = q.waiting[:0]
	q.busy, all = 2, nil
	if !q.full() {
		t.Error("two of two are busy, and the queue is not full")
	}
	come(false)
	come(true)
	come(false)
	q.give()
	holds("both are busy", 2, 3, false, false, false)
	q.busy--
	q.give()
	holds("one ends", 2, 2, true, false, false)
	q.leave(all[0]) // whose context has ended at the same time
	holds("its turn goes to the next", 2, 1, true, true, false)
	come(true)
	q.leave(all[2])
	holds("one does not wait any more", 2, 1, true, true, false, false)
	come(false)
	q.refuse()
	holds("those outside are refused", 2, 1, true, true, false, false, true)
	q.busy = 0
	q.give()
	holds("all end", 1, 0, true, true, false, true, true)
}

// TestFirstComeFirstServed lets callers wait for two runs, and holds in which order they begin.
func TestFirstComeFirstServed(t *testing.T) {
	e, began, letGo := held(WithMaxInferences(2), WithWorkers(1))
	var done []chan error
	for i := range 8 {
		done = append(done, infer(context.Background(), e, float32(i)))
		if i < 2 {
			if got := <-began; got != float32(i) {
				t.Fatalf("%g begins", got)
			}
		} else {
			waits(t, e, int64(i-1))
		}
	}
	if s := e.Stats(); s.UnderWay != 2 || s.Memory.Held != 2*s.Memory.PerInference || s.Memory.Held != s.Memory.Limit {
		t.Errorf("the figures are %+v", s)
	}
	for i := 2; i < 8; i++ {
		letGo <- true
		if got := <-began; got != float32(i) {
			t.Errorf("%g begins, want %d", got, i)
		}
	}
	close(letGo)
	for i, d := range done {
		if err := <-d; err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	s := e.Stats()
	if s.Inferences != 8 || s.UnderWay != 0 || s.Waiting != 0 || s.Time <= 0 || s.Waited <= 0 || e.queue.busy != 0 {
		t.Errorf("the figures are %+v, and %d are busy", s, e.queue.busy)
	}
	if s.Memory.PerInference != 4*(16+3) {
		t.Errorf("an inference takes %d bytes", s.Memory.PerInference)
	}
}

// TestWaitEnds holds that the end of a context ends waiting, and that the turn goes to the next.
func TestWaitEnds(t *testing.T) {
	e, began, letGo := held(WithMaxInferences(1), WithWorkers(1))
	first := infer(context.Background(), e, 0)
	<-began
	ctx, cancel := context.WithCancel(context.Background())
	second := infer(ctx, e, 1)
	waits(t, e, 1)
	third := infer(context.Background(), e, 2)
	waits(t, e, 2)
	cancel()
	if err := <-second; err != context.Canceled {
		t.Errorf("a call whose context ends while it waits: %v", err)
	}
	waits(t, e, 1)
	close(letGo)
	if got := <-began; got != 2 {
		t.Errorf("%g begins", got)
	}
	for _, done := range []chan error{first, third} {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if err := <-infer(ctx, e, 1); err != context.Canceled {
		t.Errorf("a call whose context has ended: %v", err)
	}
	if s := e.Stats(); s.UnderWay != 0 || s.Waiting != 0 || e.queue.busy != 0 {
		t.Errorf("%+v, and %d are busy", s, e.queue.busy)
	}
}

// TestCloseRefusesWaiting closes an engine while a batch goes on and others wait. The batch comes to its end; the
// others are refused at once.
func TestCloseRefusesWaiting(t *testing.T) {
	e, began, letGo := held(WithMaxInferences(1), WithWorkers(1))
	batch := infer(context.Background(), e, 0, 1, 2)
	<-began
	one := infer(context.Background(), e, 10)
	waits(t, e, 1)
	letGo <- true // the batch, whose first image is over, waits behind the other
	if got := <-began; got != 10 {
		t.Fatalf("%g begins", got)
	}
	waits(t, e, 1)
	late := infer(context.Background(), e, 20)
	waits(t, e, 2)
	closed := make(chan error, 1)
	go func() { closed <- e.Close() }()
	if err := <-late; err != ErrClosed {
		t.Errorf("a call that waits when the model is closed: %v", err)
	}
	select {
	case <-closed:
		t.Error("Close does not wait for those that have begun")
	case <-time.After(10 * time.Millisecond):
	}
	close(letGo)
	for _, done := range []chan error{one, batch, closed} {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if s := e.Stats(); s.Inferences != 4 || s.Memory.Held != 0 || s.UnderWay != 0 {
		t.Errorf("the figures are %+v", s)
	}
}

// TestBatchLetsOthers holds that a request that comes while a large batch runs waits for one image of it at most, of
// each worker, and the batch goes on behind it.
func TestBatchLetsOthers(t *testing.T) {
	for _, limit := range []int{1, 2} {
		e, began, letGo := held(WithMaxInferences(limit), WithWorkers(2))
		images := make([]float32, 50)
		for i := range images {
			images[i] = float32(i)
		}
		batch := infer(context.Background(), e, images...)
		for range limit {
			<-began
		}
		var single []chan error
		for i := range 3 {
			single = append(single, infer(context.Background(), e, float32(1000+i)))
			waits(t, e, int64(i+1))
		}
		var order []float32
		for range limit { // what the batch has begun
			letGo <- true
		}
		for range 3 {
			order = append(order, <-began)
			if len(order) >= limit { // so many run at once
				letGo <- true
			}
		}
		slices.Sort(order)
		if !slices.Equal(order, []float32{1000, 1001, 1002}) {
			t.Errorf("limit %d: after the batch's first images, these begin: %v", limit, order)
		}
		close(letGo)
		for _, done := range append(single, batch) {
			if err := <-done; err != nil {
				t.Errorf("limit %d: %v", limit, err)
			}
		}
		if s := e.Stats(); s.Inferences != 53 || s.Memory.Held > s.Memory.Limit || e.queue.busy != 0 || e.helping != 0 {
			t.Errorf("limit %d: %+v, %d are busy, %d help", limit, s, e.queue.busy, e.helping)
		}
	}
}

// TestBoundedMemory has more callers and batches than an engine has memory for.
func TestBoundedMemory(t *testing.T) {
	const callers, limit = 8, 3
	n := mixing(12, nil)
	want := results(t, NewEngine(n, nil, nil), testImages(1))
	e := NewEngine(n, nil, []Option{WithMaxInferences(limit), WithWorkers(2)})
	images := slices.Concat(testImages(1), testImages(1), testImages(1), testImages(1), testImages(1))
	var group sync.WaitGroup
	var most atomic.Int64
	for i := range callers {
		group.Add(1)
		go func() {
			defer group.Done()
			count := 1 + i%2*4
			got, few := make([]float32, count*width), make([]float32, count*10)
			for range 30 {
				err := e.InferBatch(context.Background(), count, list(images[:count*width]), list(got, few))
				if err != nil {
					t.Error(err)
				}
				if !slices.Equal(got[(count-1)*width:], want) {
					t.Error("other results under load")
				}
				most.Store(max(most.Load(), e.Memory().Held))
			}
		}()
	}
	group.Wait()
	m := e.Memory()
	if most.Load() > m.Limit || m.Limit != limit*m.PerInference || m.PerInference != 4*(2*width+2*5) {
		t.Errorf("at most %d bytes are held; %+v", most.Load(), m)
	}
}

// TestIdleMemory holds that memory of inferences is let go when nobody needed it for a while, all but that of one.
func TestIdleMemory(t *testing.T) {
	e, began, letGo := held(WithWorkers(1))
	e.period = time.Millisecond
	var done []chan error
	for i := range 5 {
		done = append(done, infer(context.Background(), e, float32(i)))
		<-began
	}
	per := e.Memory().PerInference
	if m := e.Memory(); m.Held != 5*per || m.Limit != 0 {
		t.Errorf("five inferences take %+v", m)
	}
	close(letGo)
	for _, d := range done {
		if err := <-d; err != nil {
			t.Error(err)
		}
	}
	until(t, "memory is let go", func() bool { return e.Memory().Held == per })
	time.Sleep(20 * time.Millisecond)
	if err := <-infer(context.Background(), e, 1); err != nil || e.Memory().Held != per {
		t.Errorf("later: %v, %+v", err, e.Memory())
	}
	e.mutex.Lock()
	armed := e.idle.armed
	e.mutex.Unlock()
	if armed {
		t.Error("the timer runs though there is nothing to let go")
	}
}

// TestSetWorkers changes the number of workers under inferences. Results stay the same, and so many work at most.
func TestSetWorkers(t *testing.T) {
	withProcessors(t, 4)
	image := testImages(1)
	n := mixing(24, nil)
	want := results(t, NewEngine(n, nil, []Option{WithWorkers(1)}), image)
	e := NewEngine(n, nil, nil)
	if got := e.workersLocked(); got != 4 {
		t.Errorf("%d workers on 4 processors", got)
	}
	stop, stopped := make(chan bool), make(chan bool)
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				e.SetWorkers(i % 7)
			}
		}
	}()
	for range 300 {
		if got := results(t, e, image); !slices.Equal(got, want) {
			t.Fatal("other results while the number of workers changes")
		}
	}
	close(stop)
	<-stopped
	for _, workers := range []int{1, 3, 2} {
		e.SetWorkers(workers)
		r, err := e.enter(context.Background(), nil)
		if err != nil || r.team.size != workers {
			t.Errorf("%d of %d workers come: %v", r.team.size, workers, err)
		}
		e.endAfter(r, 0, true)
	}
	if e.helping != 0 {
		t.Errorf("%d helpers are still at work", e.helping)
	}
}
