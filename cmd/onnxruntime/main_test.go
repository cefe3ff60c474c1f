package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/export/onnx"
	"github.com/netc-lang/netc/export/onnx/ort"
	"github.com/netc-lang/netc/export/onnx/remote"
)

// asProgram makes the test's own program the command.
const asProgram = "NETC_TEST_ONNXRUNTIME"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestCommand runs the whole program: it ends with its input, says what was wrong with it, and takes no arguments.
func TestCommand(t *testing.T) {
	for _, tt := range []struct {
		arguments []string
		input     string
		code      int
		want      string
	}{
		{nil, "", 0, ""},
		{nil, "hello", 1, "onnxruntime: standard input: no request of netc: "},
		{[]string{"model.onnx"}, "", 2, "onnxruntime is started by netc: "},
	} {
		program, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(program, tt.arguments...)
		cmd.Env = append(os.Environ(), asProgram+"=1")
		cmd.Stdin = strings.NewReader(tt.input)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		code := 0
		var exit *exec.ExitError
		if err := cmd.Run(); errors.As(err, &exit) {
			code = exit.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		if code != tt.code || !strings.HasPrefix(stderr.String(), tt.want) || tt.want == "" && stderr.Len() > 0 ||
			stdout.Len() > 0 {
			t.Errorf("%q, %q: exit code %d, %q and %q, want %d and %q", tt.arguments, tt.input, code, &stdout, &stderr,
				tt.code, tt.want)
		}
	}
}

// model is an ONNX file that multiplies by factor.
func model(t *testing.T, factor string) []byte {
	t.Helper()
	g, err := ir.Parse("graph \"g\"\nx = Input(Shape: {3}) : [3]\ny = Affine(Factor: " + factor + ") x : [3]\noutput y")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := onnx.Write(&b, g, params.Set{}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestHandle asks for everything in turn: a request without a model is refused, inputs stay until others come, and so
// does a model.
func TestHandle(t *testing.T) {
	ort.Require(t)
	var r runner
	for _, q := range []remote.Request{{Run: true}, {Time: true}} {
		if _, err := r.handle(q); err == nil || err.Error() != "no model is loaded" {
			t.Errorf("%+v without a model: %v", q, err)
		}
	}
	if a, err := r.handle(remote.Request{}); err != nil || a.Outputs != nil || a.Times != nil {
		t.Errorf("nothing asked for: %+v, %v", a, err)
	}
	path := t.TempDir() + "/triple.onnx"
	if err := os.WriteFile(path, model(t, "3"), 0o644); err != nil {
		t.Fatal(err)
	}
	names := []string{"x"}
	double := &remote.Model{Bytes: model(t, "2"), Inputs: names, Outputs: []string{"y"}, Threads: 1}
	triple := &remote.Model{Path: path, Inputs: names, Outputs: []string{"y"}, Threads: 1}
	ones := []remote.Tensor{{Shape: []int{1, 3}, Data: []float32{1, 1, 1}}}
	counted := []remote.Tensor{{Shape: []int{1, 3}, Data: []float32{1, 2, 3}}}
	for i, tt := range []struct {
		q     remote.Request
		want  []float32 // nil: no outputs
		fails bool
	}{
		{remote.Request{Load: double}, nil, false},
		{remote.Request{Run: true}, nil, true}, // no inputs yet
		{remote.Request{Feed: counted, Run: true}, []float32{2, 4, 6}, false},
		{remote.Request{Run: true}, []float32{2, 4, 6}, false},
		{remote.Request{Feed: ones}, nil, false},
		{remote.Request{Run: true, Time: true}, []float32{2, 2, 2}, false},
		{remote.Request{Load: triple, Run: true}, []float32{3, 3, 3}, false},
		{remote.Request{Feed: []remote.Tensor{{Shape: []int{1, 2}, Data: []float32{1, 1}}}, Run: true}, nil, true},
		{remote.Request{Time: true}, nil, true},
		{remote.Request{Load: &remote.Model{Bytes: []byte("no model"), Inputs: names, Outputs: names}}, nil, true},
	} {
		a, err := r.handle(tt.q)
		if (err != nil) != tt.fails {
			t.Errorf("request %d: %v", i, err)
			continue
		}
		if (len(a.Outputs) > 0) != (tt.want != nil) || tt.want != nil &&
			!slices.Equal(a.Outputs[0].Data.([]float32), tt.want) {
			t.Errorf("request %d: got %v, want %v", i, a.Outputs, tt.want)
		}
		none := func(d time.Duration) bool { return d <= 0 }
		if (len(a.Times) > 0) != (tt.q.Time && !tt.fails) || slices.ContainsFunc(a.Times, none) {
			t.Errorf("request %d: took %v", i, a.Times)
		}
	}
}
