package expect_test

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/expect"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/dsl/source"
)

// text is a network on which everything shows that names do not tell.
const text = `network Tiny(act: layer = SiLU, epsilon: float = 1e-5, padding: string = "symmetric") {
    use norm = BatchNorm(epsilon: epsilon), Conv(padding: padding)

    input image[3, resolution, resolution]

    stem   Conv(8, kernel: 3, stride: 2) -> norm -> act
    next   Conv(8, kernel: 3, stride: 2) -> norm -> act
    point  Conv(8) -> norm -> Sigmoid
    pool   GlobalAvgPool -> Flatten
    hidden Linear(8) -> Tanh
    logits Linear(5)
}

scaling Size(resolution: int = 16) {
    channels(c) = c
}

family Tiny by Size {
    plain:      resolution = 16
    tensorflow: epsilon = 1e-3, padding = "same"
    hard:       act = HardSwish
    rectified:  act = ReLU, epsilon = 1e-3
}
`

func tiny(t *testing.T, variant string) *ir.Graph {
	t.Helper()
	return variantOf(t, text, variant)
}

func variantOf(t *testing.T, text, variant string) *ir.Graph {
	t.Helper()
	program, err := compiler.LoadFile(source.NewFile("tiny.net", text))
	if err != nil {
		t.Fatal(err)
	}
	n, err := program.Build(variant, build.Override{})
	if err != nil {
		t.Fatal(err)
	}
	return n.Graph
}

func array(name string, shape []int, values []float32) compilertest.Array {
	return compilertest.Array{Name: name, Shape: shape, Values: values}
}

func writeArchive(t *testing.T, arrays ...compilertest.Array) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "golden.npz")
	compilertest.WriteArchive(t, path, arrays...)
	return path
}

// original is a network with values, and what it gives for two images.
type original struct {
	graph   *ir.Graph
	set     params.Set
	images  [][]float32
	outputs [][]float32
}

func makeOriginal(t *testing.T, variant string) original {
	t.Helper()
	return originalOf(t, tiny(t, variant))
}

func originalOf(t *testing.T, g *ir.Graph) original {
	t.Helper()
	o := original{graph: g, set: eval.Calibrated(g, 1, eval.Noise(g, 2, 2)...), images: eval.Noise(g, 3, 2)}
	// Variances that are small enough for the epsilon to show, and shifts that may be taken for variances.
	for name, tensor := range o.set {
		for i := range tensor.Data {
			if strings.HasSuffix(name, "norm.running_var") {
				tensor.Data[i] = 0.01 * float32(1+i)
			}
		}
	}
	o.compute(t)
	return o
}

func (o *original) compute(t *testing.T) {
	t.Helper()
	o.outputs = nil
	for _, image := range o.images {
		out, err := eval.Run(o.graph, o.set, image)
		if err != nil {
			t.Fatal(err)
		}
		o.outputs = append(o.outputs, out[0])
	}
}

func (o original) archive(t *testing.T) string {
	return writeArchive(t, array("input", []int{2, 3, 16, 16}, slices.Concat(o.images...)),
		array("output", []int{2, 5}, slices.Concat(o.outputs...)))
}

func read(t *testing.T, path string, g *ir.Graph) *expect.Golden {
	t.Helper()
	golden, err := expect.Read(path, g)
	if err != nil {
		t.Fatal(err)
	}
	return golden
}

func TestCheck(t *testing.T) {
	o := makeOriginal(t, "plain")
	r, err := read(t, o.archive(t), o.graph).Check(o.graph, o.set)
	if err != nil || !r.Agrees() || r.Output != "logits" {
		t.Errorf("the network itself: %v, %v", r, err)
	}
	for _, variant := range []string{"tensorflow", "hard", "rectified"} {
		g := tiny(t, variant)
		if r, err := read(t, o.archive(t), g).Check(g, o.set); err != nil || r.Agrees() {
			t.Errorf("%s: %v, %v", variant, r, err)
		}
	}
	// As far from it as the tolerance says, and a little farther.
	low, high := slices.Min(o.outputs[0]), slices.Max(o.outputs[0])
	low, high = min(low, slices.Min(o.outputs[1])), max(high, slices.Max(o.outputs[1]))
	for factor, want := range map[float32]bool{0.9: true, 1.1: false} {
		moved := o
		moved.outputs = [][]float32{o.outputs[0], slices.Clone(o.outputs[1])}
		moved.outputs[1][3] += factor * expect.Tolerance * (high - low)
		r, err := read(t, moved.archive(t), o.graph).Check(o.graph, o.set)
		if err != nil || r.Agrees() != want {
			t.Errorf("%g times the tolerance: %v, %v", factor, r, err)
		}
	}
}

