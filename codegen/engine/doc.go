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
// # What an engine owns
//
//	store      a set of weights, counted by its users: Swap puts another in its place, the last user gives it back
//	run        the memory of one inference; kept when it is over, and let go when nobody needs it for a while (idle)
//	queue      the turns of those who wait for a run, where there may be only so many
//	counters   what Stats tells
//
// One mutex guards them. A call takes it twice: to get its turn, weights and run, and to give them back.
package engine
