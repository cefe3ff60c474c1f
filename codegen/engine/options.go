package engine

// Option is a setting of a model, for New, Open and Read.
type Option func(*options)

// options are what all Options together ask for.
type options struct {
	workers    int // 0: as many as GOMAXPROCS says
	inferences int // at once; 0: any number
	profiled   bool
	copies     bool
	repack     int // bytes
	float32    bool
}

// optionsOf applies options in order; numbers below zero count as not given.
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

// WithRepack has the model keep, in so many bytes at most, what its kernels otherwise make of weights in every
// inference: weights of 3×3 convolutions that are split for AMX, half as large again as they are, and, of some layers,
// transforms for Winograd's algorithm, four times as large. Layers get it in the order in which they run, each wholly
// or not at all. Results stay the same to the bit; it takes longer to make the model. Without this option nothing is
// kept.
func WithRepack(bytes int) Option { return func(o *options) { o.repack = bytes } }

// WithCopy has Open and Swap read weights into memory of the program's own, and check them, rather than map their file.
// It takes longer to start, and no process can share them; in return the file may change as it likes.
func WithCopy() Option { return func(o *options) { o.copies = true } }
