package engine

import "fmt"

// Tensor is what goes into a network or comes out of it. It has no name of its own, so that it is the same type in
// every generated package, and one interface fits several networks.
type Tensor = struct {
	Name   string // that of the source: "logits"
	Type   string // of the elements: "float32", which stands for []float32
	Shape  []int  // of one image or result, without the batch: [channels, height, width]; the last runs fastest
	Length int    // its number of elements, the product of Shape
}

// SliceOf returns a value that stands for a tensor as the slice that it must be.
func SliceOf[Slice any](name string, value any) (Slice, error) {
	slice, ok := value.(Slice)
	if !ok {
		return slice, fmt.Errorf("%s is a %T, but must be a %T", name, value, slice)
	}
	return slice, nil
}
