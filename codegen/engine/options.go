package engine

import "runtime"

// Option is a setting of New.
type Option func(*options)

type options struct {
	workers  int
	profiled bool
	copies   bool
}

func optionsOf(opts []Option) options {
	o := options{workers: runtime.GOMAXPROCS(0)}
	for _, set := range opts {
		set(&o)
	}
	o.workers = max(o.workers, 1)
	return o
}

// WithWorkers sets how many goroutines work on one inference, the caller's among them; results do not depend on it.
// Without this option there are as many as GOMAXPROCS allows to run at once. Helpers exist during an inference only.
// Where several goroutines call the model at the same time, the helpers go to whoever comes first; the others run
// alone, so that there are never more workers than callers and helpers together.
func WithWorkers(n int) Option { return func(o *options) { o.workers = n } }

// WithProfile has the model measure how long each layer takes, for Profile to tell.
func WithProfile() Option { return func(o *options) { o.profiled = true } }

// WithCopy has Open and Swap read weights into memory of the program's own, and check them, rather than map their file.
// It takes longer to start, and no process can share them; in return the file may change as it likes.
func WithCopy() Option { return func(o *options) { o.copies = true } }
