package conform_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/export/onnx"
	"github.com/netc-lang/netc/export/onnx/conform"
	"github.com/netc-lang/netc/export/onnx/verify"
)

func parse(t testing.TB, text string) *ir.Graph {
	t.Helper()
	g, err := ir.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// graphs returns the exporter's test graphs.
func graphs(t testing.TB) map[string]*ir.Graph {
	t.Helper()
	paths, err := filepath.Glob("../testdata/*.ir")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no test graphs: %v", err)
	}
	found := map[string]*ir.Graph{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found[filepath.Base(path)] = parse(t, string(text))
	}
	return found
}

// model writes a graph and reads it back.
func model(t testing.TB, g *ir.Graph, set params.Set, o onnx.Options) *verify.Model {
	t.Helper()
	m, err := onnx.Build(g, set.Values(), o)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := m.Write(&b, nil); err != nil {
		t.Fatal(err)
	}
	read, err := verify.Decode(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// against checks a model and compares it.
func against(t testing.TB, m *verify.Model, g *ir.Graph, set params.Set,
	features ...string) (*conform.Result, error) {
	t.Helper()
	s := g.Input().Shape
	sizes := verify.Sizes{Batch: 1, Height: int64(s[1]), Width: int64(s[2])}
	r := m.Check(sizes)
	if !r.OK() {
		t.Fatalf("%s %s", r.Problems, r.Uncovered)
	}
	chosen, err := pass.ChooseOutputs(g, features)
	if err != nil {
		t.Fatal(err)
	}
	return conform.Against(m, r, sizes, conform.Source{Graph: chosen, Set: set})
}

// TestRight compares what the exporter writes with every kind of option. Every step of the source is compared, but
// those that batch norm is folded into and those that have no operation.
func TestRight(t *testing.T) {
	options := []onnx.Options{
		{},
		{KeepBatchNorm: true},
		{Batch: 2},
		{Opset: 20},
		{Type: onnx.Float16},
		{Type: onnx.Float16, KeepIO: true},
		{
			Type:   onnx.BFloat16,
			KeepIO: true,
		},
		{DynamicSize: true},
		{Preprocess: true},
		{Softmax: true},
		{TopK: 3},
		{Softmax: true, TopK: 2},
		{Type: onnx.Float16, Softmax: true, TopK: 2, Preprocess: true},
		{Features: []string{"low", "deep"}},
	}
	for name, g := range graphs(t) {
		set := eval.Calibrated(g, 1)
		for _, o := range options {
			if special := o.DynamicSize || o.Preprocess || o.Softmax || o.TopK > 0 || o.Features != nil; special &&
				name != "backbone.ir" {
				continue
			}
			t.Run(fmt.Sprintf("%s/%+v", name, o), func(t *testing.T) {
				r, err := against(t, model(t, g, set, o), g, set, o.Features...)
				if err != nil {
					t.Fatal(err)
				}
				least := 0
				for _, n := range g.Nodes[1:] {
					switch n.Op.(type) {
					case ir.Conv, ir.BatchNorm, ir.Concat, ir.Dropout:
					default:
						least++
					}
				}
				if o.Features != nil {
					least = 5
				}
				if r.Steps < least {
					t.Errorf("%d steps were compared, want %d", r.Steps, least)
				}
			})
		}
	}
}

// TestExamples compares the cheapest variant of every example in fp16, with weights as they are before training:
// without statistics that hold values at one size, these networks are those in which rounding errors grow most. Four
// leave the range of fp16: both GhostNets, and DenseNet and NASNet, which add up much of what comes before.
func TestExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("it evaluates twenty networks")
	}
	for _, network := range compilertest.SmallExamples(t, 400e6) {
		g := network.Graph
		set := params.Initialize(g, 1)
		r, err := against(t, model(t, g, set, onnx.Options{Type: onnx.Float16}), g, set)
		var d *conform.Difference
		switch {
		case errors.As(err, &d) && strings.Contains(d.Message, "leaves the range of fp16") &&
			slices.Contains([]string{"GhostNet", "GhostNetV2", "DenseNet", "NASNet"}, strings.Split(g.Name, "-")[0]):
		case err != nil:
			t.Errorf("%s: %v", g.Name, err)
		default:
			t.Logf("%s: %d steps, the worst, %s, differs by %.2g", g.Name, r.Steps, r.At, r.Worst)
		}
	}
}

