package ort

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/floats"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/export/onnx"
)

// TestLibrary looks for the library where it is installed, from any folder of the module, and nowhere else.
func TestLibrary(t *testing.T) {
	root := t.TempDir()
	inner := filepath.Join(root, "a", "b")
	arch := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	installed := filepath.Join(root, "testdata/onnxruntime/node_modules/onnxruntime-node/bin/napi-v6", runtime.GOOS,
		arch)
	for _, folder := range []string{inner, installed} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("NETC_ONNXRUNTIME", "")
	t.Chdir(inner)
	holds := func(want string) {
		t.Helper()
		got := Library()
		if want != "" {
			want = filepath.Join(installed, want)
		}
		if real, err := filepath.EvalSymlinks(got); err == nil {
			got = real
		}
		if real, err := filepath.EvalSymlinks(want); err == nil {
			want = real
		}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	put := func(path string) {
		t.Helper()
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(filepath.Join(installed, "libonnxruntime.dylib"))
	holds("") // no module is around the folder
	put(filepath.Join(root, "go.mod"))
	holds("libonnxruntime.dylib")
	put(filepath.Join(installed, "libonnxruntime.so.1"))
	holds("libonnxruntime.so.1")
	t.Setenv("NETC_ONNXRUNTIME", "elsewhere.so")
	if got := Library(); got != "elsewhere.so" {
		t.Errorf("with the environment variable, got %q", got)
	}
}

// judge is a test that notes how it ends.
type judge struct {
	testing.TB
	said []string
}

func (*judge) Helper()             {}
func (j *judge) Fatal(args ...any) { j.end("fails: ", args...) }
func (j *judge) Skip(args ...any)  { j.end("is skipped: ", args...) }

func (j *judge) end(how string, args ...any) {
	j.said = append(j.said, how+fmt.Sprint(args...))
	runtime.Goexit()
}

// judged says how a test ends.
func judged(test func(t testing.TB)) string {
	j := &judge{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		test(j)
	}()
	<-done
	return fmt.Sprint(j.said)
}

// TestRequire: a test goes on where the library is; without it, it is skipped, and fails where it must be there.
func TestRequire(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, tt := range []struct{ installed, ci, want string }{
		{"there.so", "true", "[]"}, {"there.so", "", "[]"}, {"", "", "[is skipped: " + Install + "]"},
		{"", "false", "[is skipped: " + Install + "]"},
	} {
		t.Setenv("NETC_ONNXRUNTIME", tt.installed)
		t.Setenv("CI", tt.ci)
		if got := judged(Require); got != tt.want {
			t.Errorf("library %q, CI=%q: the test %v, want %s", tt.installed, tt.ci, got, tt.want)
		}
	}
	for ci, want := range map[string]string{"true": "[fails: " + Install + "]", "": "[is skipped: " + Install + "]"} {
		t.Setenv("CI", ci)
		for name, test := range map[string]func(testing.TB){
			"required": Require,
			"loaded":   func(t testing.TB) { Load(t, nil, "x", "y", 1) },
			"a file":   func(t testing.TB) { LoadFile(t, "none", "x", "y", 1) },
		} {
			if got := judged(test); got != want {
				t.Errorf("%s with CI=%q: the test %s, want %s", name, ci, got, want)
			}
		}
	}
	if _, err := NewSession(nil, nil, nil, 1); err == nil || err.Error() != Install {
		t.Errorf("without the library: %v", err)
	}
}

// ramp is a model that gives x + 1 of six numbers, or what the options make of that.
func ramp(t *testing.T, o onnx.Options) []byte {
	t.Helper()
	Require(t)
	g, err := ir.Parse("graph \"ramp\"\nx = Input(Shape: {6}) : [6]\n" +
		"y = Affine(Factor: 1, Offset: 1) x : [6]\noutput y\n")
	if err != nil {
		t.Fatal(err)
	}
	m, err := onnx.Build(g, eval.Calibrated(g, 1).Values(), o)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := m.Write(&b, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestTypes sends values of each type in and gets those of each type out.
func TestTypes(t *testing.T) {
	x := []float32{3, -2, 0.5, 5, 4, 1}
	halves, more := make(Halves, 6), make(Halves, 6)
	for i, v := range x {
		halves[i], more[i] = floats.ToFloat16(v), floats.ToFloat16(v+1)
	}
	run := func(model []byte, outputs []string, room []Tensor, in Tensor) ([]Tensor, error) {
		s, err := NewSession(model, []string{"x"}, outputs, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		return s.Run(room, in)
	}

	for _, tt := range []struct {
		name    string
		o       onnx.Options
		outputs []string
		room    []Tensor
		in      Tensor
		want    string
	}{
		{"float32", onnx.Options{}, []string{"y"}, nil, Tensor{Shape: []int{1, 6}, Data: x},
			"[{[1 6] [4 -1 1.5 6 5 2]}]"},
		{"integers", onnx.Options{TopK: 2}, []string{"top_scores", "top_classes"}, nil,
			Tensor{Shape: []int{1, 6}, Data: x}, "[{[1 2] [6 5]} {[1 2] [3 4]}]"},
		{"halves", onnx.Options{Type: onnx.Float16}, []string{"y"},
			[]Tensor{{Shape: []int{1, 6}, Data: make(Halves, 6)}}, Tensor{Shape: []int{1, 6}, Data: halves},
			fmt.Sprint([]Tensor{{Shape: []int{1, 6}, Data: more}})},
		{"another type", onnx.Options{}, []string{"y"}, nil, Tensor{Shape: []int{1, 6}, Data: make([]int32, 6)},
			"ort: no input of type []int32"},
		{"room that does not fit", onnx.Options{Type: onnx.Float16}, []string{"y"},
			[]Tensor{{Shape: []int{1, 6}, Data: make(Halves, 5)}}, Tensor{Shape: []int{1, 6}, Data: halves},
			"error"},
		{"another shape", onnx.Options{}, []string{"y"}, nil, Tensor{Shape: []int{2, 3}, Data: x}, "error"},
		{"a shape without its values", onnx.Options{}, []string{"y"}, nil, Tensor{Shape: []int{2, 6}, Data: x},
			"error"},
	} {
		out, err := run(ramp(t, tt.o), tt.outputs, tt.room, tt.in)
		got := fmt.Sprint(out)
		if err != nil {
			got = err.Error()
		}
		if got != tt.want && !(tt.want == "error" && err != nil) {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestPixels feeds bytes.
func TestPixels(t *testing.T) {
	Require(t)
	g, err := ir.Parse("graph \"g\"\nx = Input(Shape: {3, 1, 2}) : [3, 1, 2]\n" +
		"y = Activation(Function: ReLU) x : [3, 1, 2]\noutput y\n")
	if err != nil {
		t.Fatal(err)
	}
	one := &onnx.Normalisation{Mean: []float64{0, 0, 0}, Std: []float64{1, 1, 1}}
	m, err := onnx.Build(g, nil, onnx.Options{Preprocess: true, Normalisation: one})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := m.Write(&b, nil); err != nil {
		t.Fatal(err)
	}
	s, err := NewSession(b.Bytes(), []string{"x"}, []string{"y"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	out, err := s.Run(nil, Tensor{Shape: []int{1, 1, 2, 3}, Data: []uint8{0, 51, 255, 102, 153, 204}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0, 0.4, 0.2, 0.6, 1, 0.8} {
		if got := float64(out[0].Data.([]float32)[i]); !(got-want < 1e-6 && want-got < 1e-6) {
			t.Errorf("element %d is %g, want %g", i, got, want)
		}
	}
}

// TestModel runs a model of one input and one output, from bytes and from a file, and refuses what is not as it is
// told to be.
func TestModel(t *testing.T) {
	data := ramp(t, onnx.Options{})
	path := filepath.Join(t.TempDir(), "m.onnx")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	opened, err := Open(path, "x", "y", 1)
	if err != nil {
		t.Fatal(err)
	}
	x := []float32{3, -2, 0.5, 5, 4, 1}
	for i, m := range []*Model{opened, Load(t, data, "x", "y", 1), LoadFile(t, path, "x", "y", 1)} {
		got, err := m.Run(x, []int{1, 6}, 6)
		if want := []float32{4, -1, 1.5, 6, 5, 2}; err != nil || !slices.Equal(got, want) {
			t.Errorf("%d: got %v, %v, want %v", i, got, err, want)
		}
		for _, length := range []int{5, 7} {
			want := fmt.Sprintf("6 values came out, not %d", length)
			if got, err := m.Run(x, []int{1, 6}, length); err == nil || err.Error() != want || got != nil {
				t.Errorf("%d: got %v, %v, want %s", i, got, err, want)
			}
		}
		if _, err := m.Run(x, []int{6}, 6); err == nil {
			t.Errorf("%d: a batch is missing, and it runs", i)
		}
	}
	if err := opened.Close(); err != nil {
		t.Error(err)
	}
	classes := Load(t, ramp(t, onnx.Options{TopK: 2}), "x", "top_classes", 1)
	if _, err := classes.Run(x, []int{1, 6}, 2); err == nil || err.Error() != "the output is no tensor of float32" {
		t.Errorf("of integers: %v", err)
	}
	for name, open := range map[string]func() error{
		"no file": func() error {
			_, err := Open(path+"x", "x", "y", 1)
			return err
		},
		"threads below zero": func() error {
			_, err := Open(path, "x", "y", -1)
			return err
		},
		"no model": func() error {
			_, err := NewSession([]byte("hello"), []string{"x"}, []string{"y"}, 1)
			if err != nil && !strings.HasPrefix(err.Error(), "ONNX Runtime does not load the model: ") {
				t.Errorf("no model: %v", err)
			}
			return err
		},
		"no such output": func() error {
			s, err := NewSessionFile(path, []string{"x"}, []string{"z"}, 1)
			if err != nil {
				return err
			}
			defer s.Close()
			_, err = s.Run(nil, Tensor{Shape: []int{1, 6}, Data: x})
			return err
		},
	} {
		if open() == nil {
			t.Errorf("%s: there is no error", name)
		}
	}
}
