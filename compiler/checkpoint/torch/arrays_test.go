package torch

import (
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint/checkpointtest"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// dtype is an object of numpy.dtype.
func dtype(name, order string) string {
	return "cnumpy\ndtype\n(X" + text(name) + "K\x00K\x01tR(K\x03X" + text(order) +
		"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
}

// reconstructed is an array as protocols up to 4 have it.
func reconstructed(dtype, shape, columnMajor, data string) string {
	return "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85C\x01btR(K\x01" + shape + dtype + columnMajor + data + "tb"
}

func TestArrays(t *testing.T) {
	const no, yes = "\x89", "\x88"
	floats := dtype("f4", "<")
	content := "C\x10" + fourOnes
	square := "K\x02K\x02\x86"
	tests := []struct {
		name, array string
		want        []float32
		problem     string
	}{
		{"rows", reconstructed(floats, square, no, content), []float32{1, 2, 3, 4}, ""},
		{"columns", reconstructed(floats, square, yes, content), []float32{1, 3, 2, 4}, ""},
		{"NumPy 2", strings.Replace(reconstructed(floats, square, no, content), "numpy.core", "numpy._core", 1),
			[]float32{1, 2, 3, 4}, ""},
		{"from a buffer", "cnumpy.core.numeric\n_frombuffer\n(" + content + floats + square + "X" + text("C") + "tR",
			[]float32{1, 2, 3, 4}, ""},
		{"columns from a buffer",
			"cnumpy.core.numeric\n_frombuffer\n(" + content + floats + square + "X" + text("F") + "tR",
			[]float32{1, 3, 2, 4}, ""},
		{"latin1", reconstructed(dtype("f2", "<"), "K\x01\x85", no, "c_codecs\nencode\n(X"+text("\x00Á")+
			"X"+text("latin1")+"tR"), []float32{-2.5}, ""},
		{"Python 2", reconstructed(dtype("f2", "<"), "K\x01\x85", no, "U\x02\x00\xc1"), []float32{-2.5}, ""},
		{"no byte order", reconstructed("cnumpy\ndtype\nX"+text("f4")+"\x85R", square, no, content),
			[]float32{1, 2, 3, 4}, ""},
		{"a state of one", reconstructed("cnumpy\ndtype\nX"+text("f4")+"\x85RK\x03\x85b", square, no, content),
			[]float32{1, 2, 3, 4}, ""},
		{"scalar", reconstructed(floats, ")", no, "C\x04"+fourOnes[:4]), []float32{1}, ""},
		{"too short", reconstructed(floats, square, no, "C\x04"+fourOnes[:4]), nil, "of shape [2, 2], which needs 16 " +
			"bytes, but has 4"},
		{"huge", reconstructed(floats, "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7fK\x09\x86", no, content), nil,
			"impossible shape"},
		{"negative", reconstructed(floats, "J\xff\xff\xff\xff\x85", no, content), nil, "impossible shape"},
		{"big endian", reconstructed(dtype("f4", ">"), square, no, content), nil, `type "f4" in the byte order ">"`},
		{"objects", reconstructed(dtype("O", "|"), square, no, "]"), nil, "not as NumPy writes them"},
		{"objects with bytes", reconstructed(dtype("O8", "|"), square, no, content), nil, `type "O8"`},
		{"no type", reconstructed("N", square, no, content), nil, "without a type"},
		{"wide characters", reconstructed(floats, square, no, "c_codecs\nencode\n(X"+text("\u0100")+"X"+text("latin1")+
			"tR"), nil, "not as NumPy writes them"},
		{"another encoding", reconstructed(floats, square, no, "c_codecs\nencode\n(X"+text("a")+"X"+text("rot13")+"tR"),
			nil, "not as NumPy writes them"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := start + dict("w", tt.array) + "."
			states, err := ReadPickle(strings.NewReader(data), int64(len(data)))
			if err != nil {
				t.Fatal(err)
			}
			w := states[0].Tensors[0]
			if tt.problem != "" {
				if w.Type.Readable() || !strings.Contains(string(w.Type), tt.problem) {
					t.Errorf("the type is %q, want %q", w.Type, tt.problem)
				}
				return
			}
			if got, err := w.Values(); err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("got %v, %v, want %v", got, err, tt.want)
			}
		})
	}
}

func TestReadPickle(t *testing.T) {
	data := start + dict("w", tensorOf(reference("torch.FloatStorage", "0", 4), "K\x00", ")", ")")) + "."
	if _, err := ReadPickle(strings.NewReader(data), int64(len(data))); err == nil ||
		!strings.Contains(err.Error(), "storages, which are not in the file") {
		t.Errorf("got %v", err)
	}
	if _, err := ReadPickle(strings.NewReader(""), maxBarePickle+1); err == nil ||
		!strings.Contains(err.Error(), "numpy.savez") {
		t.Errorf("got %v", err)
	}
	whole, err := os.ReadFile("../../weights/testdata/trainers/detectron2.pkl")
	if err != nil {
		t.Fatal(err)
	}
	read := func(r io.ReaderAt, size int64) ([]stored.Tensor, error) {
		states, err := ReadPickle(r, size)
		if err != nil {
			return nil, err
		}
		return states[0].Tensors, nil
	}
	checkpointtest.Broken(t, whole, read)
	checkpointtest.Cut(t, whole, read)
}

func FuzzReadPickle(f *testing.F) {
	for _, name := range []string{"detectron2.pkl", "detectron2_2.pkl", "paddle.pdparams"} {
		data, err := os.ReadFile("../../weights/testdata/trainers/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if states, err := ReadPickle(bytes.NewReader(data), int64(len(data))); err == nil {
			readAll(states)
		}
	})
}