// TestFindsTheStep changes each parameter of the source in turn: the step that has it is the one that is named, the
// first of those that share it.
func TestFindsTheStep(t *testing.T) {
	for name, g := range graphs(t) {
		set := eval.Calibrated(g, 1)
		m := model(t, g, set, onnx.Options{})
		users := g.Users()
		for _, n := range g.Nodes {
			if n.Shared.Again {
				continue
			}
			for _, p := range n.Params {
				changed := params.Set{}
				for k, v := range set {
					changed[k] = v
				}
				tensor := *set.Of(p)
				tensor.Data = slices.Clone(tensor.Data)
				for i := range tensor.Data {
					tensor.Data[i] *= 1.02
				}
				changed[p.Name] = &tensor
				_, err := against(t, m, g, changed)
				var d *conform.Difference
				step := n.Name
				if u := users[n]; len(u) == 1 { // that of the batch norm that is folded in, or of what joins it
					step = u[0].Name
				}
				if !errors.As(err, &d) || d.Step != n.Name && d.Step != step && !strings.Contains(d.Step, "norm") {
					t.Errorf("%s: %s was changed: %v", name, p.Name, err)
				}
			}
		}
	}
}

// deep is a network without normalisation: rounding errors grow from step to step.
func deep(t testing.TB, layers int) *ir.Graph {
	var b strings.Builder
	b.WriteString("graph \"deep\"\nimage = Input(Shape: {3, 6, 6}) : [3, 6, 6]\n")
	last, in := "image", "Conv(Out: 8, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}) image : [8, 6, 6]\n"
	for i := range layers {
		fmt.Fprintf(&b, "c%d = %s", i, in)
		fmt.Fprintf(&b, "a%d = Activation(Function: Tanh) c%d : [8, 6, 6]\n", i, i)
		last = fmt.Sprintf("a%d", i)
		in = "Conv(Out: 8, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}) " + last + " : [8, 6, 6]\n"
	}
	b.WriteString("output " + last + "\n")
	return parse(t, b.String())
}

// chaotic returns weights with which each layer magnifies differences several times.
func chaotic(g *ir.Graph) params.Set {
	set := eval.Calibrated(g, 1)
	for _, p := range g.Params() {
		for i := range set.Of(p).Data {
			set.Of(p).Data[i] *= 3
		}
	}
	return set
}

// TestIllConditioned compares a right file of a chaotic network: its outputs differ from the source's by as much as
// they are large, but every step agrees. A wrong weight is found even so.
func TestIllConditioned(t *testing.T) {
	g := deep(t, 24)
	set := chaotic(g)
	for _, kind := range []onnx.ElementType{onnx.Float32, onnx.Float16} {
		m := model(t, g, set, onnx.Options{Type: kind})
		r, err := against(t, m, g, set)
		if err != nil || r.Steps != 48 {
			t.Errorf("%s: %+v, %v", kind, r, err)
		}
		image, err := conform.NewInput(m, verify.Sizes{Batch: 1, Height: 6, Width: 6})
		if err != nil {
			t.Fatal(err)
		}
		ours, err := m.Evaluate(image.Values(), verify.Evaluation{})
		if err != nil {
			t.Fatal(err)
		}
		want, err := eval.Run(g, set, image.Tensors[0].Values)
		if err != nil {
			t.Fatal(err)
		}
		far := 0.0
		for i, x := range want[0] {
			far = max(far, math.Abs(float64(x)-ours[0].Floats[i]))
		}
		if kind == onnx.Float16 && far < 0.1 { // in fp32, the two evaluations round nearly everywhere alike
			t.Errorf("%s: the outputs differ by %g only: the network is not chaotic", kind, far)
		}
		w := set["c20.weight"].Data
		wrong := params.Set{}
		for name, v := range set {
			wrong[name] = v
		}
		wrong["c20.weight"] = &params.Tensor{Shape: set["c20.weight"].Shape, Data: slices.Clone(w)}
		wrong["c20.weight"].Data[5] += 0.5
		var d *conform.Difference
		if _, err := against(t, m, g, wrong); !errors.As(err, &d) || d.Step != "c20" {
			t.Errorf("%s: a wrong weight in c20: %v", kind, err)
		}
	}
}

