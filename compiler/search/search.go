// Package search looks for the best networks of a space: for those that score best, among those that cost no more than
// is allowed.
//
// A space comes in (compiler.Space), with costs, a scorer, an objective and a method that proposes candidates (package
// method); results go out, each at once into a file that a later run goes on from (Store). Run is the one entry point.
// What costs need beyond the graph, such as kernels to be timed, callers bring along: this package knows no generated
// code and no other tools.
package search

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/netc-lang/netc/compiler"
)

// Status is what became of a candidate.
type Status string

const (
	Done    Status = "done"
	Over    Status = "over"    // it costs more than is allowed, and is not scored
	Stopped Status = "stopped" // after some epochs, by successive halving
	Failed  Status = "failed"
)

// Result is what is known of a candidate. It is a line of the file of results.
type Result struct {
	Number   int                `json:"candidate"` // from 0, in the order of proposal
	Values   map[string]string  `json:"values"`    // of each dimension, as a .net file has them
	Status   Status             `json:"status"`
	Score    float64            `json:"score"`
	Epochs   []Epoch            `json:"epochs,omitempty"`
	Costs    map[string]float64 `json:"costs"`
	Network  string             `json:"network"` // a hash: candidates that round to the same network have the same
	Like     *int               `json:"like,omitempty"`
	Seconds  float64            `json:"seconds"`
	Attempts int                `json:"attempts,omitempty"`
	Error    string             `json:"error,omitempty"`

	Point  []int `json:"-"`
	Reused bool  `json:"-"` // it was in the file
}

// Epoch is a score on the way.
type Epoch struct {
	Epoch int     `json:"epoch"`
	Score float64 `json:"score"`
}

// Candidate is a network to be scored.
type Candidate struct {
	Number  int
	Point   []int
	Space   *compiler.Space
	Network *compiler.Network
	Costs   map[string]float64
	Attempt int // from 1
}

// Scorer scores candidates, several at a time. It calls epoch with each score on the way, and ends where that returns
// false. Its error is the candidate's, and of that attempt alone.
type Scorer interface {
	Score(ctx context.Context, c *Candidate, epoch func(Epoch) (goOn bool)) (float64, error)
}

// fingerprint is the hash of a network: of its graph, names included.
func fingerprint(n *compiler.Network) string {
	sum := sha256.Sum256([]byte(n.Graph.String()))
	return fmt.Sprintf("%x", sum[:8])
}

// values writes a point as names and values.
func values(s *compiler.Space, point []int) map[string]string {
	named := make(map[string]string, len(point))
	for i, d := range s.Dimensions {
		named[d.Name] = d.Values[point[i]].Text
	}
	return named
}
