package golang

import (
	"bytes"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
)

// generated returns the package of a small network.
func generated(t *testing.T, options Options) []File {
	t.Helper()
	program, err := compiler.Load("../../examples/fashion/fashion.net")
	if err != nil {
		t.Fatal(err)
	}
	network, err := program.Build("F1", nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Build(pass.Lower(network.Graph, nil), params.Initializer(network.Graph, 3))
	if err != nil {
		t.Fatal(err)
	}
	files, err := Generate(p, options)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestFormattedAndMarked(t *testing.T) {
	for _, f := range generated(t, Options{Package: "network"}) {
		if !strings.HasSuffix(f.Name, ".go") {
			continue
		}
		formatted, err := format.Source(f.Data)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
		} else if !bytes.Equal(formatted, f.Data) {
			t.Errorf("%s is not as gofmt would have it", f.Name)
		}
		if !bytes.HasPrefix(f.Data, []byte(header+"\n")) {
			t.Errorf("%s does not begin with %q", f.Name, header)
		}
	}
}

func TestSameBytes(t *testing.T) {
	first, second := generated(t, Options{Package: "network"}), generated(t, Options{Package: "network"})
	if len(first) != len(second) {
		t.Fatalf("%d files and %d", len(first), len(second))
	}
	for i := range first {
		if first[i].Name != second[i].Name || !bytes.Equal(first[i].Data, second[i].Data) {
			t.Errorf("%s differs from run to run", first[i].Name)
		}
	}
}

func TestPackageName(t *testing.T) {
	for _, name := range []string{"", "_", "main", "func", "two words", "1st", "../up"} {
		if _, err := Generate(&plan.Plan{}, Options{Package: name}); err == nil {
			t.Errorf("%q is taken for a package's name", name)
		}
	}
}

// write makes a module of the generated package and testdata/use_test.go, which uses it as its users would.
func write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files := generated(t, Options{Package: "network", Source: "fashion.net", Weights: "made\nup"})
	use, err := os.ReadFile("testdata/use.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, File{"go.mod", []byte("module example.com/network\n\ngo 1.24\n")}, File{"use_test.go", use})
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func goCommand(t *testing.T, dir string, environment []string, arguments ...string) {
	t.Helper()
	cmd := exec.Command("go", arguments...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), environment...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s go %s: %v\n%s", strings.Join(environment, " "), strings.Join(arguments, " "), err, out)
	}
}

// TestUse runs the tests of testdata/use.go.txt against the generated package, without cgo and, where there is a C compiler,
// under the race detector.
func TestUse(t *testing.T) {
	dir := write(t)
	goCommand(t, dir, []string{"CGO_ENABLED=0"}, "vet", ".")
	goCommand(t, dir, []string{"CGO_ENABLED=0"}, "test", ".")
	if _, err := exec.LookPath("gcc"); err == nil && !testing.Short() {
		goCommand(t, dir, []string{"CGO_ENABLED=1"}, "test", "-race", "-run", "Concurrent", ".")
	}
}

// TestWeightsElsewhere runs packages whose weights are of 16 bits, in a file of their own, or both.
func TestWeightsElsewhere(t *testing.T) {
	whole := generated(t, Options{Package: "network"})
	want := len(whole[len(whole)-1].Data)
	use, err := os.ReadFile("testdata/elsewhere.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	opening := map[bool]*strings.Replacer{
		false: strings.NewReplacer("OPEN", "New()", "OTHER", "(func(string, ...Option) (*Model, error))(nil)"),
		true:  strings.NewReplacer("OPEN", `Open("weights.bin")`, "OTHER", "Open"),
	}
	for _, o := range []Options{{Half: true, Separate: true}, {Half: true}, {Separate: true}} {
		o.Package = "network"
		files := generated(t, o)
		if size := len(files[len(files)-1].Data); o.Half && size > want*6/10 || !o.Half && size != want {
			t.Errorf("%+v: %d bytes of weights, %d as float32", o, size, want)
		}
		dir := t.TempDir()
		whole := generated(t, Options{Package: "whole"})
		for _, f := range append(files, File{"go.mod", []byte("module example.com/network\n\ngo 1.24\n")},
			File{"elsewhere_test.go", []byte(opening[o.Separate].Replace(string(use)))}) {
			writeFile(t, filepath.Join(dir, f.Name), f.Data)
		}
		for _, f := range whole {
			writeFile(t, filepath.Join(dir, "whole", f.Name), f.Data)
		}
		goCommand(t, dir, []string{"CGO_ENABLED=0"}, "test", ".")
		if testing.Short() {
			break
		}
	}
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestHalfOf(t *testing.T) {
	for f, want := range map[float32]uint16{
		0: 0, 1: 0x3c00, -2: 0xc000, 65504: 0x7bff, 65519: 0x7bff, 65520: 0x7c00, 1e10: 0x7c00, 0x1p-24: 1, 0x1p-25: 0, 0x1.8p-25: 1,
		0x1p-14: 0x0400, 0x1.ff8p-15: 0x03ff, 1.0 / 3: 0x3555, 1 + 0x1p-11: 0x3c00, 1 + 0x3p-11: 0x3c02,
	} {
		if got := halfOf(f); got != want {
			t.Errorf("%g is %#04x, want %#04x", f, got, want)
		}
	}
	p := &plan.Plan{Name: "n", Weights: []float32{1, 70000}, Steps: []plan.Step{{Name: "stem", Kernel: &kernel.Linear{Weights: kernel.InWeights(0, 2)}}}}
	if _, err := Generate(p, Options{Package: "network", Half: true}); err == nil || !strings.Contains(err.Error(), "stem") {
		t.Errorf("a weight beyond float16: %v", err)
	}
}

// TestPlatforms builds the package for platforms of every kind: other systems, 32 bits, big-endian, no threads.
func TestPlatforms(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the standard library for each platform")
	}
	dir := write(t)
	for _, platform := range []string{"linux/arm64", "linux/386", "linux/s390x", "windows/amd64", "darwin/arm64", "js/wasm"} {
		system, architecture, _ := strings.Cut(platform, "/")
		goCommand(t, dir, []string{"CGO_ENABLED=0", "GOOS=" + system, "GOARCH=" + architecture}, "build", ".")
	}
}
