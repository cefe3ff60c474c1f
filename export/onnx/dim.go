package onnx

import (
	"fmt"

	"github.com/netc-lang/netc/export/size"
)

// Dim is one dimension of a value: a size, or else the name of one that is only known when the model runs.
type Dim struct {
	Size   int
	Symbol string
}

// String prints the size or the symbol.
func (d Dim) String() string {
	if d.Symbol != "" {
		return d.Symbol
	}
	return fmt.Sprint(d.Size)
}

// dimOf returns an extent as a dimension, in which the image's own has the letter.
func dimOf(x size.Extent, letter string) Dim {
	if n, fixed := x.Fixed(); fixed {
		return Dim{Size: n}
	}
	return Dim{Symbol: x.Name(letter)}
}