// TestCancellation compares a step in which rounding costs nearly all digits: a batch norm that subtracts a mean of
// 1000 from values that are nearly that, and divides by next to nothing.
func TestCancellation(t *testing.T) {
	g := parse(t, `graph "cancel"
image = Input(Shape: {1, 4, 4}) : [1, 4, 4]
conv = Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1, Bias: true) image : [2, 4, 4]
norm = BatchNorm(Epsilon: 1e-12, Momentum: 0.1) conv : [2, 4, 4]
output norm
`)
	set := params.Set{}
	for name, v := range map[string][]float32{"conv.weight": {0.013, 0.017}, "conv.bias": {1000.001, 999.999},
		"norm.weight": {1, 1}, "norm.bias": {0.1, 0.2},
		"norm.running_mean": {1000, 1000}, "norm.running_var": {1e-4, 1e-4}} {
		set[name] = &params.Tensor{Shape: ir.Shape{len(v)}, Data: v}
	}
	m := model(t, g, set, onnx.Options{KeepBatchNorm: true})
	r, err := against(t, m, g, set)
	if err != nil {
		t.Fatal(err)
	}
	m = model(t, g, set, onnx.Options{})
	if r, err = against(t, m, g, set); err != nil || r.Worst < 1e-4 {
		t.Fatalf("the worst step differs by %+v: nothing cancels; %v", r, err)
	}
	set["norm.bias"].Data[0] = 0.9
	if _, err := against(t, m, g, set); err == nil {
		t.Error("a wrong bias is not found")
	}
}

// pooled is a network whose outputs have one shape whatever the size of the image.
const pooled = `graph "range"
image = Input(Shape: {2, 4, 4}) : [2, 4, 4]
first = Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [2, 4, 4]
second = Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) first : [2, 4, 4]
relu = Activation(Function: ReLU) second : [2, 4, 4]
pool = GlobalAvgPool() relu : [2, 1, 1]
flat = Flatten() pool : [2]
logits = Linear(Out: 2, Bias: true) flat : [2]
output logits
`

// TestRange names the first step that leaves the range of 16 bits, at either end.
func TestRange(t *testing.T) {
	for _, tt := range []struct {
		first, second float32
		step, want    string
	}{
		{200, 2000, "second", "leaves the range of fp16: its largest value is"},
		{1e-3, 1e-3, "second", ""}, // 1e-6 is held, if not well
		{2e-4, 2e-4, "second", "vanishes in fp16: its largest value is"},
		{1e-9, 1, "first", "vanishes in fp16"},
		{5000, 1e-8, "second", "differs from the source by 1 of its largest value: its weights vanish in fp16, whose " +
			"smallest number is 5.96e-08"},
	} {
		g := parse(t, pooled)
		set := eval.Calibrated(g, 1)
		fill := func(name string, v float32) {
			for i := range set[name].Data {
				set[name].Data[i] = v
			}
		}
		fill("first.weight", tt.first)
		fill("second.weight", tt.second)
		if strings.Contains(tt.want, "vanish") { // beside a bias of order one, what vanishes does not matter
			if _, err := against(t, model(t, g, set, onnx.Options{Type: onnx.Float16}), g, set); err != nil {
				t.Errorf("weights of %g and %g, with a bias: %v", tt.first, tt.second, err)
			}
		}
		fill("logits.bias", 0)
		_, err := against(t, model(t, g, set, onnx.Options{Type: onnx.Float16}), g, set)
		if tt.want == "" {
			continue
		}
		var d *conform.Difference
		if !errors.As(err, &d) || d.Step != tt.step || !strings.Contains(d.Message, tt.want) {
			t.Errorf("weights of %g and %g: got %v, want the step %s and %q", tt.first, tt.second, err, tt.step,
				tt.want)
		}
		if _, err := against(t, model(t, g, set, onnx.Options{Type: onnx.BFloat16}), g, set); err != nil {
			t.Errorf("bf16, weights of %g and %g: %v", tt.first, tt.second, err)
		}
	}
}

// anonymous gives all values names of no meaning, as other tools do.
func anonymous(m *verify.Model) {
	m.Producer = "another tool"
	names := map[string]string{}
	rename := func(name string) string { return map[bool]string{true: names[name], false: name}[names[name] != ""] }
	for i := range m.Graph.Nodes {
		n := &m.Graph.Nodes[i]
		for k := range n.Outputs {
			names[n.Outputs[k]] = fmt.Sprintf("v%d_%d", i, k)
			n.Outputs[k] = rename(n.Outputs[k])
		}
		for k := range n.Inputs {
			n.Inputs[k] = rename(n.Inputs[k])
		}
	}
	for i := range m.Graph.Outputs {
		m.Graph.Outputs[i].Name = rename(m.Graph.Outputs[i].Name)
	}
	m.Graph.Infos = nil
}

