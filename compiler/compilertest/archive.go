package compilertest

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"testing"
)

// Array is one array of a NumPy archive.
type Array struct {
	Name   string
	Shape  []int
	Values []float32
}

// WriteArchive writes what numpy.savez writes of some arrays.
func WriteArchive(t testing.TB, path string, arrays ...Array) {
	t.Helper()
	var file bytes.Buffer
	archive := zip.NewWriter(&file)
	for _, a := range arrays {
		shape := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(a.Shape)), ", "), "[]")
		header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%s,), }", shape)
		for (len(header)+11)%64 != 0 { // data begin at a multiple of 64
			header += " "
		}
		data := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)+1), byte((len(header)+1)>>8))
		data = append(data, header+"\n"...)
		data, err := binary.Append(data, binary.LittleEndian, a.Values)
		if err != nil {
			t.Fatal(err)
		}
		w, err := archive.Create(a.Name + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
