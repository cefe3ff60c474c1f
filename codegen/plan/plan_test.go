package plan

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/floats"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
)

var update = flag.Bool("update", false, "write the plans into testdata")

// TestPlansGolden plans the graph "in" of each file and expects the plan "want". That plans compute what they should is
// tested where the kernels are.
func TestPlansGolden(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no tests: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil || len(archive.Files) == 0 {
				t.Fatalf("%s must have the files in and want: %v", path, err)
			}
			g, err := ir.Parse(string(archive.Files[0].Data))
			if err != nil {
				t.Fatal(err)
			}
			p, err := Build(&pass.Lowered{Graph: g}, eval.Calibrated(g, 1).Values())
			if err != nil {
				t.Fatal(err)
			}
			check(t, p)
			if *update {
				archive.Files = append(archive.Files[:1], txtar.File{Name: "want", Data: []byte(p.String())})
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if want := string(archive.Files[1].Data); p.String() != want {
				t.Errorf("got\n%swant\n%s", p, want)
			}
		})
	}
}

// TestMergedSteps holds that a step counts the operations of all nodes that it computes, and no memory for what lies
// between them.
func TestMergedSteps(t *testing.T) {
	g, err := ir.Parse(`graph "stem"
image = Input(Shape: {3, 16, 16}) : [3, 16, 16]
stem = Conv(Out: 32, Kernel: 3, Stride: 2, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}, Bias: true) image : [32, 8, 8]
deep = Conv(Out: 32, Kernel: 5, Stride: 2, Dilation: 1, Groups: 32, Pad: {2, 2, 2, 2}, Bias: true) stem : [32, 4, 4]
output deep
`)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Build(&pass.Lowered{Graph: g}, eval.Calibrated(g, 1).Values())
	if err != nil {
		t.Fatal(err)
	}
	s := p.Steps[0]
	if want := int64(2 * 32 * (8*8*3*9 + 4*4*25)); s.FLOPs != want {
		t.Errorf("%d operations, want %d\n%s", s.FLOPs, want, p)
	}
	if want := int64(4 * (3*16*16 + 32*(3*9+1+25+1) + 32*4*4)); s.Bytes() != want {
		t.Errorf("%d bytes, want %d\n%s", s.Bytes(), want, p)
	}
}

// TestPackingOfTypes holds that a packing counts elements: it is the same for every type of the weights.
func TestPackingOfTypes(t *testing.T) {
	g, err := ir.Parse(`graph "two"
image = Input(Shape: {32}) : [32]
first = Linear(Out: 48, Bias: true) image : [48]
second = Linear(Out: 5, Bias: true) first : [5]
output second
`)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []kernel.ElementType{kernel.F32, kernel.F16} {
		p, err := Sketch(g, WithWeights(kind))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"weights 2304 64\n", "weights[0:1536]", "weights[1536:2304]", "vectors[48:64]"} {
			if got := p.Packing(); !strings.Contains(got, want) {
				t.Errorf("%v: the packing lacks %q:\n%s", kind, want, got)
			}
		}
	}
}

// TestTooLarge holds that a plan whose memory or weights an index of 32 bits does not reach is refused.
func TestTooLarge(t *testing.T) {
	g, err := ir.Parse(`graph "large"
image = Input(Shape: {1, 16000, 16000}) : [1, 16000, 16000]
conv = Conv(Out: 4, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [4, 16000, 16000]
flat = GlobalAvgPool() conv : [4, 1, 1]
output flat
`)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Sketch(g)
	if fmt.Sprint(err) != "large needs 16384000064 bytes of memory and 0 of weights; "+
		"generated code can address 2147483647 each" {
		t.Errorf("got %v", err)
	}
}

