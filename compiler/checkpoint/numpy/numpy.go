// Package numpy finds the arrays of NumPy's .npz files: zip archives with one .npy file per array.
//
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. Arrays of Python objects, which are
// pickles, are refused.
package numpy

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// maxHeader bounds an array's header, which has some 120 bytes.
const maxHeader = 64 << 10

// IsArchive reports whether a zip archive is an .npz file.
func IsArchive(a *stored.Archive) bool {
	for _, f := range a.Members {
		if !strings.HasSuffix(f.Name, ".npy") {
			return false
		}
	}
	return len(a.Members) > 0
}

// Read returns the arrays of an archive under the names they were saved by. Members may be compressed.
func Read(a *stored.Archive) ([]stored.Tensor, error) {
	var tensors []stored.Tensor
	for _, f := range a.Members {
		t, err := array(a, f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", stored.Quote(f.Name), err)
		}
		t.Name = strings.TrimSuffix(f.Name, ".npy")
		tensors = append(tensors, t)
	}
	return tensors, nil
}

func array(a *stored.Archive, f *zip.File) (stored.Tensor, error) {
	in, err := f.Open()
	if err != nil {
		return stored.Tensor{}, err
	}
	defer in.Close()
	h, length, err := readHeader(in)
	if err != nil {
		return stored.Tensor{}, err
	}
	t, err := h.tensor(int64(f.UncompressedSize64) - length)
	if err != nil {
		return stored.Tensor{}, err
	}
	t.Open = a.Section(f, length, int64(f.UncompressedSize64)-length)
	return t, nil
}

type header struct {
	kind        stored.Type
	columnMajor bool
	shape       []int64
}

// tensor returns the array whose elements take so many bytes, which are still to be opened.
func (h header) tensor(bytes int64) (stored.Tensor, error) {
	n, err := stored.Elements(h.shape)
	if err != nil {
		return stored.Tensor{}, fmt.Errorf("the array %w", err)
	}
	if bytes < 0 || n*h.kind.Size() != bytes {
		return stored.Tensor{}, fmt.Errorf("an array of shape %s needs %d bytes, but has %d",
			stored.Brief(h.shape), n*h.kind.Size(), bytes)
	}
	t := stored.Tensor{Type: h.kind, Shape: h.shape}
	if h.columnMajor && len(h.shape) > 1 {
		t.Stride = make([]int64, len(h.shape))
		step := int64(1)
		for i, d := range h.shape {
			t.Stride[i] = step
			step *= d
		}
	}
	return t, nil
}

// readHeader reads magic, version and the dictionary of an array, and returns their length.
func readHeader(r io.Reader) (h header, length int64, err error) {
	var start [8]byte
	if _, err := io.ReadFull(r, start[:]); err != nil {
		return h, 0, ended(err, "not a .npy file")
	}
	if string(start[:6]) != magic {
		return h, 0, errors.New("not a .npy file")
	}
	width := 2
	if start[6] > 1 {
		width = 4
	}
	if start[6] < 1 || start[6] > 3 {
		return h, 0, fmt.Errorf("version %d of the .npy format is unknown", start[6])
	}
	var word [4]byte
	if _, err := io.ReadFull(r, word[:width]); err != nil {
		return h, 0, ended(err, "the header is truncated")
	}
	n := binary.LittleEndian.Uint32(word[:])
	if n > maxHeader {
		return h, 0, fmt.Errorf("the header has %d bytes; the limit is %d", n, maxHeader)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return h, 0, ended(err, "the header is truncated")
	}
	h, err = parseHeader(string(text))
	return h, int64(8 + width + int(n)), err
}

// ended returns the error of a read: what the end of the file means, if it has come to that.
func ended(err error, means string) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errors.New(means)
	}
	return err
}

var kinds = map[string]stored.Type{
	"<f8": stored.F64, "<f4": stored.F32, "<f2": stored.F16,
	"<i8": "I64", "<i4": "I32", "<i2": "I16", "|i1": "I8", "<u8": "U64", "<u4": "U32", "<u2": "U16",
	"|u1": "U8", "|b1": "BOOL",
	"<c8": "C64", "<c16": "C128",
}

// parseHeader reads the dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
func parseHeader(text string) (h header, err error) {
	bad := fmt.Errorf("the header %s is not as NumPy writes it", stored.Quote(strings.TrimSpace(text)))
	inner, ok := strings.CutPrefix(strings.TrimSpace(text), "{")
	inner, ok2 := strings.CutSuffix(inner, "}")
	if !ok || !ok2 {
		return h, bad
	}
	seen := map[string]bool{}
	for inner = trim(inner); inner != ""; inner = trim(inner) {
		var key, value string
		if key, inner, ok = quoted(inner); !ok || seen[key] {
			return h, bad
		}
		seen[key] = true
		if inner, ok = strings.CutPrefix(trimSpace(inner), ":"); !ok {
			return h, bad
		}
		inner = trimSpace(inner)
		switch key {
		case "descr":
			if value, inner, ok = quoted(inner); !ok {
				return h, errors.New("an array of records cannot be read")
			}
			if h.kind, ok = kinds[value]; !ok {
				return h, fmt.Errorf("an array of type %s cannot be read; <f4, <f2 and <f8 can", stored.Quote(value))
			}
		case "fortran_order":
			value, inner, _ = strings.Cut(inner, ",")
			if value = strings.TrimSpace(value); value != "True" && value != "False" {
				return h, bad
			}
			h.columnMajor = value == "True"
		case "shape":
			if value, inner, ok = strings.Cut(inner, ")"); !ok {
				return h, bad
			}
			if h.shape, ok = tuple(value); !ok {
				return h, bad
			}
		default:
			return h, bad
		}
	}
	if len(seen) != 3 {
		return h, bad
	}
	return h, nil
}

func trimSpace(s string) string { return strings.TrimLeft(s, " ") }

// trim passes over what separates entries.
func trim(s string) string { return strings.TrimLeft(s, " ,") }

func quoted(s string) (value, rest string, ok bool) {
	if s, ok = strings.CutPrefix(s, "'"); !ok {
		return "", s, false
	}
	return strings.Cut(s, "'")
}

// maxDimensions is NumPy's own limit.
const maxDimensions = 64

func tuple(s string) ([]int64, bool) {
	s, ok := strings.CutPrefix(s, "(")
	if !ok {
		return nil, false
	}
	shape := []int64{}
	for _, part := range strings.Split(s, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		d, err := strconv.ParseInt(part, 10, 64)
		if err != nil || d < 0 || len(shape) == maxDimensions {
			return nil, false
		}
		shape = append(shape, d)
	}
	return shape, true
}
