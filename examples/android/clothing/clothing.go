// Package clothing says what piece of clothing a picture shows. Its API has the types that gomobile bind can hand to
// Kotlin and Swift: strings, slices of bytes, errors, and pointers to structs.
package clothing

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg"
	_ "image/png"

	"github.com/netc-lang/netc/examples/fashion/network"
)

// classes are the answers, in the order of the network's logits.
var classes = [network.Classes]string{
	"T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
}

// The mean and standard deviation of the training images' pixels, by which the network was trained.
const (
	mean      = 0.2860
	deviation = 0.3530
)

// Classifier is a network that is ready to run. Any number of threads may use it at once.
type Classifier struct{ model *network.Model }

// NewClassifier makes a classifier. It takes some milliseconds, so an app keeps one.
func NewClassifier() (*Classifier, error) {
	model, err := network.New()
	if err != nil {
		return nil, err
	}
	return &Classifier{model}, nil
}

// Classify returns what a picture shows, the contents of a PNG or JPEG file: clothing, bright on a dark ground. It is
// scaled, unless it has 28×28 pixels.
func (c *Classifier) Classify(picture []byte) (string, error) {
	decoded, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return "", err
	}
	bounds := decoded.Bounds()
	if bounds.Dx() < network.InputWidth || bounds.Dy() < network.InputHeight {
		return "", fmt.Errorf("the picture has %d×%d pixels: the network needs %d×%d or more",
			bounds.Dx(), bounds.Dy(), network.InputWidth, network.InputHeight)
	}
	class, err := c.model.Predict(context.Background(), pixels(decoded))
	if err != nil {
		return "", err
	}
	return classes[class], nil
}

// Close gives the classifier's memory back.
func (c *Classifier) Close() error { return c.model.Close() }

// pixels returns a picture as the network takes it, shape [1, 28, 28]: each pixel is the mean of an area.
func pixels(picture image.Image) []float32 {
	b := picture.Bounds()
	all := make([]float32, 0, network.ImageLength)
	for y := range network.InputHeight {
		top, bottom := b.Min.Y+y*b.Dy()/network.InputHeight, b.Min.Y+(y+1)*b.Dy()/network.InputHeight
		for x := range network.InputWidth {
			left, right := b.Min.X+x*b.Dx()/network.InputWidth, b.Min.X+(x+1)*b.Dx()/network.InputWidth
			sum := 0
			for row := top; row < bottom; row++ {
				for column := left; column < right; column++ {
					sum += int(color.GrayModel.Convert(picture.At(column, row)).(color.Gray).Y)
				}
			}
			grey := float32(sum) / float32((bottom-top)*(right-left)) / 255
			all = append(all, (grey-mean)/deviation)
		}
	}
	return all
}
