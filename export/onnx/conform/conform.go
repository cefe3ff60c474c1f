// Package conform holds an ONNX model against the network that it was made of, operation by operation.
//
// A checked model and a Source come in (Against); what agrees goes out, or the first step that does not, as an error.
//
// Outputs alone say little about a deep network of noise: rounding errors grow from layer to layer, so that two right
// evaluations may differ by more than a wrong one does. So each step is compared by itself. The model is evaluated
// (package verify), the source's graph next to it (package eval), and each operation of the source gets as its inputs
// what the *model* has computed:
//
//	model    image ──▶ stem.conv ──▶ stem.act ──▶ …        values that are rounded as the file says
//	             │         │    ╲        │    ╲
//	             ▼         ≈     ▼       ≈     ▼
//	source   image      stem.norm     stem.act  …           each from the model's value before it
//
// Errors cannot add up then, and where every step agrees, the whole does. Which value of the model is which node of
// the source is told by names (align.go). Where a file has lost the names, only the outputs are compared, and a
// second evaluation, without rounding, says how far rounding alone moves them (sensitivity.go).
//
//	input.go        random inputs, as the model takes them and as the network sees them
//	align.go        names: which value stands for which node; whether shapes are the source's
//	walk.go         both evaluations side by side
//	bound.go        how far a step may differ
//	head.go         softmax and top-k behind the network
package conform

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/export/onnx/verify"
)

// Source is the network that a model should agree with.
type Source struct {
	Graph *ir.Graph // canonical; its outputs are those that the model should have, before softmax or top-k
	Set   params.Set
}

// Result is what was found to agree.
type Result struct {
	Steps   int      // operations of the source that were compared
	Worst   float64  // the largest difference, relative to the largest value of its step
	At      string   // the step of that
	Outputs []string // of the model, all of which agree
}

// Difference says where a model does not compute what its source does.
type Difference struct {
	Step    string // the first that differs
	Message string // what differs, without the step
}

// Error returns the message with the step.
func (d *Difference) Error() string { return fmt.Sprintf("the step %s %s", d.Step, d.Message) }

// Against compares a model that Check has found right, at the sizes that it was checked for. The error is a *Difference
// where a step differs; verify.IsUncovered tells whether it only says that the model cannot be compared.
func Against(m *verify.Model, report *verify.Report, sizes verify.Sizes, source Source) (*Result, error) {
	input, err := NewInput(m, sizes)
	if err != nil {
		return nil, err
	}
	names, err := align(m, report, source.Graph, input)
	if err != nil {
		return nil, err
	}
	w := newWalk(m, source, names, input)
	outputs, err := m.Evaluate(input.Values(), verify.Evaluation{Visit: w.visit})
	if err != nil {
		return nil, err
	}
	if err := w.finish(); err != nil {
		return nil, err
	}
	if names.head.stands() {
		if err := w.compareHead(outputs); err != nil {
			return nil, err
		}
	}
	for _, v := range m.Graph.Outputs {
		w.result.Outputs = append(w.result.Outputs, v.Name)
	}
	return &w.result, nil
}
