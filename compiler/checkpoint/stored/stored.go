// Package stored is what every checkpoint format is read into: tensors with their names, types and shapes, whose
// values stay in the file until somebody asks for them.
//
// A format's package checks where each tensor lies; this package reads the bytes and widens them. Reading a tensor
// takes the memory of that tensor and no more.
package stored

import (
	"fmt"
	"io"
	"math"
	"os"
	"strings"
)

// Type is the type of a tensor's elements, by the name that safetensors gives it.
type Type string

// The types whose values can be read. Checkpoints have others, such as the I64 of PyTorch's batch counters.
const (
	F64  Type = "F64"
	F32  Type = "F32"
	F16  Type = "F16"
	BF16 Type = "BF16"
)

var sizes = map[Type]int64{
	"BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "I16": 2, "U16": 2, F16: 2, BF16: 2,
	"I32": 4, "U32": 4, F32: 4,
	"I64": 8, "U64": 8, F64: 8, "C64": 8, "C128": 16,
}

// Size returns the bytes of one element, or 0 for an unknown type.
func (t Type) Size() int64 { return sizes[t] }

// Readable reports whether Values can read such elements.
func (t Type) Readable() bool { return t == F32 || t == F16 || t == BF16 || t == F64 }

// Tensor is one tensor of a file.
type Tensor struct {
	Name  string
	Type  Type
	Shape []int64
	// Stride is the distance, in elements, between neighbours along each dimension; nil where the tensor lies in
	// row-major order without gaps.
	Stride []int64
	// Order is the order of the dimensions, where the file says it, as package layout writes it: "HWIO", "IO"; else "".
	Order string
	// Optional says that nobody misses the tensor when no parameter has its name: the format cannot tell whether it is
	// a weight.
	Optional bool
	// Layer is what the file says of the operation that reads the tensor; nil where it says nothing.
	Layer *Layer
	// Open returns the bytes from the tensor's first element on, little endian.
	Open func() (io.ReadCloser, error)
}

// Layer is how an operation computes with a tensor, where a file has operations or layers: ONNX, Keras, TensorFlow.js.
type Layer struct {
	Epsilon float64 // of a batch norm; 0: unknown
	Pads    []int64 // of a convolution: top, left, bottom, right; nil: unknown
	Rule    string  // by which a convolution pads images of any size: "same"; "": unknown
}

// State is the tensors of one model. A training checkpoint may hold several, the model and its moving average for
// instance.
type State struct {
	Name    string // the path of its dictionary in the file: "state_dict_ema"; "" for the file itself
	Tensors []Tensor
	// Passed names what stands among the weights and is none by the format's own word: an optimizer's state, counters
	// of steps.
	Passed []string
	// Operations names the kinds of operations of the model, where the file has them: "Conv", "Relu".
	Operations []string
	// Input is the shape of the model's input, where the file has one; 0 for a dimension that is left open.
	Input []int64
}

// Checkpoint is an open file, or several that belong together. Its tensors can be read until it is closed.
type Checkpoint struct {
	Format string // for people: "safetensors"
	States []State
	files  []*os.File
}

// Own makes the checkpoint close f with itself.
func (c *Checkpoint) Own(f ...*os.File) { c.files = append(c.files, f...) }

// Files returns the open files that the checkpoint owns.
func (c *Checkpoint) Files() []*os.File { return c.files }

// Close closes the files.
func (c *Checkpoint) Close() (err error) {
	for _, f := range c.files {
		if e := f.Close(); err == nil {
			err = e
		}
	}
	c.files = nil
	return err
}

// Elements returns the number of scalars in a tensor of a shape. A negative dimension is an error, as is a number
// that no file could hold.
func Elements(shape []int64) (int64, error) {
	n := int64(1)
	for _, d := range shape {
		if d < 0 || d > 0 && n > math.MaxInt64/64/d {
			return 0, fmt.Errorf("has the impossible shape %v", Brief(shape))
		}
		n *= d
	}
	return n, nil
}

// Brief returns a shape for a message, which must stay short whatever a file says: "[1000, 1280]".
func Brief(shape []int64) string {
	const most = 8
	var b strings.Builder
	for i, d := range shape[:min(len(shape), most)] {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, d)
	}
	if len(shape) > most {
		return fmt.Sprintf("[%s, … of %d dimensions]", &b, len(shape))
	}
	return "[" + b.String() + "]"
}

// maxQuotedName bounds the names that messages quote.
const maxQuotedName = 200

// Quote returns a name from a file for a message.
func Quote(name string) string {
	if len(name) > maxQuotedName {
		return fmt.Sprintf("%q… (%d bytes)", name[:maxQuotedName], len(name))
	}
	return fmt.Sprintf("%q", name)
}

// Show returns a name from a file for a table or a list: as it is, if all of it can be printed, else quoted. Names
// could hold what a terminal obeys.
func Show(name string) string {
	quoted := Quote(name)
	if quoted == `"`+name+`"` {
		return name
	}
	return quoted
}

// Span returns the number of elements from a tensor's first to its last, both included, given its strides, or an
// error when they point before the first element.
func Span(shape, stride []int64) (int64, error) {
	n, err := Elements(shape)
	if err != nil || n == 0 {
		return 0, err
	}
	if len(stride) != len(shape) {
		return 0, fmt.Errorf("has %d strides for %d dimensions", len(stride), len(shape))
	}
	last := int64(0)
	for i, d := range shape {
		if stride[i] < 0 || d > 1 && stride[i] > (math.MaxInt64/64-last)/(d-1) {
			return 0, fmt.Errorf("has the impossible strides %v", Brief(stride))
		}
		last += (d - 1) * stride[i]
	}
	return last + 1, nil
}

// RowMajor reports whether the strides are those of a tensor in row-major order without gaps.
func RowMajor(shape, stride []int64) bool {
	want := int64(1)
	for i := len(shape) - 1; i >= 0; i-- {
		if shape[i] != 1 && stride[i] != want {
			return false
		}
		want *= shape[i]
	}
	return true
}

// Section returns an Open function for a part of a file.
func Section(r io.ReaderAt, offset, length int64) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return section{io.NewSectionReader(r, offset, length)}, nil }
}

// section is a part of a file that stays open: it can also be read from any place.
type section struct{ *io.SectionReader }

func (section) Close() error { return nil }
