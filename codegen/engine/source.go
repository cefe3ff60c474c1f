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
package engine

import (
	"embed"
	"encoding/binary"
	"unsafe"
)

//go:embed aligned.go checksum.go closed.go go_version.go half.go mapped.go mapped_other.go model.go options.go populate_linux.go
//go:embed populate_other.go profile.go release_linux.go release_other.go run.go team.go weights.go
var sources embed.FS

// Parts says which of the optional files a package needs.
type Parts struct {
	Mapped bool // weights in a file that is mapped into memory
	Half   bool // weights of 16 bits
}

// Sources returns the text of the files that generated code needs, by name.
func Sources(parts Parts) (map[string][]byte, error) {
	names := []string{
		"aligned", "closed", "go_version", "model", "options", "populate_linux", "populate_other", "profile",
		"release_linux", "release_other", "run", "team", "weights",
	}
	if parts.Mapped {
		names = append(names, "checksum", "mapped", "mapped_other")
	}
	if parts.Half {
		names = append(names, "half")
	}
	found := map[string][]byte{}
	for _, name := range names {
		text, err := sources.ReadFile(name + ".go")
		if err != nil {
			return nil, err
		}
		found[name+".go"] = text
	}
	return found, nil
}

// Edition changes when code that was generated with --shared must be generated again to run on this package: such code
// does not compile with another one.
const Edition = 1

// WeightsMark is how a file of weights begins.
const WeightsMark = weightsMagic

// PrintLength is how many characters the print has by which code knows its weights.
const PrintLength = 16

// WeightsFile returns the file of weights with the given print: what CheckWeights expects.
func WeightsFile(print string, weights []byte) []byte {
	if len(print) != PrintLength {
		panic("engine: a print of the wrong length")
	}
	file := make([]byte, weightsHeader+len(weights))
	copy(file, weightsMagic+print)
	copy(file[weightsHeader:], weights)
	data := file[weightsHeader:]
	binary.LittleEndian.PutUint32(file[weightsChecksum:], checksum(unsafe.String(unsafe.SliceData(data), len(data))))
	return file
}
