package engine

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPprof has Go's own tool read a profile.
func TestPprof(t *testing.T) {
	p := Profile{Inferences: 10, Layers: []Layer{
		{Name: "stem.conv", What: "3×3 convolution", FLOPs: 5e6, Bytes: 1e3, Time: 20 * time.Millisecond},
		{Name: "stage1.0.conv", What: "product", FLOPs: 1e6, Bytes: 3e6, Time: 70 * time.Millisecond},
		{Name: "stage1.1.conv", What: "product", FLOPs: 1e6, Bytes: 3e6, Time: 10 * time.Millisecond},
	}}
	path := filepath.Join(t.TempDir(), "layers.pprof")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	n, err := p.WriteTo(f)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := f.Stat(); err != nil || info.Size() != n {
		t.Errorf("%d bytes are said to be written: %v", n, err)
	}
	f.Close()
	broken := errors.New("the line is down")
	if _, err := p.WriteTo(failingWriter{broken}); err != broken {
		t.Errorf("to a writer that fails: %v", err)
	}
	for kind, want := range map[string][]string{
		"": {"Type: time", "Duration: 100ms"},
		"time": {"Duration: 100ms", "70ms 70.00%", "stage1.0.conv: product", "80ms 80.00%  stage1\n",
			"20ms 20.00%  stem\n"},
		"flops": {"50000000 71.43%", "20000000 28.57%  stage1\n"},
		"bytes": {"28.61MB 49.99%", "57.22MB   100%  stage1\n"},
	} {
		args := []string{"tool", "pprof", "-top", "-cum"}
		if kind != "" {
			args = append(args, "-sample_index="+kind)
		}
		out, err := exec.Command("go", append(args, path)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for _, w := range want {
			if !strings.Contains(string(out), w) {
				t.Errorf("%s: %q is missing in\n%s", kind, w, out)
			}
		}
	}
}

// failingWriter fails with an error.
type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }
