package golang

import (
	"bytes"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/params"
)

// generated returns the package of a small network.
func generated(t *testing.T, options Options) []File {
	t.Helper()
	return generatedVariant(t, "F1", options)
}

func generatedVariant(t *testing.T, variant string, options Options, settings ...plan.Option) []File {
	t.Helper()
	program, err := compiler.Load("../../examples/fashion/fashion.net")
	if err != nil {
		t.Fatal(err)
	}
	network, err := program.Build(variant, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Of(network.Graph, params.Initializer(network.Graph, 3), settings...)
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
	for _, name := range []string{"", "_", "main", "func", "two words", "1st", "../up", "net_test", "my-net"} {
		if _, err := Generate(&plan.Plan{}, Options{Package: name}); err == nil {
			t.Errorf("%q is taken for a package's name", name)
		}
	}
}

// TestRefused: what does not fit around a network is an error, and no package.
func TestRefused(t *testing.T) {
	program, err := compiler.Load("../../examples/fashion/fashion.net")
	if err != nil {
		t.Fatal(err)
	}
	network, err := program.Build("F1", nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Sketch(network.Graph)
	if err != nil {
		t.Fatal(err)
	}
	for _, options := range []Options{{Package: "p", Shared: true, Around: Around{TopK: 11}},
		{Package: "p.q", Shared: true}} {
		if files, err := Generate(p, options); err == nil || files != nil {
			t.Errorf("%+v: %d files, %v", options, len(files), err)
		}
	}
}

// write makes a module of the generated package and testdata/use_test.go, which uses it as its users would.
func write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files := generated(t, Options{
		Package: "network", From: Origin{"F\n1", "fashion.net sha256:0123456789abcdef", "made\nup", "netc v0"},
	})
	use, err := os.ReadFile("testdata/use.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, File{"go.mod", []byte("module example.com/network\n\ngo 1.22\n")}, File{"use_test.go", use})
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func runGo(dir string, environment []string, arguments ...string) (string, error) {
	cmd := exec.Command("go", arguments...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), environment...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func goCommand(t *testing.T, dir string, environment []string, arguments ...string) {
	t.Helper()
	if out, err := runGo(dir, environment, arguments...); err != nil {
		t.Errorf("%s go %s: %v\n%s", strings.Join(environment, " "), strings.Join(arguments, " "), err, out)
	}
}

// TestUse runs the tests of testdata/use.go.txt against the generated package, without cgo and, where there is a C
// compiler, under the race detector.
func TestUse(t *testing.T) {
	dir := write(t)
	goCommand(t, dir, []string{"CGO_ENABLED=0"}, "vet", ".")
	goCommand(t, dir, []string{"CGO_ENABLED=0"}, "test", ".")
	if _, err := exec.LookPath("gcc"); err == nil && !testing.Short() {
		goCommand(t, dir, []string{"CGO_ENABLED=1"}, "test", "-race", "-run", "Concurrent", ".")
	}
}

// TestOldestGo runs the package with the oldest Go that it names, in a module that names a Go before that, and shows
// what one that is older still says. The toolchains are downloaded through the module proxy.
func TestOldestGo(t *testing.T) {
	if testing.Short() {
		t.Skip("downloads toolchains")
	}
	dir := write(t)
	writeFile(t, filepath.Join(dir, "go.mod"), []byte("module example.com/network\n\ngo 1.18\n"))
	writeFile(t, filepath.Join(dir, "use_test.go"), []byte(useOldest))
	oldest := []string{"CGO_ENABLED=0", "GOTOOLCHAIN=" + goVersion + ".0", "GOFLAGS=-mod=mod"}
	if out, err := runGo(dir, oldest, "version"); err != nil {
		t.Skipf("no toolchain: %v\n%s", err, out)
	}
	goCommand(t, dir, oldest, "vet", ".")
	goCommand(t, dir, oldest, "test", ".")
	out, err := runGo(dir, []string{"CGO_ENABLED=0", "GOTOOLCHAIN=go1.21.13", "GOFLAGS=-mod=mod"}, "build", ".")
	if err == nil || !strings.Contains(out, "needs Go 1.22 or newer") {
		t.Errorf("an older Go says: %v\n%s", err, out)
	}
}

const useOldest = `package network

import (
	"context"
	"testing"
)

func TestInfer(t *testing.T) {
	m, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Infer(context.Background(), make([]float32, 2*ImageLength), make([]float32, 2*Classes)); err != nil {
		t.Fatal(err)
	}
}
`

// TestConstrained holds the constraint of every kind of file.
func TestConstrained(t *testing.T) {
	const head = header + "\n\n"
	for before, want := range map[string]string{
		"package p\n":                                  "//go:build go1.22\n\npackage p\n",
		"// Package p is.\npackage p\n":                "//go:build go1.22\n\n// Package p is.\npackage p\n",
		"//go:build linux\n\npackage p\n":              "//go:build go1.22 && linux\n\npackage p\n",
		"//go:build !(linux || darwin)\n\npackage p\n": "//go:build go1.22 && !(linux || darwin)\n\npackage p\n",
		"//go:build !go1.22\n\npackage p\n":            "//go:build !go1.22\n\npackage p\n",
	} {
		if got := string(constrained([]byte(head + before))); got != head+want {
			t.Errorf("%q becomes\n%s", before, got)
		}
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
	opening := map[bool]string{false: "New()", true: `Open("weights.bin")`}
	for _, o := range []struct {
		weights  kernel.ElementType
		separate bool
	}{{kernel.F16, true}, {kernel.F16, false}, {kernel.F32, true}} {
		half := o.weights == kernel.F16
		files := generatedVariant(t, "F1", Options{Package: "network", Separate: o.separate},
			plan.WithWeights(o.weights))
		if size := len(files[len(files)-1].Data); half && size > want*6/10 || !half && size != want {
			t.Errorf("%+v: %d bytes of weights, %d as float32", o, size, want)
		}
		dir := t.TempDir()
		whole := generated(t, Options{Package: "whole"})
		filled := strings.NewReplacer("OPEN", opening[o.separate], "HALF", strconv.FormatBool(half))
		for _, f := range append(files, File{"go.mod", []byte("module example.com/network\n\ngo 1.22\n")},
			File{"elsewhere_test.go", []byte(filled.Replace(string(use)))}) {
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

// TestPlatforms builds the package for platforms of every kind: other systems, 32 bits, big-endian, no threads.
func TestPlatforms(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the standard library for each platform")
	}
	dir := write(t)
	for _, platform := range []string{"linux/arm64", "linux/386", "linux/s390x", "windows/amd64", "windows/arm64",
		"darwin/arm64", "js/wasm"} {
		system, architecture, _ := strings.Cut(platform, "/")
		goCommand(t, dir, []string{"CGO_ENABLED=0", "GOOS=" + system, "GOARCH=" + architecture}, "build", ".")
	}
}

// TestWhatIsReached: a small network brings no routines of the matrix unit, which pays for larger ones alone, none for
// windows that pool if nothing pools, and fewer than 10,000 lines of assembly for amd64.
func TestWhatIsReached(t *testing.T) {
	for path, want := range map[string]struct {
		variant string
		matrix  bool
		pools   bool
	}{
		"../../examples/fashion/fashion.net": {"F0", false, false},
		"../../examples/resnet/resnet.net":   {"50", true, true},
	} {
		program, err := compiler.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		network, err := program.Build(want.variant, nil)
		if err != nil {
			t.Fatal(err)
		}
		p, err := plan.Of(network.Graph, params.Initializer(network.Graph, 3))
		if err != nil {
			t.Fatal(err)
		}
		files, err := Generate(p, Options{Package: "network"})
		if err != nil {
			t.Fatal(err)
		}
		texts := map[string]string{}
		for _, f := range files {
			texts[f.Name] = string(f.Data)
		}
		assembly := texts["kernel_amd64.s"]
		if lines := strings.Count(assembly, "\n"); lines < 1000 || !want.matrix && lines >= 10_000 {
			t.Errorf("%s has %d lines of assembly for amd64", path, lines)
		}
		for _, name := range []string{"kernel_amd64.s", "kernel_amd64.go"} {
			for routine, has := range map[string]bool{"products2x2AMX": want.matrix, "maxWindowsAVX512": want.pools,
				"product1x1AVX2": true} {
				if strings.Contains(texts[name], routine+"(") != has {
					t.Errorf("%s of %s has %s: %v", name, path, routine, !has)
				}
			}
		}
	}
}

// TestImports: those of the standard library stand together, before the others.
func TestImports(t *testing.T) {
	const text = "package p\n\nimport (\n\t\"context\"\n\t\"example.com/a/b\"\n\t\"io/fs\"\n)\n"
	const want = "package p\n\nimport (\n\t\"context\"\n\t\"io/fs\"\n\n\t\"example.com/a/b\"\n)\n"
	if got := string(grouped([]byte(text))); got != want {
		t.Errorf("got\n%s", got)
	}
	alone := strings.Replace(text, "\t\"example.com/a/b\"\n", "", 1)
	if got := string(grouped([]byte(alone))); got != alone {
		t.Errorf("got\n%s", got)
	}
}
