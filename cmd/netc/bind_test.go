package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/dsl/source"
)

// netc runs a command line and returns what it prints. The exit code is as expected.
func netc(t *testing.T, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, problems bytes.Buffer
	if got := run(args, nil, &out, &problems); got != code {
		t.Fatalf("netc %s: exit code %d, want %d\n%s", strings.Join(args, " "), got, code, &problems)
	}
	return out.String(), problems.String()
}

// tiny is a network on which padding, epsilon, activation and the order of colours show.
const tiny = `network Tiny(classes: int = 5, epsilon: float = 1e-5, padding: string = "symmetric") {
    use norm = BatchNorm(epsilon: epsilon), act = SiLU, Conv(padding: padding)

    input image[3, resolution, resolution]

    stem   Conv(8, kernel: 3, stride: 2) -> norm -> act
    next   Conv(8, kernel: 3, stride: 2) -> norm -> act
    pool   GlobalAvgPool -> Flatten
    logits Linear(classes)
}

scaling Size(resolution: int = 16) {
    channels(c) = c
}

family Tiny by Size {
    A: resolution = 16
}
`

// trained returns a network of a file's with values under which every layer matters.
func trained(t *testing.T, file, variant string, o build.Override) (*ir.Graph, params.Set) {
	t.Helper()
	program, err := compiler.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	n, err := program.Build(variant, o)
	if err != nil {
		t.Fatal(err)
	}
	return n.Graph, eval.Calibrated(n.Graph, 1, eval.Noise(n.Graph, 2, 2)...)
}

// writeNamed writes the values as safetensors under the names that a mapping gives them; nil: their own.
func writeNamed(t *testing.T, path string, g *ir.Graph, set params.Set, m *mapping.Mapping) {
	t.Helper()
	if m == nil {
		m = mapping.Identity()
	}
	var ours []string
	for _, p := range g.Params() {
		ours = append(ours, p.Name)
	}
	theirs := m.Names(ours)
	header := map[string]any{}
	var data bytes.Buffer
	for _, p := range g.Params() {
		start := data.Len()
		if err := binary.Write(&data, binary.LittleEndian, set.Of(p).Data); err != nil {
			t.Fatal(err)
		}
		header[theirs[p.Name]] = map[string]any{"dtype": "F32", "shape": p.Shape,
			"data_offsets": []int{start, data.Len()}}
	}
	text, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	n := len(text)
	file := append([]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24), 0, 0, 0, 0}, text...)
	writeTestFile(t, path, string(append(file, data.Bytes()...)))
}

func writeTestFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestVerifyMapping: a mapping is looked for beside the architecture, wherever the model lies, and named.
func TestVerifyMapping(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	file, checkpoint, model := filepath.Join(dir, "tiny.net"), filepath.Join(dir, "w.safetensors"),
		filepath.Join(elsewhere, "m.onnx")
	const rules = "epsilon 1e-5 padding symmetric\nstem = first\nnext = second\nlogits = fc\n"
	writeTestFile(t, file, tiny)
	writeTestFile(t, filepath.Join(dir, "tiny.map"), rules)
	m, err := mapping.Parse(source.NewFile("tiny.map", rules))
	if err != nil {
		t.Fatal(err)
	}
	g, set := trained(t, file, "A", nil)
	writeNamed(t, checkpoint, g, set, m)
	netc(t, 0, "onnx", "--variant", "A", "--weights", checkpoint, "-o", model, file)
	stdout, stderr := netc(t, 0, "verify", "--source", file, "--weights", checkpoint, model)
	if !strings.Contains(stdout, "agrees with the source") ||
		!strings.Contains(stderr, "translated by "+filepath.Join(dir, "tiny.map")) {
		t.Errorf("got %s\n%s", stdout, stderr)
	}
}

func shipped(t *testing.T, name string) *mapping.Mapping {
	t.Helper()
	for _, m := range mapping.Shipped() {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("no mapping is called %s", name)
	return nil
}

func readTestFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
