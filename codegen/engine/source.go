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

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"slices"
	"unsafe"
)

//go:embed aligned.go answered.go arithmetic.go batch.go checksum.go closed.go fault.go go_version.go header.go
//go:embed identity.go idle.go
//go:embed mapped.go mapped_other.go model.go options.go pixels.go populate_linux.go populate_other.go
//go:embed pprof.go profile.go queue.go release_linux.go release_other.go run.go score.go state_linux.go
//go:embed state_other.go stats.go store.go team.go tensor.go weights.go workers.go
var sources embed.FS

// Sources returns the text of the files that generated code needs, by name.
func Sources() (map[string][]byte, error) {
	entries, err := sources.ReadDir(".")
	if err != nil {
		return nil, err
	}
	found := map[string][]byte{}
	for _, entry := range entries {
		text, err := sources.ReadFile(entry.Name())
		if err != nil {
			return nil, err
		}
		found[entry.Name()] = text
	}
	return found, nil
}

// Edition changes when code that was generated with --shared must be generated again to run on this package: such code
// does not compile with another one.
const Edition = 6

// WeightsMark is how a file of weights begins, OldWeightsMark how those did that netc wrote before.
const (
	WeightsMark    = weightsMagic
	OldWeightsMark = "netc wts"
)

// WeightsFile returns the file of weights that has this header, in which length, digest and checksum are filled in.
func WeightsFile(h Header, weights []byte) []byte {
	h.Length, h.Digest = len(weights), fmt.Sprintf("%x", sha256.Sum256(weights))
	sum, err := checksum(unsafe.String(unsafe.SliceData(weights), len(weights)), mostChecking)
	if err != nil {
		panic(err) // they are in memory
	}
	h.Checksum = sum
	return slices.Concat(h.encode(), weights)
}
