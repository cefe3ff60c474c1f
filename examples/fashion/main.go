// Command fashion says what piece of clothing each picture shows, with a network that netc made Go code of.
//
//	go run ./examples/fashion PICTURE.png...
//
// A picture is 28×28 pixels, the clothing bright on black, as in Fashion-MNIST (arXiv:1708.07747).
package main

import (
	"context"
	"fmt"
	"image"
	"image/color"
	_ "image/png"
	"os"
	"path/filepath"

	"github.com/netc-lang/netc/examples/fashion/network"
)

//go:generate go run ../../cmd/netc gen --shared --variant f0 --weights f0.safetensors -o network fashion.net

// classes are the answers, in the order of the network's logits.
var classes = [network.Classes]string{
	"T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
}

// The mean and standard deviation of the training images' pixels, by which the network was trained.
const (
	mean      = 0.2860
	deviation = 0.3530
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: fashion PICTURE.png...")
		os.Exit(2)
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "fashion:", err)
		os.Exit(1)
	}
}

func run(paths []string) error {
	model, err := network.New()
	if err != nil {
		return err
	}
	for _, path := range paths {
		pixels, err := read(path)
		if err != nil {
			return err
		}
		class, err := model.Predict(context.Background(), pixels)
		if err != nil {
			return err
		}
		fmt.Printf("%-20s %s\n", filepath.Base(path), classes[class])
	}
	return nil
}

// read returns the pixels of a picture as the network takes them, shape [1, 28, 28].
func read(path string) ([]float32, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	picture, _, err := image.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	bounds := picture.Bounds()
	if bounds.Dx() != network.InputWidth || bounds.Dy() != network.InputHeight {
		return nil, fmt.Errorf("%s has %d×%d pixels, the network takes %d×%d", path, bounds.Dx(), bounds.Dy(),
			network.InputWidth, network.InputHeight)
	}
	pixels := make([]float32, 0, network.ImageLength)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			grey := color.GrayModel.Convert(picture.At(x, y)).(color.Gray)
			pixels = append(pixels, (float32(grey.Y)/255-mean)/deviation)
		}
	}
	return pixels, nil
}
