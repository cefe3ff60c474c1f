package numpy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// magic is how a .npy file begins.
const magic = "\x93NUMPY"

// IsArray reports whether a file that begins with head is a .npy file.
func IsArray(head []byte) bool { return bytes.HasPrefix(head, []byte(magic)) }

// ReadArray returns the array in a .npy file of a size.
func ReadArray(r io.ReaderAt, size int64) (stored.Tensor, error) {
	h, length, err := readHeader(io.NewSectionReader(r, 0, size))
	if err != nil {
		return stored.Tensor{}, err
	}
	t, err := h.tensor(size - length)
	if err != nil {
		return stored.Tensor{}, err
	}
	t.Open = stored.Section(r, length, size-length)
	return t, nil
}

// WriteArray writes float32 values of a shape, in row-major order, as a .npy file of version 1.
func WriteArray(w io.Writer, shape []int, values []float32) error {
	var dims strings.Builder
	for _, d := range shape {
		dims.WriteString(strconv.Itoa(d) + ", ")
	}
	header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }",
		strings.TrimSuffix(dims.String(), " "))
	const before, alignment = len(magic) + 4, 64
	padding := (alignment - (before+len(header)+1)%alignment) % alignment
	header += strings.Repeat(" ", padding) + "\n"
	data := append([]byte(magic), 1, 0)
	data = binary.LittleEndian.AppendUint16(data, uint16(len(header)))
	data = append(data, header...)
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	_, err := w.Write(data)
	return err
}
