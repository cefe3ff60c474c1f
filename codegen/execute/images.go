package execute

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"syscall"

	"github.com/netc-lang/netc/compiler/checkpoint/numpy"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
)

// ReadImages reads the images in a file: an array of NumPy (.npy) of shape [channels, height, width] or, of several,
// [n, channels, height, width]; an archive with such an array (.npz), which has the input's name, if there are several
// in it; or else float32 numbers, little-endian, one image behind the other. What the file is, its first bytes say; one
// that is called .npy or .npz and is none, and a picture, are not taken for numbers.
func ReadImages(path, input string, shape ir.Shape) ([]float32, error) {
	return readFile(path, wanted{filepath.Ext(path), input, shape, true})
}

// ReadNamed is ReadImages of an archive, for a network of several inputs: an array that has not the input's name is
// none of its images, and may be alone.
func ReadNamed(path, input string, shape ir.Shape) ([]float32, error) {
	return readFile(path, wanted{filepath.Ext(path), input, shape, false})
}

// wanted is the input that images are read for.
type wanted struct {
	kind  string // what its file's name ends in
	name  string
	shape ir.Shape
	alone bool // it is the network's only one: an only array is its images, whatever it is called
}

func readFile(path string, w wanted) ([]float32, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe would wait for who writes to it
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file of numbers", path)
	}
	images, err := readImages(f, info.Size(), w)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return images, nil
}

func readImages(r io.ReaderAt, size int64, w wanted) ([]float32, error) {
	head := make([]byte, 8)
	n, err := r.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	switch head = head[:n]; {
	case numpy.IsArray(head):
		t, err := numpy.ReadArray(r, size)
		if err != nil {
			return nil, err
		}
		return imagesOf(&t, w.shape)
	case stored.SniffZip(head):
		t, err := arrayNamed(r, size, w)
		if err != nil {
			return nil, err
		}
		return imagesOf(t, w.shape)
	case w.kind == ".npy" || w.kind == ".npz":
		return nil, fmt.Errorf("it is called %s and does not begin as such a file: damaged, or of another kind", w.kind)
	case isPicture(head):
		return nil, errors.New("it is a picture: write its pixels, as the network was trained on them, to an array " +
			"of NumPy")
	}
	return rawImages(io.NewSectionReader(r, 0, size), size, w.shape)
}

// isPicture reports whether a file begins as PNG, JPEG, GIF or TIFF do.
func isPicture(head []byte) bool {
	for _, begin := range []string{"\x89PNG\r\n\x1a\n", "\xff\xd8\xff\xdb", "\xff\xd8\xff\xe0", "\xff\xd8\xff\xe1",
		"\xff\xd8\xff\xee", "GIF87a", "GIF89a", "II*\x00", "MM\x00*"} {
		if bytes.HasPrefix(head, []byte(begin)) {
			return true
		}
	}
	return false
}

// arrayNamed returns the array of the input's name, or the only one there is.
func arrayNamed(r io.ReaderAt, size int64, w wanted) (*stored.Tensor, error) {
	archive, err := stored.OpenZip(r, size)
	if err != nil {
		return nil, err
	}
	tensors, err := numpy.Read(archive)
	if err != nil {
		return nil, err
	}
	for i := range tensors {
		if tensors[i].Name == w.name || len(tensors) == 1 && w.alone {
			return &tensors[i], nil
		}
	}
	return nil, fmt.Errorf("none of the %d arrays is called %s, as the input is", len(tensors), w.name)
}

// imagesOf returns the values of an array that has the shape of images.
func imagesOf(t *stored.Tensor, shape ir.Shape) ([]float32, error) {
	dims := t.Shape
	if len(dims) == len(shape)+1 {
		dims = dims[1:]
	}
	fits := len(dims) == len(shape)
	for i := 0; fits && i < len(shape); i++ {
		fits = dims[i] == int64(shape[i])
	}
	if !fits {
		return nil, fmt.Errorf("the array is %s, but the network takes images of shape %v: channels, rows, columns, "+
			"with their number before them or not",
			stored.Brief(t.Shape), shape)
	}
	if !t.Type.Readable() {
		return nil, fmt.Errorf("the array is of type %s: convert it to float32, as the network was trained", t.Type)
	}
	return t.Values()
}

// rawImages reads numbers without a shape.
func rawImages(r io.Reader, size int64, shape ir.Shape) ([]float32, error) {
	image := int64(4 * shape.Elements())
	if size == 0 || size%image != 0 {
		return nil, fmt.Errorf("%d bytes are no whole number of float32 images of shape %v, which have %d bytes each",
			size, shape, image)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	values := make([]float32, len(data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return values, nil
}

// ReadStream is ReadImages for what comes through a pipe.
func ReadStream(r io.Reader, input string, shape ir.Shape) ([]float32, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return readImages(bytes.NewReader(data), int64(len(data)), wanted{"", input, shape, true})
}
