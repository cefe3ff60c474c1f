package onnx

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/floats"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/export/onnx/ort"
	"github.com/netc-lang/netc/export/onnx/verify"
	"github.com/netc-lang/netc/export/size"
)

func build(t *testing.T, g *ir.Graph, set params.Set, o Options) *Model {
	t.Helper()
	m, err := Build(g, set.Values(), o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func written(t *testing.T, m *Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := m.Write(&b, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func names(values []Value) (list []string) {
	for _, v := range values {
		list = append(list, v.Name)
	}
	return list
}

// runModel runs a model in ONNX Runtime. What comes out must have the dimensions that the model declares.
func runModel(t *testing.T, m *Model, in ort.Tensor) []ort.Tensor {
	t.Helper()
	ort.Require(t)
	s, err := ort.NewSession(written(t, m), names(m.Inputs), names(m.Outputs), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	room := make([]ort.Tensor, len(m.Outputs))
	for i, v := range m.Outputs {
		if v.Type == Float16 {
			shape := []int{in.Shape[0]}
			for _, d := range v.Dims[1:] {
				shape = append(shape, d.Size)
			}
			room[i] = ort.Tensor{Shape: shape, Data: make(ort.Halves, elements(shape))}
		}
	}
	out, err := s.Run(room, in)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range m.Outputs {
		if len(v.Dims) != len(out[i].Shape) {
			t.Fatalf("%s has shape %v, declared %v", v.Name, out[i].Shape, v.Dims)
		}
		for k, d := range v.Dims {
			if d.Symbol == "" && d.Size != out[i].Shape[k] {
				t.Errorf("%s has shape %v, declared %v", v.Name, out[i].Shape, v.Dims)
			}
		}
	}
	return out
}

// reference evaluates images that lie one behind the other, and returns the first output of each one behind the other.
func reference(t *testing.T, g *ir.Graph, set params.Set, images []float32) []float32 {
	t.Helper()
	size := g.Input().Shape.Elements()
	var all []float32
	for at := 0; at < len(images); at += size {
		out, err := eval.Run(g, set, images[at:at+size])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, out[0]...)
	}
	return all
}

func floatsOf(t *testing.T, v ort.Tensor) []float32 {
	t.Helper()
	switch data := v.Data.(type) {
	case []float32:
		return data
	case ort.Halves:
		wide := make([]float32, len(data))
		for i, h := range data {
			wide[i] = floats.FromFloat16(h)
		}
		return wide
	}
	t.Fatalf("the output is a %T", v.Data)
	return nil
}

func batched(n int, shape ir.Shape) []int { return append([]int{n}, shape...) }

// TestOpsets runs every test graph for every opset.
func TestOpsets(t *testing.T) {
	for name, g := range graphs(t) {
		set := eval.Calibrated(g, 1)
		image := noise(g, 1)
		want := reference(t, g, set, image)
		for opset := MinOpset; opset <= MaxOpset; opset++ {
			for _, keep := range []bool{false, true} {
				m := build(t, g, set, Options{Opset: opset, KeepBatchNorm: keep})
				out := runModel(t, m, ort.Tensor{Shape: batched(1, g.Input().Shape), Data: image})
				if err := agree(floatsOf(t, out[0]), want); err != nil {
					t.Errorf("%s, opset %d: %v", name, opset, err)
				}
			}
		}
	}
}

// TestOperatorsFitOpset looks for the operators that newer opsets brought.
func TestOperatorsFitOpset(t *testing.T) {
	g := graphs(t)["functions.ir"]
	set := eval.Calibrated(g, 1)
	for operator, since := range map[string]int{"HardSwish": 14, "Gelu": 20} {
		for opset := MinOpset; opset <= MaxOpset; opset++ {
			if used := build(t, g, set, Options{Opset: opset}).Operators()[operator] > 0; used != (opset >= since) {
				t.Errorf("opset %d: %s used: %v", opset, operator, used)
			}
		}
	}
}

// TestMaxOpset makes sure that ONNX Runtime reads no newer opset than netc writes.
func TestMaxOpset(t *testing.T) {
	ort.Require(t)
	g := graphs(t)["dropped.ir"]
	m := build(t, g, eval.Calibrated(g, 1), Options{Opset: MaxOpset})
	irVersions[MaxOpset+1] = irVersions[MaxOpset]
	defer delete(irVersions, MaxOpset+1)
	m.Opset = MaxOpset + 1
	if s, err := ort.NewSession(written(t, m), names(m.Inputs), names(m.Outputs), 1); err == nil {
		s.Close()
		t.Errorf("ONNX Runtime runs opset %d: let netc write it", m.Opset)
	} else if !strings.Contains(err.Error(), "pset") {
		t.Error(err)
	}
}

func TestFloat16(t *testing.T) {
	for name, g := range graphs(t) {
		set := eval.Calibrated(g, 1)
		images := noise(g, 2)
		want := reference(t, g, set, images)
		halves := make(ort.Halves, len(images))
		for i, v := range images {
			halves[i] = floats.ToFloat16(v)
		}
		shape := batched(2, g.Input().Shape)
		narrow := runModel(t, build(t, g, set, Options{Type: Float16}), ort.Tensor{Shape: shape, Data: halves})
		kept := runModel(t, build(t, g, set, Options{Type: Float16, KeepIO: true}),
			ort.Tensor{Shape: shape, Data: images})
		if _, ok := narrow[0].Data.(ort.Halves); !ok {
			t.Errorf("%s: fp16 came out as %T", name, narrow[0].Data)
		}
		if _, ok := kept[0].Data.([]float32); !ok {
			t.Errorf("%s: with fp32 outputs, %T came out", name, kept[0].Data)
		}
		for _, out := range [][]ort.Tensor{narrow, kept} {
			if err := within(floatsOf(t, out[0]), want, 4e-3); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if within(floatsOf(t, out[0]), want, 1e-6) == nil {
				t.Errorf("%s: fp16 is as exact as fp32: nothing was rounded", name)
			}
		}
	}
}

func within(got, want []float32, tolerance float64) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d values, not %d", len(got), len(want))
	}
	largest, difference := 0.0, 0.0
	for i := range want {
		largest = max(largest, math.Abs(float64(want[i])))
		difference = max(difference, math.Abs(float64(got[i])-float64(want[i])))
		if got[i] != got[i] {
			return fmt.Errorf("value %d is NaN, not %g", i, want[i])
		}
	}
	if !(difference <= tolerance*largest) {
		return fmt.Errorf("the values differ by %g, the largest is %g", difference, largest)
	}
	return nil
}

func TestFixedBatch(t *testing.T) {
	g := graphs(t)["mobile.ir"]
	set := eval.Calibrated(g, 1)
	m := build(t, g, set, Options{Batch: 3})
	images := noise(g, 3)
	out := runModel(t, m, ort.Tensor{Shape: batched(3, g.Input().Shape), Data: images})
	if err := agree(floatsOf(t, out[0]), reference(t, g, set, images)); err != nil {
		t.Error(err)
	}
	for _, v := range slices.Concat(m.Inputs, m.Outputs, m.infos) {
		for _, d := range v.Dims {
			if d.Symbol != "" {
				t.Errorf("%s has the open dimension %s", v.Name, d)
			}
		}
	}
}

// TestDynamicSize runs one model on images of several sizes, and holds the symbols of open dimensions against the
// shapes that the compiler finds for each size.
func TestDynamicSize(t *testing.T) {
	t.Run("backbone", func(t *testing.T) {
		dynamicSize(t, graphs(t)["backbone.ir"], "[N 8 ceil(H/2) ceil(W/2)]",
			"[N 8 floor((H-3)/4)+1 floor((W-3)/4)+1]", "[N 8 1 1]", "[N 6]")
	})
	t.Run("sizes", func(t *testing.T) {
		dynamicSize(t, graphs(t)["sizes.ir"], "[N 4 ceil(H/2) ceil(W/2)]", "[N 4 floor((H-5)/4)+1 floor((W-5)/4)+1]",
			"[N 4 floor((H-2)/3)+1 floor((W-2)/3)+1]", "[N 4 7 13]")
	})
}

func dynamicSize(t *testing.T, g *ir.Graph, shapes ...string) {
	set := eval.Calibrated(g, 1)
	m := build(t, g, set, Options{DynamicSize: true})
	a, err := size.Of(g)
	if err != nil {
		t.Fatal(err)
	}
	for _, image := range [][2]int{{33, 30}, {40, 64}, {17, 29}} {
		other, err := size.Resize(g, image[0], image[1])
		if err != nil {
			t.Fatal(err)
		}
		pixels := noise(other, 1)
		out := runModel(t, m, ort.Tensor{Shape: batched(1, other.Input().Shape), Data: pixels})
		if err := agree(floatsOf(t, out[0]), reference(t, other, set, pixels)); err != nil {
			t.Errorf("%v: %v", image, err)
		}
		if want := batched(1, other.Output().Shape); !slices.Equal(out[0].Shape, want) {
			t.Errorf("%v: the output is %v, want %v", image, out[0].Shape, want)
		}
		for i, n := range g.Nodes {
			shape := other.Nodes[i].Shape
			if !shape.IsImage() {
				continue
			}
			for k, x := range a[n] {
				if got := x.At(image[k]); got != shape[k+1] {
					t.Errorf("%s at %v: the extent %s is %d, not %d", n.Name, image, x.Name("X"), got, shape[k+1])
				}
			}
		}
	}
	var symbols []string
	for _, v := range m.infos {
		symbols = append(symbols, fmt.Sprint(v.Dims))
	}
	for _, o := range m.Outputs {
		symbols = append(symbols, fmt.Sprint(o.Dims))
	}
	for _, want := range shapes {
		if !slices.Contains(symbols, want) {
			t.Errorf("no value has the shape %s: %s", want, symbols)
		}
	}
}

// TestSizesKnown: the sizes of an image that a layer names are constants where the batch is known, too, so that the
// shapes of all that follows are.
func TestSizesKnown(t *testing.T) {
	g := graphs(t)["sizes.ir"]
	for batch, want := range map[int][]int64{0: nil, 2: {2, 4, 7, 13}} {
		m, err := verify.Decode(written(t, build(t, g, eval.Calibrated(g, 1), Options{Batch: batch})))
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(m.Graph.Nodes, func(n verify.Node) bool { return slices.Contains(n.Outputs, "seven") })
		if n := m.Graph.Nodes[i]; n.Operator != "Resize" || len(n.Inputs) != 4 {
			t.Fatalf("seven is %+v", n)
		} else if sizes, known := m.Constant(n.Inputs[3]); known != (want != nil) || !slices.Equal(sizes.Ints, want) {
			t.Errorf("in batches of %d, the sizes are %v, constant: %t, want %v", batch, sizes.Ints, known, want)
		}
	}
}

func TestDynamicSizeRefused(t *testing.T) {
	for name, want := range map[string]string{"mobile.ir": "flat: the length", "windows.ir": "same: its padding"} {
		g := graphs(t)[name]
		_, err := Build(g, eval.Calibrated(g, 1).Values(), Options{DynamicSize: true})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got the error %v, want %q in it", name, err, want)
		}
	}
}

func TestExternalData(t *testing.T) {
	ort.Require(t)
	g := graphs(t)["mobile.ir"]
	set := eval.Calibrated(g, 1)
	for _, kind := range []ElementType{Float32, Float16} {
		m := build(t, g, set, Options{Type: kind, KeepIO: true})
		dir := t.TempDir()
		var model, data bytes.Buffer
		if err := m.WriteExternal(&model, &data, "weights.bin", nil); err != nil {
			t.Fatal(err)
		}
		if data.Len() < 4480*kind.bytes() {
			t.Errorf("only %d bytes lie outside", data.Len())
		}
		for name, b := range map[string]*bytes.Buffer{"model.onnx": &model, "weights.bin": &data} {
			if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s, err := ort.NewSessionFile(filepath.Join(dir, "model.onnx"), names(m.Inputs), names(m.Outputs), 1)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		image := noise(g, 1)
		out, err := s.Run(nil, ort.Tensor{Shape: batched(1, g.Input().Shape), Data: image})
		if err != nil {
			t.Fatal(err)
		}
		if err := within(floatsOf(t, out[0]), reference(t, g, set, image), 4e-3); err != nil {
			t.Error(err)
		}
	}
}

func TestPreprocess(t *testing.T) {
	other := &Normalisation{Mean: []float64{0.1, 0.2, 0.3}, Std: []float64{0.4, 0.5, 0.6}}
	for _, o := range []Options{{}, {Normalisation: other}, {DynamicSize: true},
		{Type: Float16, KeepIO: true}} {
		g := graphs(t)["backbone.ir"]
		set := eval.Calibrated(g, 1)
		o.Preprocess = true
		m := build(t, g, set, o)
		height, width := g.Input().Shape[1], g.Input().Shape[2]
		pixels := make([]uint8, 2*height*width*3)
		random := params.Random(3, "pixels")
		for i := range pixels {
			pixels[i] = uint8(random.Uint32())
		}
		normal := o.Normalisation
		if normal == nil {
			normal = ImageNet()
		}
		var images []float32
		for b := range 2 {
			for c := range 3 {
				for p := range height * width {
					x := float64(pixels[(b*height*width+p)*3+c]) / 255
					images = append(images, float32((x-normal.Mean[c])/normal.Std[c]))
				}
			}
		}
		out := runModel(t, m, ort.Tensor{Shape: []int{2, height, width, 3}, Data: pixels})
		tolerance := 2e-5
		if o.Type == Float16 {
			tolerance = 4e-3
		}
		if err := within(floatsOf(t, out[0]), reference(t, g, set, images), tolerance); err != nil {
			t.Error(err)
		}
	}
}

func TestSoftmaxAndTopK(t *testing.T) {
	g := graphs(t)["backbone.ir"]
	set := eval.Calibrated(g, 1)
	image := noise(g, 1)
	scores := reference(t, g, set, image)
	sum := 0.0
	for _, v := range scores {
		sum += math.Exp(float64(v))
	}
	probabilities := make([]float32, len(scores))
	for i, v := range scores {
		probabilities[i] = float32(math.Exp(float64(v)) / sum)
	}
	in := ort.Tensor{Shape: batched(1, g.Input().Shape), Data: image}
	for _, o := range []Options{{Softmax: true}, {TopK: 3}, {Softmax: true, TopK: 3},
		{TopK: 7, Type: Float16, KeepIO: true}, {Opset: 26, Softmax: true, TopK: 1}} {
		want := slices.Clone(scores)
		if o.Softmax {
			want = slices.Clone(probabilities)
		}
		out := runModel(t, build(t, g, set, o), in)
		if o.TopK > 0 {
			order := []int64{0, 1, 2, 3, 4, 5, 6}
			slices.SortFunc(order, func(a, b int64) int { return int(math.Copysign(1, float64(want[b]-want[a]))) })
			best := make([]float32, o.TopK)
			for i := range best {
				best[i] = want[order[i]]
			}
			if got := out[1].Data.([]int64); !slices.Equal(got, order[:o.TopK]) {
				t.Errorf("%+v: classes %v, want %v", o, got, order)
			}
			want = best
		}
		tolerance := 2e-5
		if o.Type == Float16 {
			tolerance = 4e-3
		}
		if err := within(floatsOf(t, out[0]), want, tolerance); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestFeatures(t *testing.T) {
	g := graphs(t)["backbone.ir"]
	set := eval.Calibrated(g, 1)
	image := noise(g, 1)
	for _, tt := range []struct{ features, names, nodes []string }{
		{[]string{"low"}, []string{"low"}, []string{"low.0.add"}},
		{[]string{"stem", "deep"}, []string{"stem", "deep"}, []string{"stem.act", "deep.part"}},
		{[]string{"head", "logits"}, []string{"head", "logits"}, []string{"head", "logits"}},
		{[]string{pass.FeaturesAuto}, []string{"low", "middle", "head"}, []string{"low.0.add", "middle.valid", "head"}},
	} {
		chosen := &ir.Graph{Name: g.Name, Nodes: g.Nodes, Inputs: g.Inputs}
		for _, name := range tt.nodes {
			at := slices.IndexFunc(g.Nodes, func(n *ir.Node) bool { return n.Name == name })
			chosen.Outputs = append(chosen.Outputs, ir.Output{Name: name, Node: g.Nodes[at]})
		}
		want, err := eval.Run(chosen, set, image)
		if err != nil {
			t.Fatal(err)
		}
		m := build(t, g, set, Options{Features: tt.features})
		if got := names(m.Outputs); !slices.Equal(got, tt.names) {
			t.Fatalf("the outputs are %q, want %q", got, tt.names)
		}
		out := runModel(t, m, ort.Tensor{Shape: batched(1, g.Input().Shape), Data: image})
		for i := range want {
			if err := agree(floatsOf(t, out[i]), want[i]); err != nil {
				t.Errorf("%s: %v", tt.names[i], err)
			}
		}
		if _, whole := m.Operators()["Gemm"]; whole && !slices.Contains(tt.features, "logits") {
			t.Error("the head is still there")
		}
	}
}

func TestOptionsRefused(t *testing.T) {
	g := graphs(t)["backbone.ir"]
	set := eval.Calibrated(g, 1)
	for want, o := range map[string]Options{
		"opset 12 cannot be written": {Opset: 12},
		"opset 27 cannot be written": {Opset: 27},
		"opset 21 is too old":        {Opset: 21, Type: BFloat16},
		"opset 23 is too old":        {Opset: 23, Type: BFloat16, TopK: 2},
		"cannot be kept in fp16":     {Type: Float16, KeepBatchNorm: true},
		"best 8 of 7":                {TopK: 8},
		"no such thing":              {TopK: -1},
		"there is nothing that":      {Softmax: true, Features: []string{"low"}},
		"no step \"high\"":           {Features: []string{"high"}},
		"asked for twice":            {Features: []string{"low", "low"}},
		"has 1 values, but": {Preprocess: true,
			Normalisation: &Normalisation{Mean: []float64{1}, Std: []float64{1}}},
		"cannot normalise": {Preprocess: true,
			Normalisation: &Normalisation{Mean: []float64{1, 1, 1}, Std: []float64{1, 0, 1}}},
		"2 labels, but the network's": {Metadata: Metadata{Labels: []string{"cat", "dog"}}},
		"a batch of -1 images":        {Batch: -1},
		"a network cannot compute in": {Type: Int64},
	} {
		if _, err := Build(g, set.Values(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got the error %v, want %q in it", err, want)
		}
	}
	five := graphs(t)["functions.ir"]
	if _, err := Build(five, set.Values(), Options{Preprocess: true}); err == nil ||
		!strings.Contains(err.Error(), "5 channels") {
		t.Errorf("5 channels were normalised: %v", err)
	}
}

// TestKeptNorm: ONNX's momentum is the weight of the old statistics, that of the language the weight of the new ones.
func TestKeptNorm(t *testing.T) {
	g, err := ir.Parse("graph \"g\"\nx = Input(Shape: {2, 3, 3}) : [2, 3, 3]\n" +
		"y = BatchNorm(Epsilon: 0.125, Momentum: 0.25) x : [2, 3, 3]\noutput y\n")
	if err != nil {
		t.Fatal(err)
	}
	m, err := Build(g, eval.Calibrated(g, 1).Values(), Options{KeepBatchNorm: true})
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := m.Write(&file, nil); err != nil {
		t.Fatal(err)
	}
	read, err := verify.Decode(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float32{}
	for _, a := range read.Graph.Nodes[0].Attributes {
		got[a.Name] = a.Float
	}
	if len(read.Graph.Nodes) != 1 || got["epsilon"] != 0.125 || got["momentum"] != 0.75 {
		t.Errorf("%d nodes, the first with %v", len(read.Graph.Nodes), got)
	}
}

// TestLabelsOfSeveral: labels are those of the output that is a vector of as many, and of none where there is none.
func TestLabelsOfSeveral(t *testing.T) {
	g, err := ir.Parse("graph \"g\"\nx = Input(Shape: {3}) : [3]\na = Affine(Factor: 2) x : [3]\n" +
		"b = Linear(Out: 2) a : [2]\noutput a b\n")
	if err != nil {
		t.Fatal(err)
	}
	for labels, want := range map[int]string{
		2: "", 3: "", 4: "there are 4 labels, but none of the network's outputs is a vector of as many: they are",
	} {
		_, err := Build(g, eval.Calibrated(g, 1).Values(), Options{Metadata: Metadata{Labels: make([]string, labels)}})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%d labels: got %v, want %q", labels, err, want)
		}
	}
}

// TestPixelsOfSeveral: of several inputs, no one's pixels are normalised, whether by numbers that are given or by the
// usual ones.
func TestPixelsOfSeveral(t *testing.T) {
	g, err := ir.Parse("graph \"g\"\na = Input(Shape: {3, 2, 2}) : [3, 2, 2]\n" +
		"b = Input(Shape: {3, 2, 2}) : [3, 2, 2]\nsum = Add() a b : [3, 2, 2]\noutput sum\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []Options{{Preprocess: true}, {Normalisation: ImageNet()},
		{Preprocess: true, Normalisation: ImageNet()}} {
		const want = "onnx: the network has 2 inputs: only the pixels of a single one can be normalised"
		if _, err := Build(g, nil, o); err == nil || err.Error() != want {
			t.Errorf("%+v: got %v", o, err)
		}
	}
	if _, err := Build(g, nil, Options{}); err != nil {
		t.Error(err)
	}
}
