package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// port is a program in testdata/ports: what a person writes around generated packages, in a module of its own. The
// names of its Go files end in .txt, since they do not build before their packages are generated.
type port struct {
	dir string
}

func newPort(t *testing.T, name string) port {
	t.Helper()
	p := port{t.TempDir()}
	if err := os.CopyFS(p.dir, os.DirFS(filepath.Join("testdata/ports", name))); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"*.go.txt", "*/*.go.txt"} {
		paths, err := filepath.Glob(p.path(file))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s has no %s: %v", name, file, err)
		}
		for _, path := range paths {
			if err := os.Rename(path, strings.TrimSuffix(path, ".txt")); err != nil {
				t.Fatal(err)
			}
		}
	}
	p.write(t, "go.mod", []byte("module example.com/"+name+"\n\ngo 1.22\n"))
	return p
}

func (p port) path(name string) string { return filepath.Join(p.dir, name) }

// generate does what the go:generate lines of a folder say, with more flags.
func (p port) generate(t *testing.T, folder string, more ...string) {
	t.Helper()
	text := readTestFile(t, p.path(folder+"/generate.go"))
	from, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(p.path(folder))
	defer t.Chdir(from)
	lines := regexp.MustCompile(`(?m)^//go:generate go tool netc gen (.*)$`).FindAllStringSubmatch(text, -1)
	if len(lines) == 0 {
		t.Fatalf("%s generates nothing", folder)
	}
	for _, line := range lines {
		netc(t, exitDone, slices.Concat([]string{"gen"}, more, strings.Fields(line[1]))...)
	}
}

// build vets the module and builds its program, as a module that nothing may be added to.
func (p port) build(t *testing.T, flags ...string) (program string) {
	t.Helper()
	program = p.path("program")
	p.run(t, "go", "vet", "./...")
	p.run(t, "go", slices.Concat([]string{"build", "-o", program}, flags, []string{"."})...)
	return program
}

func (p port) run(t *testing.T, name string, arguments ...string) string {
	t.Helper()
	cmd := exec.Command(name, arguments...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off")
	if !slices.Contains(arguments, "-race") {
		cmd.Env = append(cmd.Env, "CGO_ENABLED=0")
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(arguments, " "), err, out)
	}
	return string(out)
}

// network builds a variant of an architecture of the port.
func (p port) network(t *testing.T, file, variant string) *ir.Graph {
	t.Helper()
	program, err := compiler.Load(p.path(file))
	if err != nil {
		t.Fatal(err)
	}
	network, err := program.Build(variant, nil)
	if err != nil {
		t.Fatal(err)
	}
	return network.Graph
}

