package weights

import (
	"sync"

	"github.com/netc-lang/netc/compiler/ir"
)

// readAhead is how many tensors are read before they are asked for.
const readAhead = 4

// Ahead returns a function like Value for a reader that takes the parameters in about the graph's order: while it works on
// one, the next few are read.
func (b *Binding) Ahead() func(p *ir.Param) ([]float32, error) {
	a := &ahead{binding: b, started: make([]bool, len(b.Bound)), pending: map[int]chan result{}}
	return a.value
}

type ahead struct {
	binding *Binding
	lock    sync.Mutex
	started []bool              // by place in the graph; each tensor is read ahead once
	pending map[int]chan result // those that nobody has asked for yet
}

type result struct {
	values []float32
	err    error
}

func (a *ahead) value(p *ir.Param) ([]float32, error) {
	at, ok := a.binding.byName[p.Name]
	if !ok {
		return a.binding.Value(p) // which says what is wrong
	}
	a.lock.Lock()
	waiting := a.pending[at]
	delete(a.pending, at)
	a.started[at] = true
	for next := at + 1; next < len(a.started) && len(a.pending) < readAhead; next++ {
		if a.started[next] {
			continue
		}
		a.started[next] = true
		done := make(chan result, 1)
		a.pending[next] = done
		go func() {
			values, err := a.binding.Value(a.binding.Bound[next].Param)
			done <- result{values, err}
		}()
	}
	a.lock.Unlock()
	if waiting == nil {
		return a.binding.Value(p)
	}
	r := <-waiting
	return r.values, r.err
}
