package conform

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/export/onnx/verify"
)

// Input is a random batch of images.
type Input struct {
	Name  string
	Array verify.Array // as the model takes it
	Image []float32    // as the network sees it: image by image, channel, row, column
	Batch int
}

// Values returns the input by its name, as Evaluate takes it.
func (i *Input) Values() map[string]verify.Array { return map[string]verify.Array{i.Name: i.Array} }

// maxInput is how many elements an input may have.
const maxInput = 1 << 26

// NewInput makes an input for a model that takes images: of floats, channels first, or of bytes, channels last.
func NewInput(m *verify.Model, sizes verify.Sizes) (*Input, error) {
	free := m.Graph.Free()
	if len(free) != 1 || len(free[0].Dims) < 2 {
		return nil, verify.Uncovered("values can only be compared for a model with one input that has a batch")
	}
	in := free[0]
	input := &Input{Name: in.Name, Array: verify.Array{Type: in.Type}}
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
	input.Batch = int(input.Array.Dims[0])
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
		input.Image = append(input.Image, float32(x))
	}
	return input, nil
}

// normalise does to pixels what the metadata say that the model does to them.
func (i *Input) normalise(m *verify.Model) error {
	channels := int(i.Array.Dims[3])
	mean, err := numbers(m.Property("mean"))
	std, err2 := numbers(m.Property("std"))
	if err != nil || err2 != nil || len(mean) != channels || len(std) != channels {
		return verify.Uncovered("the model's metadata do not say how its pixels are normalised")
	}
	pixels := i.Array.Ints
	size := len(pixels) / i.Batch
	for at := 0; at < len(pixels); at += size {
		for c := range channels {
			for p := c; p < size; p += channels {
				i.Image = append(i.Image, float32((float64(pixels[at+p])/255-mean[c])/std[c]))
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
