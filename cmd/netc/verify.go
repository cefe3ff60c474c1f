package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/export/onnx"
	"github.com/netc-lang/netc/export/onnx/verify"
)

func runVerify(c *call) error {
	source := c.flags.String("source", "", "the architecture `F`ile that the model must agree with")
	chosen := variantFlag(c) // without it, the variant that the model names
	weights := newWeightFlags(c)
	path, err := c.parseOne()
	if err != nil {
		return err
	}
	m, err := verify.ReadFile(path)
	if err != nil {
		return err
	}
	sizes := m.DefaultSizes()
	sizes.Batch = 1
	fmt.Fprintf(c.stdout, "%s: opset %d, %d operations, written by %s %s\n", path, m.Opset, len(m.Graph.Nodes), m.Producer, m.ProducerVersion)
	report := m.Check(sizes)
	if !report.OK() {
		return wrongf("%s is wrong:\n  %s", path, strings.Join(report.Problems, "\n  "))
	}
	fmt.Fprintf(c.stdout, "structure: right; %d values have the types and shapes that are declared\n", report.Values)
	if *source == "" && !runtimeBuilt {
		fmt.Fprintf(c.stdout, "values: not compared; give --source, or build netc with -tags onnxruntime\n")
		return nil
	}
	return verifyValues(c, m, path, sizes, *source, *chosen, weights)
}

// verifyValues evaluates what was read back, and holds it against the source and against ONNX Runtime.
func verifyValues(c *call, m *verify.Model, path string, sizes verify.Sizes, source string, chosen choice, weights weightFlags) error {
	input, image, err := verifyInput(m, sizes)
	if err != nil {
		return err
	}
	finish := busy(c.stderr, "evaluating the model")
	got, err := m.Evaluate(input, verify.MaxWork)
	finish()
	if err != nil {
		return err
	}
	if source != "" {
		if chosen.variant == "" && chosen.as == "" {
			chosen.variant = m.Property("variant")
		}
		var features []string
		if list := m.Property("features"); list != "" {
			features = strings.Split(list, ",")
		}
		want, err := sourceOutputs(c, source, chosen, weights, features, image)
		if err != nil {
			return err
		}
		if err := compareOutputs(c, "the source, "+source, m, got, likeModel(m, want)); err != nil {
			return err
		}
	}
	if !runtimeBuilt {
		return nil
	}
	theirs, err := runtimeOutputs(path, m, input)
	if err != nil {
		return err
	}
	return compareOutputs(c, "ONNX Runtime", m, theirs, got)
}

// verifyInput makes a random input for the model, and the image that the network sees then.
func verifyInput(m *verify.Model, sizes verify.Sizes) (verify.Array, []float32, error) {
	if len(m.Graph.Inputs) != 1 || len(m.Graph.Inputs[0].Dims) != 4 {
		return verify.Array{}, nil, wrongf("values can only be compared for a model with one image as its input")
	}
	in := m.Graph.Inputs[0]
	array := verify.Array{Type: in.Type}
	defaults := []int64{sizes.Batch, sizes.Height, sizes.Width, sizes.Width}
	if in.Type != verify.Uint8 {
		defaults = []int64{sizes.Batch, 0, sizes.Height, sizes.Width}
	}
	n := int64(1)
	for i, d := range in.Dims {
		if size := d.Size; size > 0 {
			defaults[i] = size
		}
		array.Dims = append(array.Dims, defaults[i])
		if n *= defaults[i]; n < 1 || n > 1<<28 {
			return array, nil, wrongf("the input is too large to be evaluated")
		}
	}
	random := params.Random(0, in.Name)
	if in.Type != verify.Uint8 {
		array.Floats = make([]float32, n)
		for i := range array.Floats {
			array.Floats[i] = float32(int(random.NormFloat64()*64)) / 64 // what 16 bits hold too
		}
		return array, array.Floats, nil
	}
	array.Ints = make([]int64, n)
	for i := range array.Ints {
		array.Ints[i] = int64(random.Uint32() >> 24)
	}
	image, err := normalised(m, array)
	return array, image, err
}

// normalised does to pixels what the metadata say that the model does to them.
func normalised(m *verify.Model, pixels verify.Array) ([]float32, error) {
	channels := int(pixels.Dims[3])
	mean, err := numbers("mean", m.Property("mean"))
	std, err2 := numbers("std", m.Property("std"))
	if err != nil || err2 != nil || len(mean) != channels || len(std) != channels {
		return nil, wrongf("the model's metadata do not say how its pixels are normalised")
	}
	var planes []float32
	size := len(pixels.Ints) / int(pixels.Dims[0])
	for at := 0; at < len(pixels.Ints); at += size {
		for c := range channels {
			for p := c; p < size; p += channels {
				planes = append(planes, float32((float64(pixels.Ints[at+p])/255-mean[c])/std[c]))
			}
		}
	}
	return planes, nil
}