// TestForms reads channels last, a single image, names of the network's own, and probabilities.
// TestRival: with variances near 1, both epsilons are within the tolerance; the original's is found all the same, and
// nothing comes nearer to the original than itself.
func TestRival(t *testing.T) {
	o := makeOriginal(t, "rectified")
	for name, tensor := range o.set {
		for i := range tensor.Data {
			if strings.HasSuffix(name, "norm.running_var") {
				tensor.Data[i] = 2
			}
		}
	}
	o.compute(t)
	wrong := variantOf(t, strings.Replace(text, "act = ReLU, epsilon = 1e-3", "act = ReLU", 1), "rectified")
	golden := read(t, o.archive(t), wrong)
	r, err := golden.Check(wrong, o.set)
	if err != nil || !r.Agrees() {
		t.Fatalf("the epsilon shows: %v, %v", r, err)
	}
	e, err := golden.Rival(wrong, o.set, r)
	if err != nil || len(e.Changes) != 1 || e.Changes[0].What != "epsilon 0.001" {
		t.Errorf("after %v: got %v, %v", r, e, err)
	}
	// The original itself, also where rounding has moved its numbers.
	for _, difference := range []float64{0, 5e-6} {
		e, err := golden.Rival(o.graph, o.set, expect.Result{Difference: difference})
		if err != nil || len(e.Changes) != 0 && e.Result.Difference >= difference/10 {
			t.Errorf("with a difference of %g: %v, %v", difference, e, err)
		}
	}
}

func TestForms(t *testing.T) {
	o := makeOriginal(t, "plain")
	last := make([]float32, 0, 768)
	for p := range 256 {
		for c := range 3 {
			last = append(last, o.images[0][c*256+p])
		}
	}
	for _, path := range []string{
		writeArchive(t, array("input", []int{3, 16, 16}, o.images[0]), array("output", []int{5}, o.outputs[0])),
		writeArchive(t, array("image", []int{1, 16, 16, 3}, last), array("logits", []int{1, 5}, o.outputs[0])),
		writeArchive(t, array("input_nhwc", []int{16, 16, 3}, last), array("output", []int{1, 5, 1, 1}, o.outputs[0])),
	} {
		if r, err := read(t, path, o.graph).Check(o.graph, o.set); err != nil || !r.Agrees() {
			t.Errorf("%v, %v", r, err)
		}
	}
	var sum float32
	probabilities := make([]float32, 5)
	for i, x := range o.outputs[0] {
		probabilities[i] = exp(x)
		sum += probabilities[i]
	}
	for i := range probabilities {
		probabilities[i] /= sum
	}
	path := writeArchive(t, array("input", []int{3, 16, 16}, o.images[0]), array("output", []int{5}, probabilities))
	if r, err := read(t, path, o.graph).Check(o.graph, o.set); err != nil || !r.Agrees() || !r.Softmax {
		t.Errorf("probabilities: %v, %v", r, err)
	}
	if r, _ := read(t, path, tiny(t, "hard")).Check(tiny(t, "hard"), o.set); r.Agrees() {
		t.Errorf("probabilities of another network: %v", r)
	}
}

