package triton

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/export/onnx"
)

var update = flag.Bool("update", false, "rewrite the expected outputs")

const network = `graph "Some Net-B0"
image = Input(Shape: {3, 8, 6}) : [3, 8, 6]
stem = Conv(Out: 4, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [4, 8, 6]
pool = GlobalAvgPool() stem : [4, 1, 1]
flat = Flatten() pool : [4]
output flat
`

func model(t *testing.T, o onnx.Options) *onnx.Model {
	t.Helper()
	g, err := ir.Parse(network)
	if err != nil {
		t.Fatal(err)
	}
	m, err := onnx.Build(g, eval.Calibrated(g, 1).Values(), o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestName keeps small letters and digits, makes capitals small, and everything else an underscore.
func TestName(t *testing.T) {
	for name, want := range map[string]string{
		"abcxyz": "abcxyz", "ABCXYZ": "abcxyz", "0189": "0189", "a-b.c d/e:f@g[h`i{j": "a_b_c_d_e_f_g_h_i_j", "é": "_",
	} {
		if got := Name(&onnx.Model{Name: name}); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// TestFiles holds the configurations against golden files.
func TestFiles(t *testing.T) {
	for name, tt := range map[string]struct {
		model onnx.Options
		serve Options
	}{
		"plain": {},
		"labelled": {onnx.Options{Softmax: true, Preprocess: true, DynamicSize: true},
			Options{MaxBatch: 8, QueueDelayUS: 500, Labels: []string{"a", "b", "c", "d"}}},
		"fixed": {onnx.Options{Batch: 4, Type: onnx.Float16, TopK: 4}, // which puts no class in its own place
			Options{Labels: []string{"a", "b", "c", "d"}}},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := Files(model(t, tt.model), tt.serve)
			if err != nil {
				t.Fatal(err)
			}
			var all strings.Builder
			for _, f := range files {
				fmt.Fprintf(&all, "== %s\n%s", f.Path, f.Text)
			}
			path := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(path, []byte(all.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if all.String() != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", all.String(), want)
			}
		})
	}
}

// TestLabels: a file of labels belongs to the outputs that have as many classes, and to no other.
func TestLabels(t *testing.T) {
	for n, want := range map[int]bool{0: false, 1: false, 4: true, 5: false} {
		files, err := Files(model(t, onnx.Options{}), Options{Labels: make([]string, n)})
		if err != nil {
			t.Fatal(err)
		}
		named := false
		for _, f := range files {
			named = named || strings.Contains(f.Text, "label_filename")
		}
		if named != want {
			t.Errorf("%d labels: named %t", n, named)
		}
	}
}

// TestOneLabel names the file of labels for a network of one class, too.
func TestOneLabel(t *testing.T) {
	g, err := ir.Parse(strings.NewReplacer("Out: 4", "Out: 1", "[4]", "[1]", "[4,", "[1,").Replace(network))
	if err != nil {
		t.Fatal(err)
	}
	m, err := onnx.Build(g, eval.Calibrated(g, 1).Values(), onnx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	files, err := Files(m, Options{Labels: []string{"one"}})
	if err != nil || !strings.Contains(fmt.Sprint(files), "label_filename") {
		t.Errorf("%v, %v", files, err)
	}
}

func TestRefused(t *testing.T) {
	for _, n := range []int{1, 8} {
		if _, err := Files(model(t, onnx.Options{Batch: 4}), Options{MaxBatch: n}); err == nil {
			t.Error("a model of a fixed batch is served in batches of up to", n)
		}
	}
	if _, err := Files(model(t, onnx.Options{Batch: 4}), Options{MaxBatch: 8}); err == nil {
		t.Error("a model of a fixed batch is served in other batches")
	}
	if _, err := Files(model(t, onnx.Options{}), Options{MaxBatch: -1}); err == nil {
		t.Error("negative batches are served")
	}
}
