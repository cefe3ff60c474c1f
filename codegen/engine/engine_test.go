package engine

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const width = 1000

// mixing makes a network whose every element depends on many of the step before: a mistake in the order of things shows
// in the result. Steps have different numbers of items. hook, unless nil, is called for every step.
func mixing(depth int, hook func(step int)) *network {
	n := &network{image: width, arena: 2 * width, results: []place{{depth % 2 * width, width}, {depth % 2 * width, 10}}}
	for i := range depth {
		items := []int{1, 2, 3, 7, 40, width}[i%6]
		n.steps = append(n.steps, step{
			name: fmt.Sprintf("step%d", i), what: "mix", flops: 3 * width, bytes: 8 * width, items: items, scratch: 5,
			do: func(r *run, worker, first, last int) {
				if hook != nil {
					hook(i)
				}
				in, out := r.arena[i%2*width:(i%2+1)*width], r.arena[(i+1)%2*width:((i+1)%2+1)*width]
				if i == 0 {
					in = r.image
				}
				for k := first * width / items; k < last*width/items; k++ {
					r.scratch[worker][k%5] = in[(k*7+i)%width]
					out[k] = 0.5*in[k] + 0.25*r.scratch[worker][k%5] - in[(k+width/2)%width]
				}
			},
		})
	}
	return n
}

func testImages(n int) []float32 {
	all := make([]float32, n*width)
	for i := range all {
		all[i] = float32(i*i%997) / 997
	}
	return all
}

// results runs one image on a new engine.
func results(t *testing.T, e *engine, image []float32) []float32 {
	t.Helper()
	all, few := make([]float32, width), make([]float32, 10)
	if err := e.infer(context.Background(), image, all, few); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(all[:10], few) {
		t.Error("the second result is not what lies in its place")
	}
	return all
}

func withProcessors(t *testing.T, n int) {
	t.Helper()
	before := runtime.GOMAXPROCS(n)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
}

func TestSameResultsForEveryNumberOfWorkers(t *testing.T) {
	n, image := mixing(60, nil), testImages(1)
	want := results(t, newEngine(n, nil, []Option{WithWorkers(1)}), image)
	for _, processors := range []int{1, 2, 4} {
		withProcessors(t, processors)
		for _, workers := range []int{-1, 2, 3, 8, 50} {
			e := newEngine(n, nil, []Option{WithWorkers(workers)})
			for range 20 {
				if got := results(t, e, image); !slices.Equal(got, want) {
					t.Fatalf("%d workers on %d processors make other results", workers, processors)
				}
			}
		}
	}
}

// TestHelpersWork holds up the leader until a helper has come.
func TestHelpersWork(t *testing.T) {
	var began atomic.Int32
	n := &network{steps: []step{{items: 2, do: func(_ *run, _, first, last int) {
		began.Add(1)
		for deadline := time.Now().Add(10 * time.Second); began.Load() < 2; runtime.Gosched() {
			if time.Now().After(deadline) {
				t.Error("one goroutine does everything")
				return
			}
		}
	}}}}
	if err := newEngine(n, nil, []Option{WithWorkers(2)}).infer(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
}

func TestConcurrentCallers(t *testing.T) {
	const callers = 6
	images := testImages(callers)
	n := mixing(40, nil)
	e := newEngine(n, nil, []Option{WithWorkers(4)})
	var want [callers][]float32
	for i := range want {
		want[i] = results(t, e, images[i*width:(i+1)*width])
	}
	var group sync.WaitGroup
	for i := range callers {
		group.Add(1)
		go func() {
			defer group.Done()
			got, few := make([]float32, width), make([]float32, 10)
			for range 50 {
				if err := e.infer(context.Background(), images[i*width:(i+1)*width], got, few); err != nil || !slices.Equal(got, want[i]) {
					t.Errorf("caller %d gets other results beside others: %v", i, err)
					return
				}
			}
		}()
	}
	group.Wait()
	if e.helpers != 3 {
		t.Errorf("%d helpers are left of 3", e.helpers)
	}
}

func TestBatch(t *testing.T) {
	const most = 9
	images := testImages(most)
	n := mixing(30, nil)
	var want []float32
	for i := range most {
		want = append(want, results(t, newEngine(n, nil, []Option{WithWorkers(1)}), images[i*width:(i+1)*width])...)
	}
	for _, workers := range []int{1, 2, 4} {
		e := newEngine(n, nil, []Option{WithWorkers(workers)})
		for count := range most + 1 {
			got, few := make([]float32, count*width), make([]float32, count*10)
			if err := e.inferBatch(context.Background(), count, images[:count*width], got, few); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, want[:count*width]) {
				t.Errorf("%d images on %d workers: other results than one by one", count, workers)
			}
			if count > 0 && !slices.Equal(few[(count-1)*10:], want[(count-1)*width:][:10]) {
				t.Errorf("%d images on %d workers: another second result than one by one", count, workers)
			}
		}
		if len(e.idle) > workers {
			t.Errorf("%d arenas for %d workers", len(e.idle), workers)
		}
	}
}

func TestNothingLeftRunning(t *testing.T) {
	before := runtime.NumGoroutine()
	e := newEngine(mixing(20, nil), nil, []Option{WithWorkers(4)})
	for range 10 {
		results(t, e, testImages(1))
	}
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines before, %d after", before, runtime.NumGoroutine())
		}
		time.Sleep(time.Millisecond)
	}
}