// TestBrokenValues has each parameter fail, also those of a batch norm that has to stay: Build must return that very
// error.
func TestBrokenValues(t *testing.T) {
	g, err := ir.Parse(`graph "stays"
image = Input(Shape: {3, 5, 4}) : [3, 5, 4]
norm = BatchNorm(Epsilon: 0.1, Momentum: 0.1) image : [3, 5, 4]
conv = Conv(Out: 4, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Bias: true) norm : [4, 3, 2]
deep = Conv(Out: 4, Kernel: 1, Stride: 1, Dilation: 1, Groups: 4) conv : [4, 3, 2]
flat = Flatten() deep : [24]
logits = Linear(Out: 5, Bias: true) flat : [5]
output logits
`)
	if err != nil {
		t.Fatal(err)
	}
	set := eval.Calibrated(g, 7)
	for _, failing := range g.Params() {
		broken := errors.New(failing.Name + " cannot be read")
		p, err := Build(&pass.Lowered{Graph: g}, func(p *ir.Param) (params.Reader, error) {
			if p.Name == failing.Name {
				return nil, broken
			}
			return set.Values()(p)
		})
		if err != broken || p != nil {
			t.Errorf("%s fails: a plan %t and the error %v", failing.Name, p != nil, err)
		}
	}
}

// TestHalves holds that weights of 16 bits are half as long, biases stay as they are, infinite weights are somebody's
// wish, and the node is named of a weight that float16 cannot hold.
func TestHalves(t *testing.T) {
	g, err := ir.Parse(`graph "halves"
image = Input(Shape: {3, 1, 1}) : [3, 1, 1]
flat = Flatten() image : [3]
logits = Linear(Out: 20, Bias: true) flat : [20]
output logits
`)
	if err != nil {
		t.Fatal(err)
	}
	build := func(weight, bias float32) (*Plan, error) {
		return Build(&pass.Lowered{Graph: g}, func(p *ir.Param) (params.Reader, error) {
			values := slices.Repeat([]float32{bias}, p.Shape.Elements())
			if p.Name == "logits.weight" {
				values = slices.Repeat([]float32{weight}, p.Shape.Elements())
			}
			return params.Set{p.Name: {Shape: p.Shape, Data: values}}.Values()(p)
		}, WithWeights(kernel.F16))
	}
	infinity := float32(math.Inf(1))
	for _, weight := range []float32{1.0009765625, 65504, infinity, -infinity} {
		p, err := build(weight, 100_000.5)
		if err != nil {
			t.Fatal(err)
		}
		check(t, p)
		linear := p.Steps[len(p.Steps)-1].Kernel.(*kernel.Linear)
		want := []kernel.Section{{Type: kernel.F16, Elements: 128}, {Type: kernel.F32, Elements: 32}}
		if linear.Weights.Offset != 0 || linear.Bias.Offset != 256 || !slices.Equal(p.Sections, want) ||
			len(p.Weights) != 256+128 {
			t.Errorf("%v, %d bytes\n%s", p.Sections, len(p.Weights), p)
		}
		if got := floats.FromFloat16(binary.LittleEndian.Uint16(p.Weights)); got != weight {
			t.Errorf("the weight %g becomes %g", weight, got)
		}
		if got := math.Float32frombits(binary.LittleEndian.Uint32(p.Weights[256:])); got != 100_000.5 {
			t.Errorf("the bias becomes %g", got)
		}
	}
	if _, err := build(70_000, 0); err == nil || !strings.Contains(err.Error(), "logits has the weight 70000, beyond") {
		t.Errorf("a weight beyond float16: %v", err)
	}
}

// TestOperandsAreChecked holds that a kernel is never given what it does not read.
func TestOperandsAreChecked(t *testing.T) {
	for name, k := range map[string]kernel.Kernel{
		"values of another type": &kernel.Linear{In: kernel.InArena(0, kernel.F16, 16, 1)},
		"planes for blocks":      &kernel.Linear{In: kernel.PlanesInArena(0, kernel.F32, 16, 1)},
		"blocks for planes":      &kernel.Planar{In: kernel.InArena(0, kernel.F32, 16, 1)},
		"biases of 16 bits":      &kernel.Linear{Bias: kernel.InWeights(0, kernel.F16, 16, 1)},
		"weights without zeros":  &kernel.Linear{Weights: kernel.InArena(0, kernel.F32, 16, 1)},
	} {
		s := Step{Name: "step", Kernel: k}
		func() {
			defer func() {
				if message := fmt.Sprint(recover()); !strings.Contains(message, "of step is ") {
					t.Errorf("%s: %s", name, message)
				}
			}()
			new(Plan).checkOperands(&s)
		}()
	}
	new(Plan).checkOperands(&Step{Kernel: &kernel.Linear{Weights: kernel.InWeights(0, kernel.F16, 16, 3)}})
}

