package engine

import "time"

// Runs that are over are kept for those to come. What was kept for a while without being needed is let go: all but one,
// so that a service that is used seldom, but not by many at once, is warm always.
//
//	       runs kept
//	time   3 2 1 2 3 │ 2 3 3 3 │ 3 3 …
//	                 └ the least since the last look was 1: one goes
//	                           └ the least was 2: all but one go
type idle struct {
	runs  []*run // the last are used first
	least int    // of them there were since the last look
	timer *time.Timer
	armed bool // the timer is running
}

// idlePeriod is the time between looks.
const idlePeriod = 10 * time.Second

// take returns a kept run, or nil.
func (i *idle) take() *run {
	n := len(i.runs)
	if n == 0 {
		return nil
	}
	r := i.runs[n-1]
	i.runs[n-1] = nil
	i.runs = i.runs[:n-1]
	i.least = min(i.least, n-1)
	return r
}

// keepLocked keeps a run, with the engine's mutex locked.
func (e *Engine) keepLocked(r *run) {
	i := &e.idle
	i.runs = append(i.runs, r)
	if len(i.runs) < 2 || i.armed {
		return
	}
	i.armed, i.least = true, 0
	if i.timer == nil {
		i.timer = time.AfterFunc(e.period, e.letGo)
	} else {
		i.timer.Reset(e.period)
	}
}

// letGo is what the timer does.
func (e *Engine) letGo() {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	i := &e.idle
	surplus := min(i.least, len(i.runs)-1)
	for _, r := range i.runs[:max(surplus, 0)] {
		e.held.Add(-r.bytes)
	}
	if surplus > 0 {
		n := copy(i.runs, i.runs[surplus:])
		clear(i.runs[n:])
		i.runs = i.runs[:n]
	}
	i.least = len(i.runs)
	if i.armed = len(i.runs) > 1; i.armed {
		i.timer.Reset(e.period)
	}
}

// dropLocked lets all kept runs go, for good.
func (e *Engine) dropLocked() {
	i := &e.idle
	for _, r := range i.runs {
		e.held.Add(-r.bytes)
	}
	i.runs = nil
	if i.timer != nil {
		i.timer.Stop()
	}
}
