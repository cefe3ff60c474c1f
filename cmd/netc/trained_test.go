package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	_ "image/jpeg"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/weights"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/export/onnx/ort"
)

// trainedFolder has the npm packages with trained networks, and the script that runs them in the packages' own runtime.
const trainedFolder = "../../testdata/trained"

// trainedNetwork is a network of an npm package and what it is here. Its weights are uint8 in the package.
type trainedNetwork struct {
	name          string // as logits.mjs knows it
	file, variant string
	settings      build.Override
	mapping       string
	weights       string // in the package; "" for model.json, which logits.mjs writes
	size          int
	pictures      int
	input         func(pixel float32, channel int) float32 // what the package makes of a pixel from 0 to 255
	// netc proposes a mapping that binds as the one that is given
	suggested bool
}

func trainedNetworks() []trainedNetwork {
	unit := func(pixel float32, _ int) float32 { return pixel / 255 }
	symmetric := func(pixel float32, _ int) float32 { return pixel/255*2 - 1 } // the model's first operations
	means := [3]float32{122.782, 117.001, 104.298}
	centred := func(pixel float32, channel int) float32 { return (pixel - means[channel]) / 255 }
	const own = "testdata/trained/"
	return []trainedNetwork{
		{"expression", own + "expression.net", "A", nil, own + "expression.map",
			"@vladmandic/face-api/model/face_expression_model-weights_manifest.json", 112, 6, centred, false},
		{"mobilenet_v2", own + "nsfw.net", "A", nil, own + "nsfw.map", "", 224, 2, unit, true},
		{"mobilenet_v2_mid", "../../examples/mobilenetv2/mobilenetv2.net", "140",
			build.Override{"padding": "same", "classes": 5}, own + "nsfw_graph.map", "", 224, 2, symmetric, true},
	}
}

// TestTrained gives netc trained networks as their npm packages have them: face-api.js' seven expressions, and nsfwjs'
// MobileNetV2 of five classes as a layers model of TensorFlow.js and, wider and with merged batch norms, as a graph
// model. The logits of photographs, of the emitted ONNX file under ONNX Runtime and of generated Go, are those of the
// package's own runtime.
func TestTrained(t *testing.T) {
	if testing.Short() {
		t.Skip("takes ten seconds a network")
	}
	requireTrained(t)
	ort.Require(t)
	for _, n := range trainedNetworks() {
		t.Run(n.name, func(t *testing.T) { compareTrained(t, n) })
	}
}

// requireTrained skips the test unless the packages and Node.js are there, and fails it instead where CI=true.
func requireTrained(t *testing.T) {
	t.Helper()
	why := ""
	if _, err := os.Stat(filepath.Join(trainedFolder, "node_modules/nsfwjs")); err != nil {
		why = `the trained networks are not installed: run "npm ci --ignore-scripts" in testdata/trained`
	} else if _, err := exec.LookPath("node"); err != nil {
		why = "Node.js is not installed, which runs the trained networks' own runtime"
	}
	switch {
	case why == "":
	case os.Getenv("CI") == "true":
		t.Fatal(why)
	default:
		t.Skip(why)
	}
}

// loaded returns a network with its weights, which are in a file, and photographs, with what its package's own runtime
// makes of them. dir is for files.
func (n trainedNetwork) loaded(t *testing.T, dir string) (g *ir.Graph, set params.Set, file string,
	images, logits []float32) {
	t.Helper()
	pixels := photographs(t, n.size, n.pictures)
	pictures := filepath.Join(dir, "pictures.bin")
	if err := os.WriteFile(pictures, floatBytes(pixels), 0o600); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(trainedFolder, "logits.mjs")
	if out, err := exec.Command("node", script, n.name, pictures, dir).CombinedOutput(); err != nil {
		t.Fatalf("logits.mjs: %v\n%s", err, lastLines(out))
	}
	logits = readFloats(t, filepath.Join(dir, "logits.bin"))
	file = filepath.Join(dir, "model.json")
	if n.weights != "" {
		file = filepath.Join(trainedFolder, "node_modules", n.weights)
	}

	program, err := compiler.Load(n.file)
	if err != nil {
		t.Fatal(err)
	}
	network, err := program.Build(n.variant, n.settings)
	if err != nil {
		t.Fatal(err)
	}
	m, err := mapping.Load(n.mapping)
	if err != nil {
		t.Fatal(err)
	}
	set = boundSet(t, file, network.Graph, weights.Options{Mapping: m})
	return network.Graph, set, file, planar(pixels, n.size, n.input), logits
}

func compareTrained(t *testing.T, n trainedNetwork) {
	dir := t.TempDir()
	g, set, file, images, want := n.loaded(t, dir)
	t.Log("generated Go")
	sameDecisions(t, generatedResults(t, g, set, images), want, n.pictures)

	if n.suggested {
		sameAsSuggested(t, n, file, g, set)
	}

	t.Log("ONNX Runtime")
	model := filepath.Join(dir, "model.onnx")
	mustRun(t, append(n.chosen("onnx"), "--weights", file, "--mapping", n.mapping, "-o", model, n.file))
	session := ort.LoadFile(t, model, g.Input().Name, g.Output().Name, 2)
	var got []float32
	length := len(images) / n.pictures
	for image := range slices.Chunk(images, length) {
		logits, err := session.Run(image, []int{1, 3, n.size, n.size}, len(want)/n.pictures)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, logits...)
	}
	sameDecisions(t, got, want, n.pictures)
}

