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

	"github.com/netc-lang/netc/codegen/kernel"
)

const width = 1000

// mixing makes a network whose every element depends on many of the step before: a mistake in the order of things shows
// in the result. Steps have different numbers of items. hook, unless nil, is called for every step.
func mixing(depth int, hook func(step int)) *Network {
	last := depth % 2 * width
	n := &Network{Inputs: []int{width}, Arena: 8 * width, Results: []kernel.Ref{
		kernel.PlanesInArena(4*last, kernel.F32, width, 1), kernel.PlanesInArena(4*last, kernel.F32, 10, 1)}}
	for i := range depth {
		items := []int{1, 2, 3, 7, 40, width}[i%6]
		n.Steps = append(n.Steps, Step{
			Name: fmt.Sprintf("step%d", i), Shape: []int{width}, FLOPs: 3 * width, Bytes: 8 * width,
			Kernel: &doing{items, 5, func(w *kernel.Worker, m kernel.Memory, first, last int) {
				if hook != nil {
					hook(i)
				}
				arena := kernel.FloatsOf(m[kernel.ArenaSpace])
				in, out := arena[i%2*width:(i%2+1)*width], arena[(i+1)%2*width:((i+1)%2+1)*width]
				if i == 0 {
					in = kernel.FloatsOf(m[kernel.InputSpace])
				}
				for k := first * width / items; k < last*width/items; k++ {
					w.Scratch[k%5] = in[(k*7+i)%width]
					out[k] = 0.5*in[k] + 0.25*w.Scratch[k%5] - in[(k+width/2)%width]
				}
			}},
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
func results(t *testing.T, e *Engine, image []float32) []float32 {
	t.Helper()
	all, few := make([]float32, width), make([]float32, 10)
	if err := e.Infer(context.Background(), list(image), list(all, few)); err != nil {
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
	want := results(t, NewEngine(n, nil, []Option{WithWorkers(1)}), image)
	for _, processors := range []int{1, 2, 4} {
		withProcessors(t, processors)
		for _, workers := range []int{-1, 2, 3, 8, 50} {
			e := NewEngine(n, nil, []Option{WithWorkers(workers)})
			for range 20 {
				if got := results(t, e, image); !slices.Equal(got, want) {
					t.Fatalf("%d workers on %d processors make other results", workers, processors)
				}
			}
		}
	}
}

// TestOneItem: helpers are not asked for what one item cannot share, and a run has memory for as many as work.
func TestOneItem(t *testing.T) {
	n := &Network{}
	for range 5 {
		n.Steps = append(n.Steps, Step{Kernel: &doing{1, 0, func(*kernel.Worker, kernel.Memory, int, int) {}}})
	}
	e := NewEngine(n, nil, []Option{WithWorkers(3)})
	if err := e.Infer(context.Background(), nil, nil); err != nil {
		t.Fatal(err)
	}
	r := e.idle.runs[0]
	if phases := r.team.phase; phases != 2 || len(r.workers) != 3 {
		t.Errorf("%d phases, and not those of the beginning and the end alone; memory for %d workers", phases,
			len(r.workers))
	}
	for _, workers := range []int{2, 3} {
		if r.fit(workers); len(r.workers) != 3 {
			t.Errorf("memory for %d workers where %d work", len(r.workers), workers)
		}
	}
}

// TestHelpersWork holds up the leader until a helper has come.
func TestHelpersWork(t *testing.T) {
	var began atomic.Int32
	n := &Network{Steps: []Step{{Kernel: &doing{2, 0, func(_ *kernel.Worker, _ kernel.Memory, first, last int) {
		began.Add(1)
		for deadline := time.Now().Add(10 * time.Second); began.Load() < 2; runtime.Gosched() {
			if time.Now().After(deadline) {
				t.Error("one goroutine does everything")
				return
			}
		}
	}}}}}
	if err := NewEngine(n, nil, []Option{WithWorkers(2)}).Infer(context.Background(), nil, nil); err != nil {
		t.Fatal(err)
	}
}

func TestConcurrentCallers(t *testing.T) {
	const callers = 6
	images := testImages(callers)
	n := mixing(40, nil)
	e := NewEngine(n, nil, []Option{WithWorkers(4)})
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
				err := e.Infer(context.Background(), list(images[i*width:(i+1)*width]), list(got, few))
				if err != nil || !slices.Equal(got, want[i]) {
					t.Errorf("caller %d gets other results beside others: %v", i, err)
					return
				}
			}
		}()
	}
	group.Wait()
	if e.helping != 0 {
		t.Errorf("%d helpers are still at work", e.helping)
	}
}

func TestBatch(t *testing.T) {
	const most = 9
	images := testImages(most)
	n := mixing(30, nil)
	var want []float32
	for i := range most {
		want = append(want, results(t, NewEngine(n, nil, []Option{WithWorkers(1)}), images[i*width:(i+1)*width])...)
	}
	for _, workers := range []int{1, 2, 4} {
		e := NewEngine(n, nil, []Option{WithWorkers(workers)})
		for count := range most + 1 {
			got, few := make([]float32, count*width), make([]float32, count*10)
			if err := e.InferBatch(context.Background(), count, list(images[:count*width]),
				list(got, few)); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, want[:count*width]) {
				t.Errorf("%d images on %d workers: other results than one by one", count, workers)
			}
			if count > 0 && !slices.Equal(few[(count-1)*10:], want[(count-1)*width:][:10]) {
				t.Errorf("%d images on %d workers: another second result than one by one", count, workers)
			}
		}
		if len(e.idle.runs) > workers {
			t.Errorf("%d arenas for %d workers", len(e.idle.runs), workers)
		}
	}
}

func TestNothingLeftRunning(t *testing.T) {
	before := runtime.NumGoroutine()
	e := NewEngine(mixing(20, nil), nil, []Option{WithWorkers(4)})
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
		e := NewEngine(mixing(20, nil), nil, []Option{WithWorkers(workers)})
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		one := func() { e.Infer(ctx, list(image), list(all[:width], few[:10])) }
		batch := func() { e.InferBatch(ctx, 5, list(images), list(all, few)) }
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
		e := NewEngine(n, nil, []Option{WithWorkers(workers)})
		all, few := make([]float32, 5*width), make([]float32, 50)
		if err := e.Infer(ctx, list(testImages(1)), list(all[:width], few[:10])); err != context.Canceled {
			t.Errorf("a cancelled inference returns %v", err)
		}
		if after.Load() > 0 {
			t.Errorf("%d steps ran after the one that was cancelled", after.Load())
		}
		if err := e.InferBatch(ctx, 5, list(testImages(5)), list(all, few)); err != context.Canceled {
			t.Errorf("a cancelled batch returns %v", err)
		}
		if all[0] != 0 {
			t.Error("a cancelled inference wrote results")
		}
		if e.helping != 0 {
			t.Errorf("%d helpers are still at work", e.helping)
		}
	}
	past, cancel := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer cancel()
	err := NewEngine(mixing(3, nil), nil, nil).Infer(past, list(testImages(1)),
		list(make([]float32, width), make([]float32, 10)))
	if err != context.DeadlineExceeded {
		t.Errorf("an inference past its deadline returns %v", err)
	}
}