func (p port) write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(p.path(name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// safetensors writes a set of weights under names and in shapes of the caller's.
func safetensors(g *ir.Graph, set params.Set, stored func(p *ir.Param) (string, []int, []float32)) []byte {
	header := map[string]any{}
	var data []float32
	for _, p := range g.Params() {
		name, shape, values := stored(p)
		header[name] = map[string]any{
			"dtype": "F32", "shape": shape, "data_offsets": []int{4 * len(data), 4 * (len(data) + len(values))},
		}
		data = append(data, values...)
	}
	text, err := json.Marshal(header)
	if err != nil {
		panic(err)
	}
	return slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text, littleEndian(data))
}

// tensorFlowName and tensorFlowOrder are those of a detector's parameter in the checkpoint of its service.
func tensorFlowName(p *ir.Param) string {
	name := p.Name
	for _, r := range []struct{ ours, theirs string }{
		{"stem.", "conv0."}, {"last.norm.", "postnorm."}, {"stage1.0.", "unit1_1."}, {"stage2.0.", "unit2_1."},
		{"stage2.1.", "unit2_2."}, {".before.norm.", ".preact."}, {".first.conv.", ".conv1."},
		{".first.norm.", ".norm1."}, {".second.", ".conv2."}, {".shortcut.", ".project."},
	} {
		name = strings.ReplaceAll(name, r.ours, r.theirs)
	}
	parts := strings.Split(name, ".")
	role := map[string]string{"bias": "beta", "weight": "gamma", "running_mean": "moving_mean",
		"running_var": "moving_variance"}[parts[len(parts)-1]]
	switch {
	case len(p.Shape) > 1:
		role = "kernel"
	case parts[0] == "logits":
		role = "bias"
	}
	return strings.Join(append(parts[:len(parts)-1], role), "/")
}

// tensorFlowOrder turns [out, in, height, width] into [height, width, in, out], and [out, in] into [in, out].
func tensorFlowOrder(shape ir.Shape, values []float32) ([]int, []float32) {
	if len(shape) == 1 {
		return shape, values
	}
	taps := 1
	for _, d := range shape[2:] {
		taps *= d
	}
	out, in := shape[0], shape[1]
	turned := make([]float32, len(values))
	for o := range out {
		for i := range in {
			for tap := range taps {
				turned[(tap*in+i)*out+o] = values[(o*in+i)*taps+tap]
			}
		}
	}
	return append(slices.Clone([]int(shape[2:])), in, out), turned
}

// TestPortDetector ports a detector of pictures: weights of another framework, pixels in, labels and probabilities out.
func TestPortDetector(t *testing.T) {
	p := newPort(t, "detector")
	g := p.network(t, "network/detector.net", "v2")
	set := eval.Calibrated(g, 5)
	p.write(t, "network/detector.safetensors", safetensors(g, set, func(q *ir.Param) (string, []int, []float32) {
		shape, values := tensorFlowOrder(q.Shape, set.Of(q).Data)
		return tensorFlowName(q), shape, values
	}))
	p.generate(t, "network")
	program := p.build(t)

	const side = 32
	picture := image.NewNRGBA(image.Rect(0, 0, side, side))
	floats := make([]float32, 3*side*side)
	for i := range side * side {
		pixel := [3]uint8{uint8(i * i >> 4), uint8(7 * i), uint8(i >> 2)}
		picture.SetNRGBA(i%side, i/side, color.NRGBA{pixel[0], pixel[1], pixel[2], 255})
		for c, v := range pixel {
			floats[c*side*side+i] = (float32(v)/255 - 0.5) / 0.25
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		t.Fatal(err)
	}
	p.write(t, "picture.png", file.Bytes())
	want, err := eval.Run(g, set, floats)
	if err != nil {
		t.Fatal(err)
	}
	sum, order := 0.0, []int{0, 1, 2, 3, 4}
	for _, v := range want[0] {
		sum += math.Exp(float64(v))
	}
	slices.SortFunc(order, func(a, b int) int { return int(math.Copysign(1, float64(want[0][b]-want[0][a]))) })
	labels := strings.Fields(readTestFile(t, p.path("network/labels.txt")))
	lines := strings.Split(strings.TrimSpace(p.run(t, program, "picture.png")), "\n")
	if len(lines) != 3 {
		t.Fatalf("the detector says %q", lines)
	}
	for i, line := range lines {
		class := order[i]
		var label string
		var probability float64
		if _, err := fmt.Sscan(line, &label, &probability); err != nil {
			t.Fatal(err)
		}
		if w := math.Exp(float64(want[0][class])) / sum; label != labels[class] || !(math.Abs(probability-w) <= 1e-5) {
			t.Errorf("%q, want %s %g", line, labels[class], w)
		}
	}
}

// TestPortServer ports a server of embeddings: two outputs in one pass, and new weights under load. Every answer is
// that of the weights that it names, and nothing is left of those that were swapped.
func TestPortServer(t *testing.T) {
	p := newPort(t, "server")
	p.generate(t, "network")
	var flags []string
	swaps := 100
	if _, err := exec.LookPath("gcc"); err == nil && !testing.Short() {
		flags, swaps = []string{"-race"}, 1000
	}
	program := p.build(t, flags...)

	g := p.network(t, "network/birds.net", "b1")
	input := eval.Noise(g, 9, 1)[0]
	body := littleEndian(input)
	want := map[string][][]float32{} // the outputs by the hash of the weights
	for seed := range uint64(2) {
		name := fmt.Sprintf("weights%d.bin", seed)
		netc(t, exitDone, "pack", "--seed", strconv.FormatUint(seed, 10), "-o", p.path(name),
			p.path("network/birds.net"))
		outputs, err := eval.Run(g, params.Initialize(g, seed), input)
		if err != nil {
			t.Fatal(err)
		}
		hash := regexp.MustCompile(`(?m)^sha256 (\w+)$`).FindStringSubmatch(readTestFile(t, p.path(name)))
		want["sha256:"+hash[1]] = outputs
	}
	deploy := func(i int) {
		t.Helper()
		p.write(t, "new.bin", []byte(readTestFile(t, p.path(fmt.Sprintf("weights%d.bin", i)))))
		if err := os.Rename(p.path("new.bin"), p.path("live.bin")); err != nil {
			t.Fatal(err)
		}
	}
	deploy(0)
	server := exec.Command(program, "-address", "127.0.0.1:0", "-weights", "live.bin")
	server.Dir, server.Stderr = p.dir, os.Stderr
	out, err := server.StdoutPipe()
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer server.Wait()
	defer server.Process.Kill()
	var address string
	if _, err := fmt.Fscan(out, &address); err != nil {
		t.Fatal(err)
	}
	post := func(path string, body []byte) ([]byte, error) {
		r, err := http.Post("http://"+address+path, "", bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		defer r.Body.Close()
		var text bytes.Buffer
		_, err = text.ReadFrom(r.Body)
		if err == nil && r.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s: %s", r.Status, &text)
		}
		return text.Bytes(), err
	}

	stop := make(chan bool)
	var clients sync.WaitGroup
	var mutex sync.Mutex
	answered := map[string]int{}
	for range 3 {
		clients.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				text, err := post("/", body)
				if err == nil {
					var by string
					if by, err = checkBirds(text, want); err == nil {
						mutex.Lock()
						answered[by]++
						mutex.Unlock()
					}
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	mapped := func() int {
		maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", server.Process.Pid))
		if err != nil {
			return 1 // another system
		}
		return strings.Count(string(maps), p.dir+"/live.bin")
	}
	for i := range swaps {
		deploy((i + 1) % 2)
		if _, err := post("/swap", nil); err != nil {
			t.Fatal(err)
		}
		if i%10 == 0 {
			time.Sleep(time.Millisecond) // and some inferences on the same weights
		}
	}
	close(stop)
	clients.Wait()
	if len(answered) != 2 {
		t.Errorf("answers by weights: %v", answered)
	}
	for deadline := time.Now().Add(10 * time.Second); mapped() != 1; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after %d swaps %d files of weights are mapped", swaps, mapped())
		}
	}
	t.Logf("%v answers beside %d swaps", answered, swaps)
	p.write(t, "new.bin", []byte("no weights"))
	if err := os.Rename(p.path("new.bin"), p.path("live.bin")); err != nil {
		t.Fatal(err)
	}
	if _, err := post("/swap", nil); err == nil || !strings.Contains(err.Error(), "409") {
		t.Errorf("a file of no weights: %v", err)
	}
	if text, err := post("/", body); err != nil {
		t.Errorf("after a file of no weights: %v", err)
	} else if _, err := checkBirds(text, want); err != nil {
		t.Error(err)
	}
}

// checkBirds holds an answer to being that of the weights that it names.
func checkBirds(text []byte, want map[string][][]float32) (weights string, err error) {
	var a struct {
		Birds []struct {
			Class int
			Label string
			Value float32
		}
		Embedding []float32
		Weights   string
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return "", err
	}
	outputs := want[a.Weights]
	if outputs == nil || len(a.Birds) != 2 || len(a.Embedding) != len(outputs[1]) {
		return "", fmt.Errorf("the answer is %s", text)
	}
	near := func(a, b float32) bool { return math.Abs(float64(a-b)) <= 1e-5 }
	for _, b := range a.Birds {
		if !near(b.Value, outputs[0][b.Class]) || b.Label != []string{"blackbird", "robin", "wren", "none"}[b.Class] {
			return "", fmt.Errorf("%+v of weights %s, which put out %v", b, a.Weights, outputs[0])
		}
	}
	for i, v := range a.Embedding {
		if !near(v, outputs[1][i]) {
			return "", fmt.Errorf("the embedding's value %d is %g, not %g as of weights %s", i, v, outputs[1][i],
				a.Weights)
		}
	}
	if a.Birds[0].Value < a.Birds[1].Value || a.Birds[0].Value != slices.Max(outputs[0]) && !near(a.Birds[0].Value,
		slices.Max(outputs[0])) {
		return "", fmt.Errorf("the best are %+v, the scores %v", a.Birds, outputs[0])
	}
	return a.Weights, nil
}

// TestPortTool ports a tool of three networks in one binary: with the runtime in its module, and with netc's.
func TestPortTool(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, shared := range []bool{false, true} {
		p := newPort(t, "tool")
		networks := map[string]*ir.Graph{
			"small": p.network(t, "models/shapes.net", "small"), "large": p.network(t, "models/shapes.net", "large"),
			"grid": p.network(t, "models/grid.net", "g"),
		}
		files := map[string]string{"small": "shapes_small", "large": "shapes_large", "grid": "grid"}
		sets := map[string]params.Set{}
		for name, g := range networks {
			set := eval.Calibrated(g, 3)
			sets[name] = set
			p.write(t, "models/"+files[name]+".safetensors", safetensors(g, set,
				func(q *ir.Param) (string, []int, []float32) { return q.Name, q.Shape, set.Of(q).Data }))
		}
		var flags []string
		if shared {
			p.generate(t, "models", "--shared")
			p.write(t, "go.mod", []byte("module example.com/tool\n\ngo 1.26\n\nrequire github.com/netc-lang/netc v0.0.0\n\n"+
				"replace github.com/netc-lang/netc => "+root+"\n"))
			p.write(t, "go.sum", []byte(readTestFile(t, filepath.Join(root, "go.sum"))))
			p.run(t, "go", "mod", "tidy")
			p.run(t, "go", "mod", "vendor")
			flags = []string{"-mod=vendor"}
			vendored, err := filepath.Glob(p.path("vendor/*/*/*/*/*"))
			if err != nil || len(vendored) != 2 {
				t.Errorf("vendored are %q: %v", vendored, err)
			}
		} else {
			p.generate(t, "models")
		}
		program := p.build(t, flags...)
		for name, g := range networks {
			input := eval.Noise(g, 2, 1)[0]
			p.write(t, "input.f32", littleEndian(input))
			want, err := eval.Run(g, sets[name], input)
			if err != nil {
				t.Fatal(err)
			}
			words := strings.Fields(strings.Trim(p.run(t, program, name, "input.f32"), "[]\n"))
			if len(words) != len(want[0]) {
				t.Fatalf("%s puts out %d numbers, want %d", name, len(words), len(want[0]))
			}
			for i, word := range words {
				got, err := strconv.ParseFloat(word, 32)
				if err != nil || !(math.Abs(got-float64(want[0][i])) <= 1e-4) {
					t.Errorf("%s, shared %v: number %d is %s, want %g", name, shared, i, word, want[0][i])
					break
				}
			}
		}
	}
}

// TestPortLines holds what docs/go.md says of the lines of the ports.
func TestPortLines(t *testing.T) {
	row := regexp.MustCompile(`(?m)^\| \[[^]]*\]\(\.\./cmd/netc/testdata/ports/(\w+)\) \|.*\| (\d+) \| (\d+) \| (\d+) \|$`)
	rows := row.FindAllStringSubmatch(readTestFile(t, "../../docs/go.md"), -1)
	ports, err := os.ReadDir("testdata/ports")
	if err != nil || len(rows) != len(ports) {
		t.Fatalf("the page has %d ports, of %d: %v", len(rows), len(ports), err)
	}
	for _, r := range rows {
		var counts [3]int
		for i, endings := range [][]string{{".net"}, {".map", "generate.go.txt"}, {"main.go.txt"}} {
			folder := filepath.Join("testdata/ports", r[1])
			err := filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
				if slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(path, e) }) {
					counts[i] += linesOf(readTestFile(t, path))
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if got, want := fmt.Sprint(counts[0], counts[1], counts[2]), strings.Join(r[2:], " "); got != want {
			t.Errorf("%s has the lines %s, the page says %s", r[1], got, want)
		}
	}
}

// linesOf counts the lines that are not empty and no comment; what go generate runs is one.
func linesOf(text string) int {
	n := 0
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		comment := strings.HasPrefix(line, "//") && !strings.HasPrefix(line, "//go:generate") ||
			strings.HasPrefix(line, "#")
		if line != "" && !comment {
			n++
		}
	}
	return n
}
