package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/examples/server/service"
	"github.com/netc-lang/netc/export/onnx"
	"github.com/netc-lang/netc/export/onnx/ort"
)

// asProgram makes the test's own program the command.
const asProgram = "NETC_TEST_ONNXRUNTIME_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func program(t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, arguments...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// red is a network whose class 7 grows with the red channel, and whose class 9 is the best of a picture without it.
const red = `graph "red"
image = Input(Shape: {3, 224, 224}) : [3, 224, 224]
pool = GlobalAvgPool() image : [3, 1, 1]
flat = Flatten() pool : [3]
logits = Linear(Out: 1000, Bias: true) flat : [1000]
output logits
`

// TestAnswers has the service answer a picture: ONNX Runtime is handed images of the right shape, and its scores come
// back.
func TestAnswers(t *testing.T) {
	ort.Require(t)
	g, err := ir.Parse(red)
	if err != nil {
		t.Fatal(err)
	}
	set := params.Set{}
	for _, p := range g.Params() {
		v := &params.Tensor{Shape: p.Shape, Data: make([]float32, p.Shape.Elements())}
		if len(p.Shape) == 2 {
			v.Data[7*3] = 5
		} else {
			v.Data[9] = 1
		}
		set[p.Name] = v
	}
	path := filepath.Join(t.TempDir(), "red.onnx")
	var file bytes.Buffer
	if err := onnx.Write(&file, g, set); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := program(t, "-address", "127.0.0.1:0", "-model", path)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	said := bufio.NewScanner(stderr)
	answersAt := regexp.MustCompile(regexp.QuoteMeta(path) + ` answers at (\S+), `)
	address := ""
	for address == "" && said.Scan() {
		if m := answersAt.FindStringSubmatch(said.Text()); m != nil {
			address = m[1]
		}
	}
	if address == "" {
		t.Fatalf("it does not say where it answers: %v", said.Err())
	}
	for fill, want := range map[byte]int{255: 7, 0: 9} {
		m := image.NewRGBA(image.Rect(0, 0, 300, 200))
		for i := range m.Pix {
			m.Pix[i] = [4]byte{fill, 0, 0, 255}[i%4]
		}
		var picture bytes.Buffer
		if err := png.Encode(&picture, m); err != nil {
			t.Fatal(err)
		}
		r, err := http.Post("http://"+address+"/classify", "image/png", &picture)
		if err != nil {
			t.Fatal(err)
		}
		var a service.Answer
		err = json.NewDecoder(r.Body).Decode(&a)
		r.Body.Close()
		if err != nil || r.StatusCode != http.StatusOK || a.Model != "ONNX Runtime" || len(a.Classes) != 5 ||
			a.Classes[0].Index != want {
			t.Errorf("red of %d: %s, %v, %+v, want class %d", fill, r.Status, err, a, want)
		}
	}
}

// TestMistakes: without a model, and at an address that is none, the service says so and fails.
func TestMistakes(t *testing.T) {
	ort.Require(t)
	if text, err := program(t, "-model", "gone.onnx").CombinedOutput(); err == nil ||
		!strings.Contains(string(text), "gone.onnx") {
		t.Errorf("%v, %s", err, text)
	}
}

// TestInferFails: an error of ONNX Runtime is the service's.
func TestInferFails(t *testing.T) {
	ort.Require(t)
	g, err := ir.Parse(strings.ReplaceAll(red, "224", "8")) // of another size
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := onnx.Write(&file, g, params.Initialize(g, 1)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "small.onnx")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	model, err := ort.Open(path, "image", "logits", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer model.Close()
	if err := (onnxRuntime{model}).Infer(t.Context(), make([]float32, 3*224*224), make([]float32, 1000)); err == nil {
		t.Error("images of another size are inferred")
	}
}