// check holds what every plan promises: places within their spaces, and weights and what is written on the alignment.
func check(t *testing.T, p *Plan) {
	t.Helper()
	if p.Arena < p.LowerBound {
		t.Errorf("the arena has %d bytes, fewer than the %d alive at once", p.Arena, p.LowerBound)
	}
	sizes := map[kernel.Space]int{kernel.ArenaSpace: p.Arena, kernel.WeightsSpace: len(p.Weights)}
	for i, in := range p.Inputs {
		sizes[kernel.InputSpace+kernel.Space(i)] = 4 * in.Shape.Elements()
	}
	for _, s := range p.Steps {
		for _, o := range operandsOf(s.Kernel) {
			at := *o.ref
			alignment := kernel.Alignment * at.Value.Layout.Type.Size() / 4
			if o.role == in { // which may be part of a vector, from any element on
				alignment = at.Value.Layout.Type.Size()
			}
			if bytes := at.Value.Bytes(); at.Offset%alignment != 0 || at.Offset < 0 || bytes <= 0 ||
				at.Offset+bytes > sizes[at.Space] {
				t.Errorf("%s uses %s", s.Name, p.refString(at))
			}
		}
	}
}

// TestRandomPlans holds the promises for random graphs, and that reuse of memory loses nothing: every value is intact
// when it is read.
func TestRandomPlans(t *testing.T) {
	for seed := range uint64(300) {
		g := eval.RandomGraph(seed, true)
		p, err := Build(&pass.Lowered{Graph: g}, eval.Calibrated(g, seed).Values())
		if err != nil {
			t.Fatal(err)
		}
		check(t, p)
		for _, wanted := range subsets(p) {
			intact(t, g, p, wanted)
		}
		if t.Failed() {
			t.Fatalf("seed %d\n%s\n%s", seed, g, p)
		}
	}
}

// subsets returns, as bits, all outputs of a plan, each alone, and all but the first.
func subsets(p *Plan) []uint64 {
	all := uint64(1)<<len(p.Outputs) - 1
	sets := []uint64{all}
	if len(p.Outputs) > 1 {
		for i := range p.Outputs {
			sets = append(sets, 1<<i)
		}
		sets = append(sets, all&^1)
	}
	return sets
}

// runs reports whether an engine runs a step for some outputs.
func (s *Step) runs(wanted uint64) bool { return s.For == 0 || s.For&wanted != 0 }

// intact goes through the steps that some outputs need. It notes which step wrote each float of the arena last, and
// what a step reads must have been written whole, by steps of one name, those that make one value, or by those that
// make the values of one concatenation.
func intact(t *testing.T, g *ir.Graph, p *Plan, wanted uint64) {
	t.Helper()
	joined := concatenated(g)
	writer := make([]string, p.Arena)
	read := func(reader string, at kernel.Ref) {
		if at.Space != kernel.ArenaSpace {
			return
		}
		names := map[string]bool{}
		for i := at.Offset; i < at.Offset+at.Value.Bytes(); i += 4 {
			names[writer[i]] = true
			if writer[i] == "" || len(names) > 1 && !slices.ContainsFunc(joined, func(parts map[string]bool) bool {
				return containsAll(parts, names)
			}) {
				t.Errorf("%s reads %s, of which byte %d is of %q and byte %d of %q", reader, p.refString(at),
					at.Offset, writer[at.Offset], i, writer[i])
				return
			}
		}
	}
	for _, s := range p.Steps {
		if !s.runs(wanted) {
			continue
		}
		operands := operandsOf(s.Kernel)
		for _, o := range operands {
			if o.role == in {
				read(s.Name, *o.ref)
			}
		}
		for _, o := range operands {
			if o.role != out {
				continue
			}
			name, end := s.Name, o.ref.Offset+o.ref.Value.Bytes()
			if o.name == sums {
				name += " sums"
			}
			for end%kernel.Alignment != 0 {
				end++
			}
			for i := o.ref.Offset; i < end; i += 4 {
				writer[i] = name
			}
		}
	}
	for i, o := range p.Outputs {
		if wanted>>i&1 == 0 {
			continue
		}
		read("the result "+o.Name, o.At)
	}
}