func TestReadErrors(t *testing.T) {
	o := makeOriginal(t, "plain")
	image, output := array("input", []int{1, 3, 16, 16}, o.images[0]), array("output", []int{1, 5}, o.outputs[0])
	tests := []struct {
		arrays []compilertest.Array
		want   string
	}{
		{[]compilertest.Array{output}, "no array is called input"},
		{[]compilertest.Array{image}, "no array is called output"},
		{[]compilertest.Array{image, output, array("more", []int{1}, []float32{1})},
			`"more" is neither the input nor an output`},
		{[]compilertest.Array{image, array("image", image.Shape, image.Values), output}, "two arrays are the input"},
		{[]compilertest.Array{array("input", []int{1, 3, 8, 8}, o.images[0][:192]), output}, "give --resolution 8"},
		{[]compilertest.Array{array("input", []int{1, 8, 8, 3}, o.images[0][:192]), output}, "give --resolution 8"},
		{[]compilertest.Array{array("input_nhwc", image.Shape, image.Values), output}, "takes images of [3, 16, 16]"},
		{[]compilertest.Array{image, array("output", []int{1, 4}, o.outputs[0][:4])},
			`the output "output" is [1, 4]: 1 images give 1 × [5]`},
		{[]compilertest.Array{array("input", image.Shape, make([]float32, 768)), output}, "one value all over"},
		{[]compilertest.Array{array("input", []int{257, 3, 16, 16}, make([]float32, 257*768)), output},
			"give up to 256"},
	}
	for _, tt := range tests {
		if _, err := expect.Read(writeArchive(t, tt.arrays...), o.graph); err == nil ||
			!strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

// small is a network whose image may stand in either order.
const small = `network Small {
    input image[3, 3, 3]
    logits Conv(2) -> Flatten -> Linear(2)
}

family Small {
    A:
}
`

// TestAmbiguous reads images whose shape does not say in which order they stand.
func TestAmbiguous(t *testing.T) {
	g := variantOf(t, small, "A")
	image := make([]float32, 27)
	for i := range image {
		image[i] = float32(i)
	}
	output := array("output", []int{1, 2}, []float32{1, 2})
	for name, want := range map[string]string{
		"input": "the input [1, 3, 3, 3] may be in either order: call it input_nchw or input_nhwc",
		"image": "may be in either order", "input_nchw": "", "image_nhwc": "",
	} {
		golden, err := expect.Read(writeArchive(t, array(name, []int{1, 3, 3, 3}, image), output), g)
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", name, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		second := map[string]float32{"input_nchw": 1, "image_nhwc": 3}[name] // beside the first, in the same channel
		if golden.Images[0][1] != second {
			t.Errorf("%s: %v", name, golden.Images[0])
		}
	}
	if _, err := expect.Read(writeArchive(t, array("input_nchw", []int{0, 3, 3, 3}, nil), output), g); err == nil ||
		!strings.Contains(err.Error(), "the input has no image") {
		t.Errorf("no image: %v", err)
	}
}

// two is a network of two inputs, one of which is no image, and two outputs, one of which is an image.
const two = `network Two {
    input image[3, 4, 5]
    input more[6]
    map  = image -> Conv(2)
    sum  = (map -> GlobalAvgPool -> Flatten -> Linear(3)) + (more -> Linear(3))
    return result: sum, picture: map
}

family Two {
    A:
}
`

// TestSeveral reads the arrays of several inputs and outputs, by the network's names.
func TestSeveral(t *testing.T) {
	g := variantOf(t, two, "A")
	image := array("image", []int{2, 4, 5, 3}, make([]float32, 120))
	more := array("more", []int{2, 6}, make([]float32, 12))
	sum := array("result", []int{2, 3}, []float32{1, 2, 3, 4, 5, 6})
	maps := array("picture", []int{2, 4, 5, 2}, make([]float32, 80))
	for _, values := range [][]float32{image.Values, more.Values, maps.Values} {
		for i := range values {
			values[i] = float32(i)
		}
	}
	golden, err := expect.Read(writeArchive(t, image, more, sum, maps), g)
	if err != nil {
		t.Fatal(err)
	}
	if len(golden.Images) != 2 || len(golden.Images[1]) != 66 || golden.Layout != "NHWC" {
		t.Errorf("%d examples, %s", len(golden.Images), golden.Layout)
	}
	for _, o := range golden.Outputs {
		want := map[string][]float32{"result": {1, 2, 3, 4, 5, 6}}[o.Name]
		if o.Name == "picture" { // channels first
			if len(o.Values) != 2 || o.Values[0][1] != 2 || o.Values[1][0] != 40 || o.Values[1][20] != 41 {
				t.Errorf("the map is %v", o.Values)
			}
		} else if !slices.Equal(slices.Concat(o.Values...), want) {
			t.Errorf("%s is %v", o.Name, o.Values)
		}
	}
	one := array("more", []int{1, 6}, make([]float32, 6))
	for _, c := range []struct {
		arrays []compilertest.Array
		want   string
	}{
		{[]compilertest.Array{image, sum, maps}, "no array is called more, as an input of the network is; it has"},
		{[]compilertest.Array{image, one, sum, maps}, "the input image has 2 images, more 1"},
		{[]compilertest.Array{image, array("more", []int{2, 5}, make([]float32, 10)), sum},
			"the network takes values of [6]"},
		{[]compilertest.Array{image, array("more_nhwc", more.Shape, more.Values), sum},
			"the network takes values of [6]"},
		{[]compilertest.Array{image, more, sum, array("other", []int{1}, []float32{1})},
			`they are called image, more, result, picture`},
		{[]compilertest.Array{image, more, array("result", []int{1, 3}, []float32{1, 2, 3})},
			`"result" is [1, 3]: 2 images`},
	} {
		_, err := expect.Read(writeArchive(t, c.arrays...), g)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// TestExplain binds to the wrong network, or wrongly, and is told what gives the numbers.
func TestExplain(t *testing.T) {
	transposed := func(o *original) { // as a file of another framework may have square weights
		for _, p := range o.graph.Params() {
			if p.Role != ir.Weight || p.Shape[0] != 8 || p.Shape.Elements() != 64 {
				continue
			}
			from := o.set[p.Name]
			to := slices.Clone(from.Data)
			for i := range 8 {
				for k := range 8 {
					to[k*8+i] = from.Data[i*8+k]
				}
			}
			o.set[p.Name] = &params.Tensor{Shape: from.Shape, Data: to}
		}
	}
	exchanged := func(a, b string) func(o *original) {
		return func(o *original) {
			for _, layer := range []string{"stem", "next", "point"} {
				one, other := layer+".norm."+a, layer+".norm."+b
				o.set[one], o.set[other] = o.set[other], o.set[one]
			}
		}
	}
	tests := []struct {
		name, trained, bound string
		change               func(o *original) // after the outputs are made
		want                 string
	}{
		{"padding and epsilon", "tensorflow", "plain", nil, "epsilon 0.001, padding same"},
		{"the other way round", "plain", "tensorflow", nil, "epsilon 1e-05, padding symmetric"},
		{"activation", "hard", "plain", nil, "HardSwish in place of SiLU"},
		{"activation and epsilon", "rectified", "plain", nil, "epsilon 0.001; ReLU in place of SiLU"},
		{"colours", "plain", "plain", func(o *original) {
			for i, image := range o.images {
				o.images[i] = slices.Concat(image[512:], image[256:512], image[:256])
			}
		}, "colours in the order blue, green, red"},
		{"colours and padding", "tensorflow", "plain", func(o *original) {
			for i, image := range o.images {
				o.images[i] = slices.Concat(image[512:], image[256:512], image[:256])
			}
		}, "epsilon 0.001, padding same; colours in the order blue, green, red"},
		{"means and shifts", "plain", "plain", exchanged("bias", "running_mean"),
			"the batch norms' shifts and means exchanged"},
		{"scales and variances", "plain", "plain", exchanged("weight", "running_var"), "the batch norms' scales and " +
			"variances exchanged"},
		{"one layer's shifts and means", "plain", "plain", func(o *original) {
			const shifts, means = "next.norm.bias", "next.norm.running_mean"
			o.set[shifts], o.set[means] = o.set[means], o.set[shifts]
		}, "the shifts and means of next.norm exchanged"},
		{"square weights", "plain", "plain", transposed, "the square weights transposed"},
	}
	for _, tt := range tests {
		o := makeOriginal(t, tt.trained)
		if tt.change != nil {
			tt.change(&o)
		}
		g := tiny(t, tt.bound)
		golden := read(t, o.archive(t), g)
		if r, err := golden.Check(g, o.set); err != nil || r.Agrees() {
			t.Errorf("%s: %v, %v before", tt.name, r, err)
		}
		e, err := golden.Explain(g, o.set, eval.Run)
		var what []string
		for _, c := range e.Changes {
			what = append(what, c.What)
		}
		if got := strings.Join(what, "; "); err != nil || got != tt.want || !e.Result.Agrees() {
			t.Errorf("%s: got %q (%v), want %q, %v, nearest %v", tt.name, got, e.Result, tt.want, err, e.Nearest)
		}
	}
}

// TestExplainRange: the original got pixels and normalised them itself.
func TestExplainRange(t *testing.T) {
	o := makeOriginal(t, "plain")
	pixels := make([][]float32, 2)
	for i, image := range o.images {
		for k := range image {
			p := float32((k*7 + i*31) % 256)
			pixels[i] = append(pixels[i], p)
			o.images[i][k] = float32((float64(p)/255 - 0.5) / 0.5)
		}
	}
	o.compute(t)
	o.images = pixels
	golden := read(t, o.archive(t), o.graph)
	e, err := golden.Explain(o.graph, o.set, eval.Run)
	if err != nil || len(e.Changes) != 1 || e.Changes[0].Mean[0] != 0.5 {
		t.Errorf("got %+v, %v", e, err)
	}
}

// bottleneck is a network of which implementations differ in operations without parameters.
const bottleneck = `network Bottleneck(first: int = 1, second: int = 2, pooling: string = "symmetric") {
    use norm = BatchNorm, act = ReLU

    input image[3, resolution, resolution]

    stem    Conv(8, kernel: 3) -> norm -> act -> MaxPool(3, stride: 2, padding: pooling)
    reduce  Conv(4, stride: first) -> norm -> act
    conv    Conv(4, kernel: 3, stride: second) -> norm -> act
    expand  Conv(8) -> norm
    pool    GlobalAvgPool -> Flatten
    logits  Linear(5)
}

scaling Size(resolution: int = 16) {
    channels(c) = c
}

family Bottleneck by Size {
    torchvision: second = 2
    caffe:       first = 2, second = 1
    tensorflow:  pooling = "same"
    keras:       first = 2, second = 1, pooling = "same"
}
`

// TestExplainOperations: strides and poolings have no parameters.
func TestExplainOperations(t *testing.T) {
	const strides = "the strides of bottlenecks in the other convolution, of single pixels or of 3×3"
	for _, tt := range []struct{ trained, bound, want string }{
		{"caffe", "torchvision", strides},
		{"torchvision", "caffe", strides},
		{"tensorflow", "torchvision", "poolings padded same"},
		{"torchvision", "tensorflow", "poolings padded symmetric"},
		{"keras", "torchvision", "poolings padded same; " + strides},
	} {
		o := originalOf(t, variantOf(t, bottleneck, tt.trained))
		g := variantOf(t, bottleneck, tt.bound)
		e, err := read(t, o.archive(t), g).Explain(g, o.set, eval.Run)
		var what []string
		for _, c := range e.Changes {
			what = append(what, c.What)
		}
		if got := strings.Join(what, "; "); err != nil || got != tt.want {
			t.Errorf("%s in %s: got %q, want %q, %v", tt.trained, tt.bound, got, tt.want, err)
		}
	}
}

// TestUnexplained: what nothing explains is told, and stays within what it may cost.
func TestUnexplained(t *testing.T) {
	o := makeOriginal(t, "plain")
	o.outputs[0], o.outputs[1] = o.outputs[1], o.outputs[0]
	e, err := read(t, o.archive(t), o.graph).Explain(o.graph, o.set, eval.Run)
	if err != nil || e.Changes != nil || e.Tries == 0 || e.Tries > 600 {
		t.Errorf("got %+v, %v", e, err)
	}
}

func exp(x float32) float32 { return float32(math.Exp(float64(x))) }

// TestDear: a network that is dear to compute is not tried in all ways, and that is said.
func TestDear(t *testing.T) {
	const text = `network Dear {
    input image[3, resolution, resolution]
    wide   Conv(8192) -> ReLU
    narrow Conv(4096)
    again  Conv(8192) -> SiLU
    last   Conv(4096)
    pool   GlobalAvgPool -> Flatten
    logits Linear(5)
}

scaling Size(resolution: int = 16) {
    channels(c) = c
}

family Dear by Size { A: resolution = 16 }
`
	g := variantOf(t, text, "A")
	pixels := make([]float32, 3*16*16)
	for i := range pixels {
		pixels[i] = float32(i % 256)
	}
	golden := read(t, writeArchive(t, array("input", []int{1, 3, 16, 16}, pixels),
		array("output", []int{1, 5}, []float32{1, 2, 3, 4, 5})), g)
	never := func(*ir.Graph, params.Set, []float32) ([][]float32, error) {
		return [][]float32{make([]float32, 5)}, nil
	}
	e, err := golden.Explain(g, params.Set{}, never)
	if err != nil || !e.More || e.Tries != 20 {
		t.Errorf("%d networks were tried, more: %v, %v", e.Tries, e.More, err)
	}
}

// TestResultText says whether scores were made into probabilities first.
func TestResultText(t *testing.T) {
	for r, want := range map[expect.Result]string{
		{Output: "logits", Difference: 2.5e-6}:              "logits to 2.5e-06 of its range",
		{Output: "logits", Difference: 3e-4, Softmax: true}: "logits after a softmax to 3.0e-04 of its range",
	} {
		if got := r.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
