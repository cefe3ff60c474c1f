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
func Sources() map[string][]byte {
	entries, err := sources.ReadDir(".")
	if err != nil {
		panic(err) // they are in memory
	}
	found := map[string][]byte{}
	for _, entry := range entries {
		text, err := sources.ReadFile(entry.Name())
		if err != nil {
			panic(err)
		}
		found[entry.Name()] = text
	}
	return found
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
