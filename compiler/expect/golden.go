// Package expect proves by numbers that weights are bound to the network that they were trained as.
//
// An archive with inputs and the outputs that the original framework gave comes in (Read), and the network with its
// values, which is computed by the reference interpreter and compared (Check). Where the numbers differ, what names
// and shapes cannot tell is tried (Explain): padding, epsilon, activations, the order of colours, which vector of a
// batch norm is which.
package expect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
)

// maxGiven bounds the images of an archive, which is read whole.
const maxGiven = 256

// MaxImages is how many images of an archive are computed.
const MaxImages = 4

// Golden is what the original gave: some images and the outputs for each.
type Golden struct {
	Images  [][]float32 // each in the network's order: channel, row, column; of several inputs one behind the other
	Outputs []Output
	Given   int    // images in the archive
	Layout  string // of the images in the archive: "NCHW" or "NHWC"
}

// Output is one of the network's outputs.
type Output struct {
	Name   string
	place  int // among the graph's outputs
	Values [][]float32
}

// Read reads the archive for a network: its image is called "input" or as the network calls it, its result "output"
// or as the network does. "input_nchw" and "input_nhwc" say in which order the image stands, where its shape does
// not. Several inputs and outputs all go by the network's names.
func Read(path string, g *ir.Graph) (*Golden, error) {
	file, err := checkpoint.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if len(file.States) != 1 {
		return nil, fmt.Errorf("%s: want one set of arrays, input and output", path)
	}
	golden := &Golden{}
	tensors := file.States[0].Tensors
	if err := golden.readInputs(tensors, g); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, t := range tensors {
		if at, _ := inputLayout(t.Name, g); at >= 0 {
			continue
		}
		place := outputPlace(t.Name, g)
		if place < 0 {
			return nil, fmt.Errorf("%s: the array %s is neither the input nor an output of the network: %s", path,
				stored.Quote(t.Name), calledFor(g))
		}
		if err := golden.readOutput(&t, g.Outputs[place], place); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	if len(golden.Outputs) == 0 {
		return nil, fmt.Errorf("%s: no array is called output; it has %s", path, names(tensors))
	}
	golden.Images = golden.Images[:min(len(golden.Images), MaxImages)]
	for _, image := range golden.Images {
		if slices.Min(image) == slices.Max(image) {
			return nil, fmt.Errorf("%s: an image has one value all over, and shows little of a network: "+
				"give random ones",
				path)
		}
	}
	return golden, nil
}

func names(tensors []stored.Tensor) string {
	var all []string
	for _, t := range tensors {
		all = append(all, stored.Quote(t.Name))
	}
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}

// inputLayout returns which of the inputs an array is, or -1, and the layout that its name says.
func inputLayout(name string, g *ir.Graph) (at int, layout string) {
	for i, n := range g.Inputs {
		words := []string{n.Name}
		if len(g.Inputs) == 1 {
			words = append(words, "input")
		}
		for _, called := range words {
			switch name {
			case called:
				return i, ""
			case called + "_nchw":
				return i, "NCHW"
			case called + "_nhwc":
				return i, "NHWC"
			}
		}
	}
	return -1, ""
}

// readInputs reads the arrays of all inputs.
func (g *Golden) readInputs(tensors []stored.Tensor, graph *ir.Graph) error {
	given := make([][][]float32, len(graph.Inputs))
	for _, t := range tensors {
		at, layout := inputLayout(t.Name, graph)
		if at < 0 {
			continue
		}
		if given[at] != nil {
			return fmt.Errorf("two arrays are the input")
		}
		images, err := g.readImages(&t, layout, graph.Inputs[at].Shape)
		if err != nil {
			return err
		}
		given[at] = images
	}
	for i, images := range given {
		name := graph.Inputs[i].Name
		switch {
		case images == nil && len(given) == 1:
			return fmt.Errorf("no array is called input; it has %s", names(tensors))
		case images == nil:
			return fmt.Errorf("no array is called %s, as an input of the network is; it has %s", name, names(tensors))
		case len(images) != len(given[0]):
			return fmt.Errorf("the input %s has %d images, %s %d", graph.Inputs[0].Name, len(given[0]), name,
				len(images))
		}
	}
	g.Given = len(given[0])
	for k := range given[0] {
		var example []float32
		for _, images := range given {
			example = append(example, images[k]...)
		}
		g.Images = append(g.Images, example)
	}
	return nil
}

// calledFor says what arrays are to be called.
func calledFor(g *ir.Graph) string {
	if len(g.Inputs) == 1 && len(g.Outputs) == 1 {
		return "call them input and output"
	}
	var words []string
	for _, n := range g.Inputs {
		words = append(words, n.Name)
	}
	for _, o := range g.Outputs {
		words = append(words, o.Name)
	}
	return "they are called " + strings.Join(words, ", ")
}

// outputPlace returns which of the graph's outputs an array is, or -1.
func outputPlace(name string, g *ir.Graph) int {
	if name == "output" {
		return 0
	}
	return slices.IndexFunc(g.Outputs, func(o ir.Output) bool { return o.Name == name })
}

// readImages reads the input, with or without a dimension for the batch, and puts each image into the network's order.
func (g *Golden) readImages(t *stored.Tensor, layout string, want ir.Shape) ([][]float32, error) {
	shape := slices.Clone(t.Shape)
	if len(shape) == len(want) {
		shape = append([]int64{1}, shape...)
	}
	is := func(dims ...int) bool {
		return len(shape) == 4 && slices.EqualFunc(shape[1:], dims, func(a int64, b int) bool { return a == int64(b) })
	}
	if !want.IsImage() {
		return g.readValues(t, shape, layout, want)
	}
	first, last := is(want...), is(want[1], want[2], want[0])
	switch {
	case layout == "NCHW" && first || layout == "NHWC" && last:
	case layout != "" || !first && !last:
		return nil, misshapen(t, shape, want)
	case first && last:
		return nil, fmt.Errorf("the input %s may be in either order: call it input_nchw or input_nhwc",
			stored.Brief(t.Shape))
	case first:
		layout = "NCHW"
	default:
		layout = "NHWC"
	}
	return g.fill(t, shape, layout, want)
}

// readValues reads an input that is no image: it has one order.
func (g *Golden) readValues(t *stored.Tensor, shape []int64, layout string, want ir.Shape) ([][]float32, error) {
	fits := slices.EqualFunc(shape[min(1, len(shape)):], want, func(a int64, b int) bool { return a == int64(b) })
	if !fits || layout != "" {
		return nil, fmt.Errorf("the input is %s, but the network takes values of %v", stored.Brief(t.Shape), want)
	}
	return g.fill(t, shape, "", want)
}

// fill reads the values of the input, whose shape begins with the number of images.
func (g *Golden) fill(t *stored.Tensor, shape []int64, layout string, want ir.Shape) ([][]float32, error) {
	if shape[0] > maxGiven {
		return nil, fmt.Errorf("the input has %d images, of which %d would be computed: give up to %d", shape[0],
			MaxImages, maxGiven)
	}
	values, err := t.Values()
	if err != nil {
		return nil, err
	}
	if layout != "" && g.Layout != "NHWC" {
		g.Layout = layout
	}
	var images [][]float32
	size := want.Elements()
	for at := 0; at < len(values); at += size {
		image := values[at : at+size]
		if layout == "NHWC" {
			image = channelsFirst(image, want)
		}
		images = append(images, image)
	}
	if len(images) == 0 {
		return nil, fmt.Errorf("the input has no image")
	}
	return images, nil
}

// misshapen says what would make the input fit.
func misshapen(t *stored.Tensor, shape []int64, want ir.Shape) error {
	text := fmt.Sprintf("the input is %s, but the network takes images of %v, in this order or channels last",
		stored.Brief(t.Shape), want)
	if len(shape) == 4 && (shape[1] == int64(want[0]) && shape[2] == shape[3] || shape[3] == int64(want[0]) &&
		shape[1] == shape[2]) {
		text += fmt.Sprintf(": give --resolution %d", shape[2])
	}
	return fmt.Errorf("%s", text)
}

// channelsFirst moves the channels of [height, width, channels] to the front.
func channelsFirst(values []float32, shape ir.Shape) []float32 {
	channels, pixels := shape[0], shape[1]*shape[2]
	moved := make([]float32, len(values))
	for p := range pixels {
		for c := range channels {
			moved[c*pixels+p] = values[p*channels+c]
		}
	}
	return moved
}

// readOutput reads one output's values: a vector, or an image in the order of the input's.
func (g *Golden) readOutput(t *stored.Tensor, o ir.Output, place int) error {
	count, err := stored.Elements(t.Shape)
	if err != nil {
		return err
	}
	shape := o.Node.Shape
	size := shape.Elements()
	if count != int64(size*g.Given) {
		return fmt.Errorf("the output %s is %s: %d images give %d × %v", stored.Quote(t.Name), stored.Brief(t.Shape),
			g.Given, g.Given, shape)
	}
	values, err := t.Values()
	if err != nil {
		return err
	}
	out := Output{Name: o.Name, place: place}
	for i := range min(g.Given, MaxImages) {
		one := values[i*size : (i+1)*size]
		if g.Layout == "NHWC" && shape.IsImage() {
			one = channelsFirst(one, shape)
		}
		out.Values = append(out.Values, one)
	}
	g.Outputs = append(g.Outputs, out)
	return nil
}
