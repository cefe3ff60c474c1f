package plan

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
)

// TestExamplesGolden holds how an example of each file is planned, and random graphs: the memory, and how many steps
// each kernel has, which results say nothing of, and a fingerprint of the packing: where it changes, generated code
// refuses the files of weights that were packed before.
func TestExamplesGolden(t *testing.T) {
	const path = "testdata/examples.txt"
	var text strings.Builder
	for _, n := range compilertest.Examples(t, false) {
		fmt.Fprintf(&text, "%s\n", n.Graph.Name)
		text.WriteString(planned(t, n.Graph, kernel.F32))
		text.WriteString(planned(t, n.Graph, kernel.F16))
	}
	for seed := range uint64(80) {
		fmt.Fprintf(&text, "random %d\n", seed)
		text.WriteString(planned(t, eval.RandomTensors(seed), kernel.F32))
		text.WriteString(planned(t, eval.RandomGraph(seed, false), kernel.F16))
	}
	if *update {
		if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, want := strings.SplitAfter(text.String(), "\n"), strings.SplitAfter(string(file), "\n")
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("line %d differs (-update writes the file): got\n%s", i+1,
				strings.Join(got[min(i, len(got)):min(i+3, len(got))], ""))
		}
	}
}

// planned returns a line about each plan of a graph.
func planned(t *testing.T, g *ir.Graph, arithmetic kernel.ElementType) string {
	t.Helper()
	p, err := Sketch(g, WithArithmetic(arithmetic))
	if err != nil {
		t.Fatal(err)
	}
	packing := sha256.Sum256([]byte(p.Packing()))
	text := fmt.Sprintf("    %d weights and %d vectors packed as %x: %s", p.Sections[0].Elements,
		p.Sections[1].Elements, packing[:8], stepsOf(p))
	if p.Half != nil {
		return "    with " + arithmetic.String() + ":" + text[3:] + "        " + stepsOf(p.Half)
	}
	return text
}

// stepsOf returns the memory of a plan and how many steps each kernel has.
func stepsOf(p *Plan) string {
	count, flops, bytes := map[string]int{}, int64(0), int64(0)
	for i := range p.Steps {
		count[reflect.TypeOf(p.Steps[i].Kernel).Elem().Name()]++
		flops += p.Steps[i].FLOPs
		bytes += p.Steps[i].Bytes()
	}
	var kernels []string
	for _, name := range slices.Sorted(maps.Keys(count)) {
		kernels = append(kernels, fmt.Sprintf("%d %s", count[name], name))
	}
	return fmt.Sprintf("arena %d (at least %d), %d operations, %d bytes; %s\n", p.Arena, p.LowerBound, flops, bytes,
		strings.Join(kernels, ", "))
}
