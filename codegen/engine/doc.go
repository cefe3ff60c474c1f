// Package engine holds what runs a generated network: the pool of arenas, the workers that share a step, the weights'
// way into memory, the profile. Like the kernels it is ordinary Go, tested here, run by netc itself (package execute),
// and copied into every generated package; Sources returns the files. Generated code adds the table of steps and an API
// with the network's own names and shapes.
//
// # How an inference runs
//
// A network is a table of steps. The goroutine that calls Infer leads: it goes through the table in order. A step's
// work is cut into items that may run in any order on any goroutine and write the same bits wherever they run, so
// results do not depend on the number of workers. Before the first step the leader starts its helpers, once; between
// steps they watch one word in memory; after the last they end. Between inferences there are none, and nothing waits or
// spins.
//
// A step is done when all its items are, not when all helpers have come: one that the scheduler keeps away costs its
// share of the speed and nothing else.
//
// # Files
//
//	model.go                      Engine: how one is made, how an inference begins and ends, Infer
//	run.go, team.go, workers.go   an inference under way; those who share it; how many helpers there are for all
//	batch.go                      InferBatch: many images in turns
//	queue.go, idle.go, stats.go   who waits for a run; runs that are over; figures of all that
//	store.go, closed.go           a set of weights; Close, Swap and Verify, which wait for who reads them
//	header.go, weights.go,        what stands in a file of weights, how it comes to memory, whether it is whole
//	checksum.go
//	identity.go, answered.go      what a program may ask of the weights in use, and of those that answered
//	mapped*.go, fault.go          files that are mapped; what becomes of an inference whose file is cut off
//	aligned.go, populate*.go,     memory, and what is asked of the system where it is known how: pages, and whether a
//	release*.go, state*.go        file was written to
//	arithmetic.go, options.go     WithFloat32 and the other options
//	pixels.go, score.go,          what generated packages offer beside Infer: pictures, classes, what goes in and
//	tensor.go, interface.go       comes out, one interface for all models
//	profile.go, pprof.go          where the time goes
//	sources.go, go_version.go     for netc: these files, for generated packages; the Go that they need
//
// # What an engine owns
//
//	store      a set of weights, counted by its users: Swap puts another in its place, the last user gives it back
//	run        the memory of one inference; kept when it is over, and let go when nobody needs it for a while (idle)
//	queue      the turns of those who wait for a run, where there may be only so many
//	counters   what Stats tells
//
// One mutex guards them. A call takes it twice: to get its turn, weights and run, and to give them back.
package engine