func TestProfile(t *testing.T) {
	e := NewEngine(mixing(6, func(int) { time.Sleep(10 * time.Microsecond) }), nil,
		[]Option{WithProfile(), WithWorkers(2)})
	if got := e.Profile(); got.Inferences != 0 || got.String() != "no inferences\n" {
		t.Errorf("before any inference: %v", got)
	}
	results(t, e, testImages(1))
	all, few := make([]float32, 5*width), make([]float32, 50)
	if err := e.InferBatch(context.Background(), 5, list(testImages(5)), list(all, few)); err != nil {
		t.Fatal(err)
	}
	p := e.Profile()
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
	if e.Profile().Layers[0].Time == 0 {
		t.Error("a profile is not a copy")
	}
}

// TestWorkersOfSteps holds that each worker begins a step before it does any part of it.
func TestWorkersOfSteps(t *testing.T) {
	withProcessors(t, 2)
	var parts, foreign atomic.Int32
	n := &Network{Inputs: []int{1}, Arena: 4, Results: []kernel.Ref{kernel.PlanesInArena(0, kernel.F32, 1, 1)}}
	for i := range 4 {
		n.Steps = append(n.Steps, Step{Kernel: &doing{16, 0, func(w *kernel.Worker, _ kernel.Memory, _, _ int) {
			parts.Add(1)
			if w.Step != i {
				foreign.Add(1)
			}
		}}})
	}
	for _, workers := range []int{1, 2} {
		parts.Store(0)
		e := NewEngine(n, nil, []Option{WithWorkers(workers)})
		const inferences = 20
		for range inferences {
			if err := e.Infer(context.Background(), list(make([]float32, 1)), list(make([]float32, 1))); err != nil {
				t.Fatal(err)
			}
		}
		if parts.Load() < inferences*4 || foreign.Load() > 0 {
			t.Errorf("%d workers: %d parts; %d by workers that are at another step", workers, parts.Load(),
				foreign.Load())
		}
	}
}