// concatenated returns, for each concatenation, the names of the values that it consists of, its own and those of
// concatenations that are part of it among them.
func concatenated(g *ir.Graph) []map[string]bool {
	var all []map[string]bool
	of := map[*ir.Node]map[string]bool{}
	for _, n := range g.Nodes {
		of[n] = map[string]bool{n.Name: true}
		if _, ok := n.Op.(ir.Concat); ok {
			for _, in := range n.Inputs {
				maps.Copy(of[n], of[in])
			}
			all = append(all, of[n])
		}
	}
	return all
}

func containsAll(set, names map[string]bool) bool {
	for name := range names {
		if !set[name] {
			return false
		}
	}
	return true
}

// TestConcatNeedsNoCopy plans a concatenation of concatenations: what steps compute they leave in its place, and only a
// value that begins within a block, or that is part of another already, is copied.
func TestConcatNeedsNoCopy(t *testing.T) {
	g, err := ir.Parse(`graph "joined"
image = Input(Shape: {3, 8, 8}) : [3, 8, 8]
a = Conv(Out: 32, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}, Bias: true) image : [32, 8, 8]
half = Slice(From: 16, To: 32) a : [16, 8, 8]
b = Conv(Out: 16, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1, Bias: true) half : [16, 8, 8]
c = Conv(Out: 20, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1, Bias: true) b : [20, 8, 8]
inner = Concat() b c : [36, 8, 8]
outer = Concat() a inner : [68, 8, 8]
last = Concat() outer half : [84, 8, 8]
output last
`)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Build(&pass.Lowered{Graph: g}, eval.Calibrated(g, 1).Values())
	if err != nil {
		t.Fatal(err)
	}
	var copies []string
	for _, s := range p.Steps {
		if _, ok := s.Kernel.(*kernel.CopyChannels); ok {
			copies = append(copies, s.Name)
		}
	}
	if !slices.Equal(copies, []string{"last"}) {
		t.Errorf("copies are made for %q, want one for the half of a, which begins within a block\n%s", copies, p)
	}
	intact(t, g, p, 1)
}

// TestNeedsOfParts: an output does not need what is computed only for another part of a concatenation.
func TestNeedsOfParts(t *testing.T) {
	g, err := ir.Parse(`graph "parts"
image = Input(Shape: {3, 8, 8}) : [3, 8, 8]
a = Conv(Out: 16, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1, Bias: true) image : [16, 8, 8]
b = Conv(Out: 16, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}, Bias: true) image : [16, 8, 8]
both = Concat() a b : [32, 8, 8]
last = Conv(Out: 16, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1, Bias: true) both : [16, 8, 8]
output first=a last=last
`)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Build(&pass.Lowered{Graph: g}, eval.Calibrated(g, 1).Values())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Steps {
		if want := s.Name == "a"; s.runs(1) != want {
			t.Errorf("%s runs for the first output: %t, want %t", s.Name, s.runs(1), want)
		}
	}
}

// TestSketch: a sketch is the plan, but for what is packed.
func TestSketch(t *testing.T) {
	for i, n := range compilertest.Examples(t, false) {
		if i%5 > 0 { // packing takes its time, and the kernels of the others are the same
			continue
		}
		want, err := Of(n.Graph, params.Initializer(n.Graph, 1))
		if err != nil {
			t.Fatal(err)
		}
		got, err := Sketch(n.Graph)
		if err != nil || len(got.Weights) != 0 || !reflect.DeepEqual(got.Sections, want.Sections) {
			t.Errorf("%s: the sketch has %d bytes of weights, sections %v, want %v, %v", n.Graph.Name, len(got.Weights),
				got.Sections, want.Sections, err)
		}
		if got.Weights = want.Weights; got.String() != want.String() {
			t.Errorf("%s: the sketch is another plan", n.Graph.Name)
		}
	}
}
