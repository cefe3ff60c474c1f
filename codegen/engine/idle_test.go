package engine

import (
	"testing"
	"time"
)

// TestLetGo goes through what is kept, step by step: of the runs that nobody needed since the last look, all go but
// one.
func TestLetGo(t *testing.T) {
	e := NewEngine(mixing(2, nil), nil, nil)
	e.period = time.Hour // looks are the test's
	var out []*run
	take := func() {
		r := e.idle.take()
		if r == nil {
			r = newRun(e)
		}
		out = append(out, r)
	}
	keep := func() {
		e.mutex.Lock()
		e.keepLocked(out[len(out)-1])
		e.mutex.Unlock()
		out = out[:len(out)-1]
	}
	kept := func(when string, want int, armed bool) {
		t.Helper()
		if held := e.held.Load(); len(e.idle.runs) != want || held != int64(want+len(out))*e.runBytes(0) ||
			e.idle.armed != armed {
			t.Errorf("%s: %d runs are kept of %d bytes, and it is %t that another look comes", when, len(e.idle.runs),
				held, e.idle.armed)
		}
	}
	for range 3 {
		take()
	}
	kept("all are in use", 0, false)
	keep()
	kept("one is kept", 1, false)
	keep()
	keep()
	kept("three are kept", 3, true)
	e.letGo() // since the timer began, there was a moment without any
	kept("the first look", 3, true)
	take()
	take()
	if out[0] == out[1] || len(e.idle.runs) != 1 {
		t.Error("one run is given twice")
	}
	last := out[1]
	keep()
	take()
	if out[1] != last {
		t.Error("what was used last is not used first")
	}
	keep()
	keep()
	e.letGo()
	kept("one was not needed", 2, true)
	e.letGo()
	kept("none was needed", 1, false)
	e.letGo()
	kept("one stays", 1, false)
	take()
	take()
	keep()
	keep()
	kept("two are there again", 2, true)
	e.mutex.Lock()
	e.dropLocked()
	e.mutex.Unlock()
	kept("all are dropped", 0, true)
}

// TestOptions: each option says one thing, and numbers below zero nothing.
func TestOptions(t *testing.T) {
	got := optionsOf([]Option{WithWorkers(3), WithMaxInferences(4), WithProfile(), WithRepack(5), WithCopy(),
		WithFloat32()})
	want := options{workers: 3, inferences: 4, profiled: true, copies: true, repack: 5, float32: true}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := optionsOf([]Option{WithWorkers(-3), WithMaxInferences(-1)}); got != (options{}) {
		t.Errorf("below zero: %+v", got)
	}
	e := NewEngine(mixing(1, nil), nil, []Option{WithMaxInferences(4), WithRepack(5)})
	if e.queue.limit != 4 || e.machine.Repack != 5 {
		t.Errorf("at most %d inferences, %d bytes to keep weights", e.queue.limit, e.machine.Repack)
	}
}
