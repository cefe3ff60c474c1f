package conform

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/export/onnx/verify"
)

// Input is a random batch for a model.
type Input struct {
	Tensors []Tensor // one for each of its inputs
	Batch   int
}

// Tensor is what one input gets.
type Tensor struct {
	Name   string
	Array  verify.Array // as the model takes it
	Values []float32    // as the network sees it: image by image, channel, row, column
}

// Values returns the tensors by their names, as Evaluate takes them.
func (i *Input) Values() map[string]verify.Array {
	values := map[string]verify.Array{}
	for _, t := range i.Tensors {
		values[t.Name] = t.Array
	}
	return values
}

// of returns the tensors in the order of a network's inputs: by their names or, where these are others, as they stand.
func (i *Input) of(g *ir.Graph) ([]Tensor, error) {
	if len(i.Tensors) != len(g.Inputs) {
		return nil, fmt.Errorf("the model has %d inputs, the network %d", len(i.Tensors), len(g.Inputs))
	}
	var ordered []Tensor
	for _, n := range g.Inputs {
		for _, t := range i.Tensors {
			if t.Name == n.Name {
				ordered = append(ordered, t)
			}
		}
	}
	if len(ordered) < len(i.Tensors) {
		ordered = i.Tensors
	}
	for k, n := range g.Inputs {
		if t := ordered[k]; len(t.Values) != i.Batch*n.Shape.Elements() {
			return nil, fmt.Errorf("the model's input %s, %v, does not fit the network's, %v", t.Name, t.Array.Dims,
				n.Shape)
		}
	}
	return ordered, nil
}

// maxInput is how many elements an input may have.
const maxInput = 1 << 26

// NewInput makes an input for a model that takes images, of floats, channels first, or of bytes, channels last, or
// other tensors of floats.
func NewInput(m *verify.Model, sizes verify.Sizes) (*Input, error) {
	input := &Input{}
	for _, in := range m.Graph.Free() {
		if len(in.Dims) < 2 {
			return nil, verify.Uncovered("values can only be compared for a model whose inputs have a batch")
		}
		t, err := newTensor(m, in, sizes)
		if err != nil {
			return nil, err
		}
		if batch := int(t.Array.Dims[0]); len(input.Tensors) > 0 && batch != input.Batch {
			return nil, verify.Uncovered("the inputs have batches of %d and %d images", input.Batch, batch)
		}
		input.Batch = int(t.Array.Dims[0])
		input.Tensors = append(input.Tensors, *t)
	}
	if len(input.Tensors) == 0 {
		return nil, verify.Uncovered("values can only be compared for a model that has inputs")
	}
	return input, nil
}

// newTensor makes what one input gets.
func newTensor(m *verify.Model, in verify.Value, sizes verify.Sizes) (*Tensor, error) {
	input := &Tensor{Name: in.Name, Array: verify.Array{Type: in.Type}}
	open := make([]int64, len(in.Dims)) // the sizes of open dimensions: of an input that is no image, the batch alone
	open[0] = sizes.Batch
	isImage := len(in.Dims) == 4
	if isImage {
		open = []int64{sizes.Batch, 0, sizes.Height, sizes.Width}
	}
	switch {
	case in.Type == verify.Uint8 && isImage:
		open = []int64{sizes.Batch, sizes.Height, sizes.Width, 0}
	case in.Type != verify.Float32 && in.Type != verify.Float16 && in.Type != verify.BFloat16 &&
		in.Type != verify.Float64:
		return nil, verify.Uncovered("values cannot be compared for an input of %s", in.Type)
	}
	n := int64(1)
	for i, d := range in.Dims {
		size := open[i]
		if d.Size > 0 {
			size = d.Size
		}
		input.Array.Dims = append(input.Array.Dims, size)
		if n *= size; n < 1 || n > maxInput {
			return nil, verify.Uncovered("an input of the shape %v is not evaluated", input.Array.Dims)
		}
	}
	random := params.Random(0, in.Name)
	if in.Type == verify.Uint8 {
		input.Array.Ints = make([]int64, n)
		for i := range input.Array.Ints {
			input.Array.Ints[i] = int64(random.Uint32() >> 24)
		}
		return input, input.normalise(m)
	}
	input.Array.Floats = make([]float64, n)
	for i := range input.Array.Floats {
		x := float64(int(random.NormFloat64()*64)) / 64 // what 16 bits hold too
		input.Array.Floats[i] = x
		input.Values = append(input.Values, float32(x))
	}
	return input, nil
}

// normalise does to pixels what the metadata say that the model does to them.
func (t *Tensor) normalise(m *verify.Model) error {
	channels := int(t.Array.Dims[3])
	mean, err := numbers(m.Property("mean"))
	std, err2 := numbers(m.Property("std"))
	if err != nil || err2 != nil || len(mean) != channels || len(std) != channels {
		return verify.Uncovered("the model's metadata do not say how its pixels are normalised")
	}
	pixels := t.Array.Ints
	size := len(pixels) / int(t.Array.Dims[0])
	for at := 0; at < len(pixels); at += size {
		for c := range channels {
			for p := c; p < size; p += channels {
				t.Values = append(t.Values, float32((float64(pixels[at+p])/255-mean[c])/std[c]))
			}
		}
	}
	return nil
}

// numbers reads "0.485,0.456,0.406".
func numbers(text string) ([]float64, error) {
	var values []float64
	for _, word := range strings.Split(text, ",") {
		v, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no number", word)
		}
		values = append(values, v)
	}
	return values, nil
}