func TestNoAllocation(t *testing.T) {
	image, images := testImages(1), testImages(5)
	all, few := make([]float32, 5*width), make([]float32, 5*10)
	for _, workers := range []int{1, 3} {
		e := newEngine(mixing(20, nil), nil, []Option{WithWorkers(workers)})
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		one := func() { e.infer(ctx, image, all[:width], few[:10]) }
		batch := func() { e.inferBatch(ctx, 5, images, all, few) }
		for range 20 {
			one()
			batch()
		}
		for name, run := range map[string]func(){"an inference": one, "a batch": batch} {
			if allocations := testing.AllocsPerRun(50, run); allocations != 0 {
				t.Errorf("%g allocations for %s with %d workers", allocations, name, workers)
			}
		}
	}
}

func TestCancel(t *testing.T) {
	for _, workers := range []int{1, 3} {
		var after atomic.Int32
		ctx, cancel := context.WithCancel(context.Background())
		n := mixing(30, func(step int) {
			if step == 10 {
				cancel()
			} else if step > 10 {
				after.Add(1)
			}
		})
		e := newEngine(n, nil, []Option{WithWorkers(workers)})
		all, few := make([]float32, 5*width), make([]float32, 50)
		if err := e.infer(ctx, testImages(1), all[:width], few[:10]); err != context.Canceled {
			t.Errorf("a cancelled inference returns %v", err)
		}
		if after.Load() > 0 {
			t.Errorf("%d steps ran after the one that was cancelled", after.Load())
		}
		if err := e.inferBatch(ctx, 5, testImages(5), all, few); err != context.Canceled {
			t.Errorf("a cancelled batch returns %v", err)
		}
		if all[0] != 0 {
			t.Error("a cancelled inference wrote results")
		}
		if e.helpers != workers-1 {
			t.Errorf("%d helpers are left of %d", e.helpers, workers-1)
		}
	}
	past, cancel := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer cancel()
	if err := newEngine(mixing(3, nil), nil, nil).infer(past, testImages(1), make([]float32, width), make([]float32, 10)); err != context.DeadlineExceeded {
		t.Errorf("an inference past its deadline returns %v", err)
	}
}

func TestProfile(t *testing.T) {
	e := newEngine(mixing(6, func(int) { time.Sleep(10 * time.Microsecond) }), nil, []Option{WithProfile(), WithWorkers(2)})
	if got := e.profileSoFar(); got.Inferences != 0 || got.String() != "no inferences\n" {
		t.Errorf("before any inference: %v", got)
	}
	results(t, e, testImages(1))
	all, few := make([]float32, 5*width), make([]float32, 50)
	if err := e.inferBatch(context.Background(), 5, testImages(5), all, few); err != nil {
		t.Fatal(err)
	}
	p := e.profileSoFar()
	if p.Inferences != 6 || len(p.Layers) != 6 || p.Time() < 6*6*10*time.Microsecond {
		t.Errorf("%d inferences of %d layers in %v", p.Inferences, len(p.Layers), p.Time())
	}
	if l := p.Layers[3]; l.Name != "step3" || l.FLOPs != 3*width || l.Bytes != 8*width || l.Time <= 0 {
		t.Errorf("the fourth layer is %+v", l)
	}
	if text := p.String(); !strings.Contains(text, "step3: mix") || !strings.Contains(text, "6 inferences") {
		t.Errorf("the table:\n%s", text)
	}
	p.Layers[0].Time = 0
	if e.profileSoFar().Layers[0].Time == 0 {
		t.Error("a profile is not a copy")
	}
}

func TestSources(t *testing.T) {
	whole, err := Sources(Parts{Mapped: true, Half: true}, "other", "// Made.")
	if err != nil {
		t.Fatal(err)
	}
	few, err := Sources(Parts{}, "other", "// Made.")
	if err != nil || len(whole) != len(few)+3 {
		t.Errorf("%d files and %d: %v", len(whole), len(few), err)
	}
	for _, s := range whole {
		if text := string(s.Text); !strings.HasPrefix(text, "// Made.\n\n") || !strings.Contains(text, "\npackage other\n") {
			t.Errorf("%s begins with %.60q", s.Name, text)
		}
	}
}

// TestScratchOfSteps holds that in a step, each worker finds in its scratch what it left there, and that when a step begins the first float,
// by which it tells, is zero.
func TestScratchOfSteps(t *testing.T) {
	withProcessors(t, 2)
	var begun, parts, foreign atomic.Int32
	n := &network{image: 1, arena: 1, results: []place{{0, 1}}}
	for i := range 4 {
		n.steps = append(n.steps, step{items: 16, scratch: 2, do: func(r *run, worker, _, _ int) {
			scratch := r.scratch[worker]
			parts.Add(1)
			switch {
			case scratch[0] == 0:
				begun.Add(1)
			case scratch[1] != float32(i):
				foreign.Add(1)
			}
			scratch[0], scratch[1] = 1, float32(i)
		}})
	}
	for _, workers := range []int{1, 2} {
		begun.Store(0)
		parts.Store(0)
		e := newEngine(n, nil, []Option{WithWorkers(workers)})
		const inferences = 20
		for range inferences {
			if err := e.infer(context.Background(), make([]float32, 1), make([]float32, 1)); err != nil {
				t.Fatal(err)
			}
		}
		least, most := int32(inferences*4), int32(inferences*4*workers)
		if begun.Load() < least || begun.Load() > most || foreign.Load() > 0 {
			t.Errorf("%d workers: %d of %d parts found fresh scratch, want %d to %d; %d found another step's", workers, begun.Load(), parts.Load(), least, most, foreign.Load())
		}
	}
}
