package engine

// Option is a setting of a model, for New, Open and Read.
type Option func(*options)

type options struct {
	workers    int // 0: as many as GOMAXPROCS says
	inferences int // at once; 0: any number
	profiled   bool
	copies     bool
}

func optionsOf(opts []Option) options {
	var o options
	for _, set := range opts {
		set(&o)
	}
	o.workers, o.inferences = max(o.workers, 0), max(o.inferences, 0)
	return o
}

// WithWorkers sets how many goroutines work on one inference, the caller's among them; results do not depend on it.
// Without this option, or with less than one, there are as many as GOMAXPROCS says at the time. Helpers exist during an
// inference only. Where several goroutines call the model at the same time, the helpers go to whoever comes first; the
// others run alone, so that there are never more workers than callers and helpers together. SetWorkers changes it.
func WithWorkers(n int) Option { return func(o *options) { o.workers = n } }

// WithMaxInferences bounds how many inferences run at once, and with them the memory that the model takes: see Memory.
// Those beyond wait, first come, first served, until their turn comes or their context ends. A batch takes as many
// turns as it has images if others wait, one after the other. Without this option, or with less than one, there is no
// bound.
func WithMaxInferences(n int) Option { return func(o *options) { o.inferences = n } }

// WithProfile has the model measure how long each layer takes, for Profile to tell.
func WithProfile() Option { return func(o *options) { o.profiled = true } }

// WithCopy has Open and Swap read weights into memory of the program's own, and check them, rather than map their file.
// It takes longer to start, and no process can share them; in return the file may change as it likes.
func WithCopy() Option { return func(o *options) { o.copies = true } }