// TestNamesLost compares files of another tool, whose names mean nothing or something else: by the outputs, as far as
// rounding lets it.
func TestNamesLost(t *testing.T) {
	g := graphs(t)["mobile.ir"]
	set := eval.Calibrated(g, 1)
	m := model(t, g, set, onnx.Options{})
	anonymous(m)
	if r, err := against(t, m, g, set); err != nil || r.Steps != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	wrong := eval.Calibrated(g, 2)
	if _, err := against(t, m, g, wrong); err == nil || verify.IsUncovered(err) ||
		!strings.Contains(err.Error(), "differs from the source") {
		t.Errorf("other weights: %v", err)
	}

	// A name that stands for another value: the outputs decide.
	m = model(t, g, set, onnx.Options{})
	m.Producer = "another tool"
	swap := map[string]string{"stem.act": "stem.act.sigmoid", "stem.act.sigmoid": "stem.act"}
	for i := range m.Graph.Nodes {
		for _, list := range [][]string{m.Graph.Nodes[i].Inputs, m.Graph.Nodes[i].Outputs} {
			for k, name := range list {
				if swap[name] != "" {
					list[k] = swap[name]
				}
			}
		}
	}
	if _, err := against(t, m, g, set); err != nil {
		t.Errorf("names that mean something else: %v", err)
	}

	chaos := deep(t, 24)
	set = chaotic(chaos)
	m = model(t, chaos, set, onnx.Options{Type: onnx.Float16})
	anonymous(m)
	if _, err := against(t, m, chaos, set); !verify.IsUncovered(err) ||
		!strings.Contains(err.Error(), "rounding alone moves it by") {
		t.Errorf("a chaotic network without names: %v", err)
	}
}

// TestForeign compares a file of another tool whose names mean what they say. Of steps that differ, the first is named
// where the output differs by more than it may, and none where it does not.
func TestForeign(t *testing.T) {
	g := parse(t, `graph "g"
image = Input(Shape: {2, 4, 4}) : [2, 4, 4]
a = Conv(Out: 3, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [3, 4, 4]
b = Activation(Function: Tanh) a : [3, 4, 4]
c = Conv(Out: 2, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1) b : [2, 2, 2]
output c
`)
	set := eval.Calibrated(g, 1)
	m := model(t, g, set, onnx.Options{})
	m.Producer = "another tool"
	for _, tt := range []struct {
		param  string
		factor float32
		steps  int
		want   string
	}{
		{"a.weight", 1, 3, ""},
		{"c.weight", 1 + 5e-5, 3, ""}, // more than a step may, less than an output may
		{"a.weight", 1 + 5e-5, 1, ""}, // the output alone
		{"a.weight", 1.05, 0, "the output c differs from the source by 0.0354; the largest value is 1.35, and " +
			"rounding moves it by 6.77e-08; the first step that differs is a"},
		{"c.weight", 1.05, 0, "the output c differs from the source by 0.066; the largest value is 1.39, and " +
			"rounding moves it by 6.77e-08"},
	} {
		changed := params.Set{}
		for name, tensor := range set {
			changed[name] = tensor
		}
		scaled := *set[tt.param]
		scaled.Data = slices.Clone(scaled.Data)
		for i := range scaled.Data {
			scaled.Data[i] *= tt.factor
		}
		changed[tt.param] = &scaled
		r, err := against(t, m, g, changed)
		if said := fmt.Sprint(err); err == nil && (tt.want != "" || r.Steps != tt.steps) ||
			err != nil && said != tt.want {
			t.Errorf("%s times %g: got %+v, %v, want %d steps, %q", tt.param, tt.factor, r, err, tt.steps, tt.want)
		}
	}
}

