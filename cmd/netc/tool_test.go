package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestToolModule follows docs/go.md in a module of an older Go: netc as a tool of a module of its own, the network's
// folder tidy before it is generated, and the service's go.mod as it was.
func TestToolModule(t *testing.T) {
	if testing.Short() {
		t.Skip("builds netc and a program")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	fashion := filepath.Join(root, "examples/fashion")
	dir := t.TempDir()
	const goMod = "module example.com/service\n\ngo 1.22\n"
	const generate = "package network\n\n" +
		"//go:generate go tool -modfile=../tools/go.mod netc gen --variant f0 --weights f0.safetensors -o . fashion.net\n"
	const main = `package main

import (
	"context"

	"example.com/service/network"
)

func main() {
	m, err := network.New()
	if err != nil {
		panic(err)
	}
	println(m.Predict(context.Background(), make([]float32, network.ImageLength)))
}
`
	for name, text := range map[string]string{
		"go.mod": goMod, "main.go": main, "network/generate.go": generate,
		"network/fashion.net":    readTestFile(t, filepath.Join(fashion, "fashion.net")),
		"network/f0.safetensors": readTestFile(t, filepath.Join(fashion, "f0.safetensors")),
		"tools/go.mod": "module example.com/service/tools\n\ngo 1.26\n\ntool github.com/netc-lang/netc/cmd/netc\n\n" +
			"require github.com/netc-lang/netc v0.0.0\n\nreplace github.com/netc-lang/netc => " + root + "\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in := func(folder string, args ...string) string {
		t.Helper()
		cmd := exec.Command("go", args...)
		cmd.Dir = filepath.Join(dir, folder)
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "CGO_ENABLED=0")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	in("tools", "mod", "tidy")
	in(".", "mod", "tidy") // before anything is generated
	in(".", "generate", "./...")
	in(".", "mod", "tidy")
	in(".", "vet", "./...")
	if out := in(".", "run", "."); !strings.Contains(out, "(0x0,0x0)") { // no error
		t.Errorf("the program says %q", out)
	}
	if got := readTestFile(t, filepath.Join(dir, "go.mod")); got != goMod {
		t.Errorf("go.mod has become\n%s", got)
	}
	if got := readTestFile(t, filepath.Join(dir, "network/generate.go")); got != generate {
		t.Errorf("generate.go has become\n%s", got)
	}
	// What tests compare with stays out of the tool's module, too. go mod tidy looks past build tags.
	tools := readTestFile(t, filepath.Join(dir, "tools/go.mod"))
	for _, module := range []string{"onnxruntime_go", "onnx-go", "gorgonia", "gonum", "avo"} {
		if strings.Contains(tools, module) {
			t.Errorf("netc as a tool needs %s:\n%s", module, tools)
		}
	}
}
