//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package engine

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestShut closes an engine while inferences and a batch are under way: it waits for them, lets nobody else begin, and
// gives the weights back once.
func TestShut(t *testing.T) {
	for _, workers := range []int{1, 3} {
		var held sync.WaitGroup
		held.Add(1)
		began := make(chan bool, 1000)
		given := make(chan bool, 10)
		gone := errors.New("gone")
		e := bound(mixing(8, func(step int) {
			if step == 0 { // of one item, so that an inference says once that it has begun
				began <- true
				held.Wait()
			}
		}), []Option{WithWorkers(workers)})
		e.use(&store{release: func() error { given <- true; return gone }})

		underWay := make(chan error, 3)
		infer := func() error {
			return e.Infer(context.Background(), list(testImages(1)), list(make([]float32, width), make([]float32, 10)))
		}
		batch := func() error {
			return e.InferBatch(context.Background(), 5, list(testImages(5)),
				list(make([]float32, 5*width), make([]float32, 50)))
		}
		for _, run := range []func() error{infer, infer, batch} {
			go func() { underWay <- run() }()
			<-began
		}
		shut := make(chan error, 2)
		for range 2 {
			go func() { shut <- e.Close() }()
		}
		closed := func() bool {
			e.mutex.Lock()
			defer e.mutex.Unlock()
			return e.life.closed
		}
		for deadline := time.Now().Add(10 * time.Second); !closed(); {
			if time.Now().After(deadline) {
				t.Fatal("the engine does not close")
			}
		}
		if err := infer(); !errors.Is(err, ErrClosed) {
			t.Errorf("an inference after the engine was shut: %v", err)
		}
		if err := batch(); !errors.Is(err, ErrClosed) {
			t.Errorf("a batch after the engine was shut: %v", err)
		}
		select {
		case <-shut:
			t.Error("shut does not wait for inferences under way")
		case <-given:
			t.Error("the weights are given back under inferences")
		case <-time.After(20 * time.Millisecond):
		}
		held.Done()
		for range 3 {
			if err := <-underWay; err != nil {
				t.Errorf("an inference that had begun: %v", err)
			}
		}
		for range 2 {
			if err := <-shut; err != gone {
				t.Errorf("shut returns %v", err)
			}
		}
		if err := e.Close(); err != gone || len(given) != 1 {
			t.Errorf("later: %v, the weights are given back %d times", err, len(given))
		}
	}
}

// TestBatchOverlap holds that a batch refuses to write over images that it has still to read.
func TestBatchOverlap(t *testing.T) {
	e := NewEngine(mixing(4, nil), nil, nil)
	memory := append(testImages(2), make([]float32, 2*width+20)...)
	few, rest := memory[2*width:2*width+20], memory[2*width+20:]
	for name, results := range map[string][2][]float32{
		"the first result, wholly":    {memory[:2*width], few},
		"the first result, one float": {memory[2*width-1 : 4*width-1], few},
		"the second result":           {rest, memory[width : width+20]},
	} {
		err := e.InferBatch(context.Background(), 2, list(memory[:2*width]), list(results[0], results[1]))
		if err != errOverlap {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := e.InferBatch(context.Background(), 2, list(memory[:2*width]), list(rest, rest[7:27])); err != errSame {
		t.Errorf("one result in another, of a batch: %v", err)
	}
	err := e.Infer(context.Background(), list(memory[:width]), list(rest[:width], rest[width-1:width+9]))
	if err != errSame {
		t.Errorf("one result in another: %v", err)
	}
	if err := e.InferBatch(context.Background(), 2, list(memory[:2*width]), list(rest, few)); err != nil {
		t.Errorf("results beside the images: %v", err)
	}
}

// TestOverlap: what has a byte in common overlaps; what has no byte does not, wherever it lies.
func TestOverlap(t *testing.T) {
	x := make([]float32, 8)
	for _, c := range []struct {
		a, b []float32
		want bool
	}{
		{x[:4], x[4:], false}, {x[:5], x[4:], true}, {x[4:], x[:4], false}, {x[4:], x[:5], true}, {x, x[3:4], true},
		{x[3:4], x, true}, {x, x[3:3], false}, {x[3:3], x, false}, {x[3:3], x[3:3], false},
		{x, nil, false}, {nil, x, false},
	} {
		if got := overlap(c.a, [][]float32{nil, c.b}); got != c.want {
			t.Errorf("%v and %v overlap: %t", c.a, c.b, got)
		}
		if got := entangled([][]float32{c.a, nil, c.b}); got != c.want {
			t.Errorf("results %v and %v overlap: %t", c.a, c.b, got)
		}
		if got := overlapAny([][]float32{nil, c.a}, [][]float32{c.b}); got != c.want {
			t.Errorf("an input %v and a result %v overlap: %t", c.a, c.b, got)
		}
	}
}

// TestOpenPipe holds that a pipe is refused without waiting for who writes to it.
func TestOpenPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weights.bin")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := openMapping(path)
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil {
			t.Error("a pipe is taken for weights")
		}
	case <-time.After(10 * time.Second):
		t.Error("a pipe is waited for")
	}
}