// chosen returns the beginning of a command about the network.
func (n trainedNetwork) chosen(subcommand ...string) []string {
	args := append(subcommand, "--variant", n.variant)
	for _, name := range slices.Sorted(maps.Keys(n.settings)) {
		args = append(args, "--set", name+"="+fmt.Sprint(n.settings[name]))
	}
	return args
}

// mustRun runs netc and returns what it prints.
func mustRun(t *testing.T, args []string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(args, nil, &stdout, &stderr); code != 0 {
		t.Fatalf("netc %s: exit code %d\n%s", strings.Join(args, " "), code, &stderr)
	}
	return stdout.String()
}

// sameAsSuggested binds by the mapping that netc proposes, and compares the values with those of the given one.
func sameAsSuggested(t *testing.T, n trainedNetwork, file string, g *ir.Graph, want params.Set) {
	t.Helper()
	text := mustRun(t, append(n.chosen("weights", "--suggest"), n.file, file))
	m, err := mapping.Parse(source.NewFile("suggested.map", strings.Replace(text, "\nproposal\n", "\n", 1)))
	if err != nil {
		t.Fatal(err)
	}
	got := boundSet(t, file, g, weights.Options{Mapping: m})
	for name, w := range want {
		if !slices.Equal(got[name].Data, w.Data) {
			t.Errorf("the mapping that netc proposes binds other values to %s", name)
		}
	}
}

// sameDecisions compares logits, which may differ by 1e-5 of the largest, and each picture's best class.
func sameDecisions(t *testing.T, got, want []float32, pictures int) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d logits, want %d", len(got), len(want))
	}
	var largest, difference float64
	for i := range want {
		largest = max(largest, math.Abs(float64(want[i])))
		difference = max(difference, math.Abs(float64(got[i])-float64(want[i])))
	}
	t.Logf("largest logit %.3g, largest difference %.2g of it", largest, difference/largest)
	if !(difference <= 1e-5*largest) || largest < 0.1 {
		t.Errorf("the logits differ by %g, the largest is %g", difference, largest)
	}
	classes := len(want) / pictures
	for i := range pictures {
		mine, theirs := got[i*classes:][:classes], want[i*classes:][:classes]
		if a, b := best(mine), best(theirs); a != b {
			t.Errorf("picture %d is of class %d, want %d", i, a, b)
		}
	}
}

// best returns the index of the largest number.
func best(logits []float32) int { return slices.Index(logits, slices.Max(logits)) }

// photographs returns those that face-api.js comes with, scaled to size × size pixels, each as rows of red, green and
// blue from 0 to 255.
func photographs(t *testing.T, size, n int) []float32 {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(trainedFolder, "node_modules/@vladmandic/face-api/demo/sample*.jpg"))
	if err != nil || len(files) < n {
		t.Fatalf("%d photographs, %v", len(files), err)
	}
	var all []float32
	for _, name := range files[:n] {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		picture, _, err := image.Decode(f)
		f.Close()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, scaled(picture, size)...)
	}
	return all
}

// scaled returns a picture of size × size pixels, of which each is the mean of those that it stands for.
func scaled(picture image.Image, size int) []float32 {
	b := picture.Bounds()
	pixels := make([]float32, 0, 3*size*size)
	for y := range size {
		for x := range size {
			var sum [3]float64
			count := 0.0
			for v := b.Min.Y + y*b.Dy()/size; v < b.Min.Y+(y+1)*b.Dy()/size; v++ {
				for u := b.Min.X + x*b.Dx()/size; u < b.Min.X+(x+1)*b.Dx()/size; u++ {
					red, green, blue, _ := picture.At(u, v).RGBA()
					for i, c := range []uint32{red, green, blue} {
						sum[i] += float64(c >> 8)
					}
					count++
				}
			}
			for _, s := range sum {
				pixels = append(pixels, float32(s/count))
			}
		}
	}
	return pixels
}

// planar turns rows of pixels into planes of channels, as networks here take them.
func planar(pixels []float32, size int, input func(pixel float32, channel int) float32) []float32 {
	out := make([]float32, len(pixels))
	plane := size * size
	for i, p := range pixels {
		picture, at, channel := i/(3*plane), i/3%plane, i%3
		out[(3*picture+channel)*plane+at] = input(p, channel)
	}
	return out
}

func floatBytes(values []float32) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// lastLines returns the end of a program's output: TensorFlow.js prints all of its source, on one line, where it fails.
func lastLines(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for i, line := range lines {
		lines[i] = line[:min(len(line), 200)]
	}
	return strings.Join(lines[max(0, len(lines)-10):], "\n")
}
