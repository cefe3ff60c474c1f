package compilertest

import (
	"errors"
	"io"
	"runtime"
	"testing"
	"time"
)

// ErrSink is what a sink fails with.
var ErrSink = errors.New("the disk is full")

// sink takes so many writes. The next one fails: nothing of it is taken or, when it is short, half.
type sink struct {
	left  int
	short bool
}

func (s *sink) Write(p []byte) (int, error) {
	if s.left--; s.left >= 0 {
		return len(p), nil
	}
	if s.short {
		return len(p) / 2, ErrSink
	}
	return 0, ErrSink
}

// EveryWrite calls an emitter with sinks that fail at the first write, the second, and so on to the last: each
// failure must come out as the emitter's error. No goroutine may be left behind.
func EveryWrite(t testing.TB, emit func(io.Writer) error) {
	t.Helper()
	counter := &sink{left: 1 << 30}
	if err := emit(counter); err != nil {
		t.Fatal(err)
	}
	writes := 1<<30 - counter.left
	if writes == 0 {
		t.Fatal("nothing is written")
	}
	before := runtime.NumGoroutine()
	for k := range writes {
		for _, short := range []bool{false, true} {
			if err := emit(&sink{left: k, short: short}); !errors.Is(err, ErrSink) {
				t.Fatalf("write %d of %d fails (short: %t), and the error is %v", k+1, writes, short, err)
			}
		}
	}
	noneLeft(t, before)
}

// noneLeft waits a while for goroutines to end.
func noneLeft(t testing.TB, before int) {
	t.Helper()
	for range 200 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines are left behind", runtime.NumGoroutine()-before)
}