func list(values ...[]float32) [][]float32 { return values }

// TestWanted leaves outputs out: what only they need does not run, by one worker or several, alone or in a batch.
func TestWanted(t *testing.T) {
	var ran [3]atomic.Int64
	n := &Network{Inputs: []int{1, 2}, Arena: 192, Results: []kernel.Ref{
		kernel.PlanesInArena(64, kernel.F32, 1, 1), kernel.PlanesInArena(128, kernel.F32, 1, 1)}}
	for i, outputs := range []uint64{0, 0b01, 0b10} {
		n.Steps = append(n.Steps, Step{Name: "step", For: outputs,
			Kernel: &doing{1, 0, func(_ *kernel.Worker, m kernel.Memory, _, _ int) {
				ran[i].Add(1)
				arena := kernel.FloatsOf(m[kernel.ArenaSpace])
				arena[16*i] = float32(i) * (arena[0] + kernel.FloatsOf(m[kernel.InputSpace+1])[1])
				if i == 0 {
					arena[0] = kernel.FloatsOf(m[kernel.InputSpace])[0]
				}
			}}})
	}
	ctx := context.Background()
	for _, workers := range []int{1, 2} {
		e := NewEngine(n, nil, []Option{WithWorkers(workers), WithProfile()})
		for i := range ran {
			ran[i].Store(0)
		}
		first, second := make([]float32, 3), make([]float32, 3)
		err := e.Infer(ctx, list([]float32{1}, []float32{0, 2}), list(nil, second[:1]))
		if err != nil || second[0] != 6 {
			t.Error(second, err)
		}
		if err := e.Infer(ctx, list([]float32{1}, []float32{0, 2}), list(nil, nil)); err != errNothing {
			t.Error(err)
		}
		inputs := list([]float32{1, 2, 3}, []float32{0, 1, 0, 1, 0, 1})
		err = e.InferBatch(ctx, 3, inputs, list(first, nil))
		if err != nil || !slices.Equal(first, []float32{2, 3, 4}) {
			t.Error(first, err)
		}
		if err := e.InferBatch(ctx, 3, inputs, list(nil, nil)); err != errNothing {
			t.Error(err)
		}
		if a, b, c := ran[0].Load(), ran[1].Load(), ran[2].Load(); a != 4 || b != 3 || c != 1 {
			t.Errorf("with %d workers the steps ran %d, %d and %d times, want 4, 3 and 1", workers, a, b, c)
		}
		if p := e.Profile(); p.Inferences != 4 {
			t.Errorf("%d inferences, want 4", p.Inferences)
		}
	}
}