// sourceOutputs evaluates the source's network, or the steps of it that features names, on the images that lie one behind the other.
func sourceOutputs(c *call, file string, chosen choice, weights weightFlags, features []string, images []float32) ([][]float32, error) {
	network, err := load(file, chosen)
	if err != nil {
		return nil, err
	}
	graph, _ := pass.Run(pass.Canonical(), network.Graph, nil)
	set, _, err := weights.values(c, target{file, chosen, network, graph})
	if err != nil {
		return nil, err
	}
	if graph, _, err = onnx.ChooseOutputs(graph, features); err != nil {
		return nil, wrongf("%s: the model says what its features are, but %w", file, err)
	}
	graph, _ = pass.Run(pass.Canonical(), graph, nil)
	size := graph.Input().Shape.Elements()
	if size == 0 || len(images)%size != 0 {
		return nil, wrongf("the model's input does not fit the network's, %v", graph.Input().Shape)
	}
	defer busy(c.stderr, "evaluating the source")()
	all := make([][]float32, len(graph.Outputs))
	for at := 0; at < len(images); at += size {
		out, err := eval.Run(graph, set, images[at:at+size])
		if err != nil {
			return nil, err
		}
		for i, v := range out {
			all[i] = append(all[i], v...)
		}
	}
	return all, nil
}

// likeModel does to the scores of one image what the model's head does to them.
func likeModel(m *verify.Model, scores [][]float32) []verify.Array {
	uses := func(operator string) bool {
		return slices.ContainsFunc(m.Graph.Nodes, func(n verify.Node) bool { return n.Operator == operator })
	}
	if uses("Softmax") {
		scores[0] = slices.Clone(scores[0])
		sum := 0.0
		for _, v := range scores[0] {
			sum += math.Exp(float64(v))
		}
		for i, v := range scores[0] {
			scores[0][i] = float32(math.Exp(float64(v)) / sum)
		}
	}
	var arrays []verify.Array
	for _, v := range scores {
		arrays = append(arrays, verify.Array{Floats: v})
	}
	if uses("TopK") {
		slices.SortFunc(arrays[0].Floats, func(a, b float32) int { return cmp.Compare(b, a) })
		if k := m.Graph.Outputs[0].Dims[1].Size; int(k) < len(arrays[0].Floats) {
			arrays[0].Floats = arrays[0].Floats[:k]
		}
		arrays = append(arrays, verify.Array{})
	}
	return arrays
}

// tolerances are how far a network's outputs may differ, relative to the largest, by the type that it computes in.
var tolerances = map[verify.ElementType]float64{verify.Float32: 1e-4, verify.Float16: 1e-2, verify.BFloat16: 8e-2}

// compareOutputs compares the floating-point outputs. Classes are not compared: where two scores are nearly the same, either
// may come first.
func compareOutputs(c *call, with string, m *verify.Model, got, want []verify.Array) error {
	if len(got) != len(want) {
		return wrongf("the model has %d outputs, %s %d: such outputs cannot be compared", len(got), with, len(want))
	}
	tolerance := tolerances[verify.Float32]
	for _, t := range m.Graph.Initializers {
		tolerance = max(tolerance, tolerances[t.Type])
	}
	for i, v := range m.Graph.Outputs {
		if v.Type == verify.Int64 {
			continue
		}
		if len(got[i].Floats) != len(want[i].Floats) {
			return wrongf("the output %s has %d values, that of %s %d", v.Name, len(got[i].Floats), with, len(want[i].Floats))
		}
		largest, difference := 0.0, 0.0
		for k, x := range want[i].Floats {
			largest = max(largest, math.Abs(float64(x)))
			if d := math.Abs(float64(x) - float64(got[i].Floats[k])); !(d <= difference) {
				difference = d
			}
		}
		if !(difference <= tolerance*largest) {
			return wrongf("the output %s differs from %s by %g; the largest value is %g", v.Name, with, difference, largest)
		}
		fmt.Fprintf(c.stdout, "values: %s agrees with %s to %s of its largest\n", v.Name, with, strconv.FormatFloat(difference/max(largest, 1e-30), 'g', 2, 64))
	}
	return nil
}
