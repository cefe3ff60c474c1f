package compiler

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// parallel calls do for 0 up to but not including n, on all processors. A panic of one call becomes the caller's.
func parallel(n int, do func(i int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	var broken atomic.Pointer[any]
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					broken.CompareAndSwap(nil, &p)
				}
			}()
			for i := int(next.Add(1)) - 1; i < n && broken.Load() == nil; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	group.Wait()
	if p := broken.Load(); p != nil {
		panic(*p)
	}
}
