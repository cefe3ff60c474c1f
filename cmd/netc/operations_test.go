package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/std"
	"github.com/netc-lang/netc/export/onnx"
	"github.com/netc-lang/netc/export/onnx/verify"
	"github.com/netc-lang/netc/export/torch"
)

// written are operations that the language writes otherwise than by their names.
var written = map[string]string{"Input": "input", "Activation": "a function each", "Add": "+", "Sub": "-", "Mul": "*",
	"Div": "/", "Affine": "* 2 + 1"}

// stages are the places that know each operation, in the order of the checklist in ARCHITECTURE.md, and what they say
// of a graph.
var stages = []struct {
	place string
	of    func(g *ir.Graph) error
}{
	{"compiler/eval/operator.go", func(g *ir.Graph) error {
		images := eval.Noise(g, 1, 1)
		_, err := eval.Run(g, eval.Calibrated(g, 1, images...), images[0])
		return err
	}},
	{"export/onnx/operator.go", func(g *ir.Graph) error {
		for opset := onnx.MinOpset; opset <= onnx.MaxOpset; opset++ {
			if _, err := writtenONNX(g, opset); err != nil {
				return fmt.Errorf("opset %d: %w", opset, err)
			}
		}
		return nil
	}},
	{"export/onnx/verify/operators.go", func(g *ir.Graph) error {
		file, err := writtenONNX(g, onnx.DefaultOpset)
		if err != nil {
			return nil // which was said of the stage before
		}
		m, err := verify.Decode(file)
		if err != nil {
			return err
		}
		report := m.Check(m.DefaultSizes())
		if problems := slices.Concat(report.Problems, report.Uncovered); len(problems) > 0 {
			return fmt.Errorf("%v", problems[0])
		}
		return nil
	}},
	{"export/torch/operator.go", func(g *ir.Graph) error { return torch.Write(io.Discard, g, torch.Options{}) }},
	{"codegen/plan/operator.go", func(g *ir.Graph) error {
		_, err := plan.Sketch(g)
		return err
	}},
}

func writtenONNX(g *ir.Graph, opset int) ([]byte, error) {
	m, err := onnx.Build(g, eval.Calibrated(g, 1).Values(), onnx.Options{Opset: opset})
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	err = m.Write(&file, func(int) {})
	return file.Bytes(), err
}

// TestOperations goes through the table of operations and names the places that have been forgotten for one. Where it
// compiles, and what compiler/ir, compiler/build and compiler/eval test of themselves, is not asked again.
func TestOperations(t *testing.T) {
	primitives, _ := std.Source("std/primitives")
	spec, err := os.ReadFile("../../dsl/SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	graphs := map[string]*ir.Graph{} // the smallest that has the operation
	for seed := range uint64(200) {
		for _, g := range []*ir.Graph{eval.RandomGraph(seed, false), eval.RandomTensors(seed)} {
			for _, n := range g.Nodes {
				name := ir.InfoOf(n.Op).Name
				if known := graphs[name]; known == nil || len(g.Nodes) < len(known.Nodes) {
					graphs[name] = g
				}
			}
		}
	}
	for _, info := range ir.Ops() {
		if info.Lowered {
			continue
		}
		if written[info.Name] == "" {
			if !strings.Contains(primitives, "\nprimitive "+info.Name+"(") {
				t.Errorf("%s: dsl/std/primitives.net does not declare it", info.Name)
			}
			if !strings.Contains(string(spec), "\nprimitive "+info.Name+"(") {
				t.Errorf("%s: dsl/SPEC.md has no row for it", info.Name)
			}
		}
		g := graphs[info.Name]
		if g == nil {
			t.Errorf("%s: compiler/eval/random.go makes no graph with it", info.Name)
			continue
		}
		inEveryStage(t, info.Name, g)
	}
	for _, f := range ir.Functions() {
		b := ir.NewBuilder(string(f.Function))
		x, err := b.Add("x", ir.Input{Shape: ir.DimsOf(3, 4, 5)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		y, err := b.Add("y", f.Usual(), nil, x)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(primitives, "\nprimitive "+string(f.Function)+"(") {
			t.Errorf("%s: dsl/std/primitives.net does not declare it", f.Function)
		}
		if !strings.Contains(string(spec), "\nprimitive "+string(f.Function)+"(") {
			t.Errorf("%s: dsl/SPEC.md has no row for it", f.Function)
		}
		g := b.Build(y)
		inEveryStage(t, string(f.Function), g)
		hasOperator(t, f, g)
	}
}

// inEveryStage has every stage work on a graph with an operation.
func inEveryStage(t *testing.T, operation string, g *ir.Graph) {
	for _, stage := range stages {
		if err := recovered(func() error { return stage.of(g) }); err != nil {
			t.Errorf("%s: %s: %v\n%s", operation, stage.place, err, g)
		}
	}
}

// hasOperator holds the operators of ONNX that the table of functions lists against the one that is written.
func hasOperator(t *testing.T, f ir.FunctionInfo, g *ir.Graph) {
	file, err := writtenONNX(g, onnx.DefaultOpset)
	if err != nil {
		return // which inEveryStage has said
	}
	m, err := verify.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(m.Graph.Nodes, func(n verify.Node) bool { return slices.Contains(f.ONNX, n.Operator) }) {
		t.Errorf("%s: it is written by none of %q, which compiler/ir/activation.go lists", f.Function, f.ONNX)
	}
}

func recovered(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f()
}