// TestAnchors: each step is held against the source on the model's own values, so that what several steps may be off
// does not add up, and the step that is off most is named.
func TestAnchors(t *testing.T) {
	const text = "graph \"g\"\nx = Input(Shape: {1, 2, 2}) : [1, 2, 2]\na = Affine(Factor: %g) x : [1, 2, 2]\n" +
		"b = Mul() a a : [1, 2, 2]\nc = Affine(Factor: 2) b : [1, 2, 2]\noutput b c\n"
	m := model(t, parse(t, fmt.Sprintf(text, 2.0)), params.Set{}, onnx.Options{})
	r, err := against(t, m, parse(t, fmt.Sprintf(text, 2*(1+9e-6))), params.Set{})
	if err != nil || r.Steps != 3 || r.At != "a" || !(math.Abs(r.Worst-9e-6) < 5e-7) ||
		!slices.Equal(r.Outputs, []string{"b", "c"}) {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestUnlike refuses models that do not look like their source before anything is evaluated.
func TestUnlike(t *testing.T) {
	g := parse(t, pooled)
	set := eval.Calibrated(g, 1)
	for want, change := range map[string]func(m *verify.Model){
		// huge padding, which global pooling hides
		"the step first has the shape [1 2 2004 2004] in the model, but [1 2 4 4] in the source": func(m *verify.Model) {
			attribute(t, m, 0, "pads").Ints = []int64{1000, 1000, 1000, 1000}
			m.Graph.Infos = nil
		},
		// much work, hidden behind other names
		"times as much as the source: it is not evaluated": func(m *verify.Model) {
			pool := verify.Node{Operator: "MaxPool", Inputs: []string{"image"}, Outputs: []string{"waste"},
				Attributes: []verify.Attribute{
					{Name: "kernel_shape", Kind: verify.IntsKind, Ints: []int64{4001, 4001}},
					{Name: "pads", Kind: verify.IntsKind, Ints: []int64{2000, 2000, 2000, 2000}}}}
			m.Graph.Nodes = append(m.Graph.Nodes, pool)
		},
		"the model has 2 outputs, the source 1": func(m *verify.Model) {
			m.Graph.Outputs = append(m.Graph.Outputs,
				m.Graph.Infos[0])
		},
	} {
		m := model(t, g, set, onnx.Options{})
		change(m)
		s := g.Input().Shape
		sizes := verify.Sizes{Batch: 1, Height: int64(s[1]), Width: int64(s[2])}
		if _, err := conform.Against(m, m.Check(sizes), sizes, conform.Source{Graph: g, Set: set}); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func attribute(t *testing.T, m *verify.Model, node int, name string) *verify.Attribute {
	t.Helper()
	for i := range m.Graph.Nodes[node].Attributes {
		if a := &m.Graph.Nodes[node].Attributes[i]; a.Name == name {
			return a
		}
	}
	t.Fatalf("no attribute %s", name)
	return nil
}

// TestHeadWithoutScores: where no value of the model is known to be the scores, what stands behind them is not
// compared, and that is said.
func TestHeadWithoutScores(t *testing.T) {
	g := graphs(t)["backbone.ir"]
	set := eval.Calibrated(g, 1)
	scores := g.Output().Name
	for _, o := range []onnx.Options{{Softmax: true}, {TopK: 3}, {Softmax: true, TopK: 3}} {
		m := model(t, g, set, o)
		for i := range m.Graph.Nodes {
			n := &m.Graph.Nodes[i]
			for _, names := range [][]string{n.Inputs, n.Outputs} {
				for k := range names {
					if names[k] == scores {
						names[k] = "of another name"
					}
				}
			}
		}
		m.Graph.Infos = nil
		if _, err := against(t, m, g, set); !verify.IsUncovered(err) {
			t.Errorf("%+v: got %v, want that it is not covered", o, err)
		}
	}
}

// TestWrongHead changes softmax and top-k.
func TestWrongHead(t *testing.T) {
	g := graphs(t)["backbone.ir"]
	set := eval.Calibrated(g, 1)
	for name, change := range map[string]func(m *verify.Model){
		"the smallest": func(m *verify.Model) {
			top := &m.Graph.Nodes[len(m.Graph.Nodes)-1]
			top.Attributes = append(top.Attributes, verify.Attribute{Name: "largest", Kind: verify.IntKind})
		},
		"another batch norm": func(m *verify.Model) {
			binary.LittleEndian.PutUint32(m.Graph.Initializers[0].Raw, math.Float32bits(3))
		},
	} {
		m := model(t, g, set, onnx.Options{Softmax: true, TopK: 3})
		if _, err := against(t, m, g, set); err != nil {
			t.Fatal(err)
		}
		change(m)
		if _, err := against(t, m, g, set); err == nil || verify.IsUncovered(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
