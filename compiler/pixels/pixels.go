// Package pixels says how the pixels of pictures become the input of a network that was trained on them.
//
// What a command line gives and an input's shape come in (Choose); a Normalisation that suits the input goes out, for
// those who put it into a model, and for those who only write it down.
package pixels

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
)

// Normalisation says how pixels become the network's input: (pixel / 255 − Mean) / Std, per channel.
type Normalisation struct{ Mean, Std []float64 }

// ImageNet returns the means and deviations of the training images of ImageNet, in the order red, green, blue, as
// torchvision has them.
func ImageNet() *Normalisation {
	return &Normalisation{[]float64{0.485, 0.456, 0.406}, []float64{0.229, 0.224, 0.225}}
}

// Choose returns the normalisation for an input: the one given, or, where one is needed, the usual one. It is nil where
// none is given or needed.
func Choose(given *Normalisation, needed bool, name string, input ir.Shape) (*Normalisation, error) {
	switch {
	case (given != nil || needed) && !input.IsImage():
		return nil, fmt.Errorf("the input %s is %v, no image [channels, height, width]: it has no pixels to normalise",
			name, input)
	case given == nil && !needed:
		return nil, nil
	case given == nil && input[0] == 3:
		return ImageNet(), nil
	case given == nil:
		return nil, fmt.Errorf("an input of %d channels has no usual normalisation: "+
			"give the mean and the deviation of its channels", input[0])
	}
	for _, values := range [][]float64{given.Mean, given.Std} {
		if len(values) != input[0] {
			return nil, fmt.Errorf("the normalisation has %d values, but the input has %d channels", len(values),
				input[0])
		}
	}
	return given, nil
}

// Scaled returns what is subtracted from pixels from 0 to 255, and what the difference is divided by, as float32: the
// form in which models compute.
func (n *Normalisation) Scaled() (mean, std []float32) {
	scale := func(values []float64) []float32 {
		scaled := make([]float32, len(values))
		for i, v := range values {
			scaled[i] = float32(255 * v)
		}
		return scaled
	}
	return scale(n.Mean), scale(n.Std)
}
