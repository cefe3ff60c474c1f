package engine

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"slices"
	"strings"
	"unsafe"
)

// The package's files; isSource says which of them generated packages have.
//
//go:embed *.go
var sources embed.FS

// isSource reports whether generated packages have a file: tests, what netc alone asks, and what programs import for
// networks of several packages, stay here.
func isSource(name string) bool {
	return !strings.HasSuffix(name, "_test.go") && name != "doc.go" && name != "sources.go" && name != "interface.go"
}

// Sources returns the text of the files that generated code needs, by name.
func Sources() map[string][]byte {
	entries, err := sources.ReadDir(".")
	if err != nil {
		panic(err) // they are in memory
	}
	found := map[string][]byte{}
	for _, entry := range entries {
		if !isSource(entry.Name()) {
			continue
		}
		if found[entry.Name()], err = sources.ReadFile(entry.Name()); err != nil {
			panic(err)
		}
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
