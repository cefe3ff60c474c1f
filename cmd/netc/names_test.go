package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl/source"
)

// TestFolderNames makes folders' and packages' names of variants'.
func TestFolderNames(t *testing.T) {
	for variant, want := range map[string]string{
		"B0": "b0", "azAZ09": "azaz09", "Large_100": "large100", "400mf": "v400mf", "é": "v", "func": "vfunc", "-": "v",
	} {
		if got := folderName(variant); got != want {
			t.Errorf("%s: got %s, want %s", variant, got, want)
		}
	}
}

// TestImportPath: a folder is imported by the path of the module above it, and the way from there.
func TestImportPath(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a/go.mod":    "// a module\nmodule example.com/a // is this\n\ngo 1.22\n",
		"b/go.mod":    "module \"example.com/b\"\n",
		"none/go.mod": "go 1.22\nmodule a b\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		writeTestFile(t, filepath.Join(dir, name), text)
	}
	for name, want := range map[string]string{
		"a": "example.com/a", "a/models/x": "example.com/a/models/x", "b/y": "example.com/b/y",
		"none/x": filepath.Join(dir, "none/go.mod") + " names no module",
		"x":      "there is no go.mod above " + filepath.Join(dir, "x") + ": the packages of several variants share",
	} {
		got, err := importPath(filepath.Join(dir, name))
		if err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(got, want) || err == nil && got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// TestPackageNames: a package is called as it is said, as the files in its folder are, or as its folder; where that is
// no name, one is proposed.
func TestPackageNames(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"mine/a_test.go": "package other\n", "mine/b.go": "package mine\n", "main/a.go": "package main\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		writeTestFile(t, filepath.Join(dir, name), text)
	}
	for _, tt := range []struct{ folder, chosen, want string }{
		{"net", "", "net"}, {"net", "other", "other"}, {"mine", "", "mine"}, {"mine", "mine", "mine"},
		{"mine", "other", filepath.Join(dir, "mine/b.go") + " is of package mine: a folder has one package, so " +
			"--package cannot be other"},
		{"main", "", "such as --package network"}, {"AZaz09_-.b", "", "such as --package AZaz09_b"},
		{"09_x-y", "", "such as --package xy"}, {"0-1", "", "such as --package network"},
		{"[@`{", "", "--package network"},
	} {
		got, err := packageName(filepath.Join(dir, tt.folder), tt.chosen)
		if err != nil {
			got = err.Error()
		}
		if err == nil && got != tt.want || !strings.HasSuffix(got, tt.want) {
			t.Errorf("%s, %q: got %s, want %s", tt.folder, tt.chosen, got, tt.want)
		}
	}
}

// TestTypes: the last that is said of a type holds.
func TestTypes(t *testing.T) {
	for line, want := range map[string]kernel.ElementType{
		"": kernel.F32, "--t fp16": kernel.F16, "--t fp32": kernel.F32, "--t fp16 --t fp32": kernel.F32,
	} {
		c := newCall(strings.Fields(line)...)
		got := typeFlag(c, "t", "type")
		if _, err := c.parse(); err != nil || *got != want {
			t.Errorf("%q: got %v, %v", line, *got, err)
		}
	}
}

// TestVariantsListed: a file of several variants is told with those that it has, up to twelve.
func TestVariantsListed(t *testing.T) {
	for n, want := range map[int]string{
		1: "", 2: "A0, A1", 12: "A0, A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11",
		13: "A0, A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, …",
	} {
		text := "network N {\n    input image[3, 8, 8]\n    a Conv(8)\n}\n\nfamily N {\n"
		for i := range n {
			text += fmt.Sprintf("    A%d:\n", i)
		}
		program, err := compiler.LoadFile(source.NewFile("n.net", text+"}\n"))
		if err != nil {
			t.Fatal(err)
		}
		if want != "" {
			want = "--variant is missing: n.net has the variants " + want
		}
		if err := chooseVariant("n.net", program, "--variant"); err == nil && want != "" ||
			err != nil && err.Error() != want {
			t.Errorf("%d variants: got %v, want %s", n, err, want)
		}
	}
}

// TestReadText: a file of labels has a limit, which it may reach.
func TestReadText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "labels")
	for n, want := range map[int]string{0: "", 5: "", 6: path + " has more than 5 bytes, the limit"} {
		writeTestFile(t, path, strings.Repeat("x", n))
		text, err := readText(path, 5)
		if err != nil && err.Error() != want || err == nil && (want != "" || len(text) != n) {
			t.Errorf("%d bytes: %q, %v", n, text, err)
		}
	}
	for _, name := range []string{filepath.Dir(path), path + "x"} {
		if text, err := readText(name, 5); err == nil {
			t.Errorf("%s is read as %q", name, text)
		}
	}
	for text, want := range map[string]string{
		"a\nb\n": "[a b]", "a\r\nb": "[a b]", "a": "[a]", "a\n\nb": path + ":2: the label is empty",
		"a\n \n": path + ":2: the label is empty", "\xff": path + ": labels are text, one name a line",
		"": path + ":1: the label is empty",
	} {
		writeTestFile(t, path, text)
		labels, err := readLabels(path)
		if got := fmt.Sprint(labels); err == nil && got != want || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %s, %v, want %s", text, got, err, want)
		}
	}
}

// TestProgress: how far a write has come is shown once it has taken a while, and again after a while.
func TestProgress(t *testing.T) {
	var out strings.Builder
	p := newProgress(&out, "x.onnx", 9<<20)
	if p.w != nil || p.next.Sub(p.begun) != progressDelay {
		t.Errorf("%+v", p)
	}
	p.w = &out
	p.add(1 << 20)
	if p.finish(); out.Len() > 0 {
		t.Errorf("at once: %q", out.String())
	}
	p.next = time.Now().Add(-time.Millisecond)
	p.add(2 << 20)
	p.add(3 << 20) // so soon afterwards, nothing is shown
	if until := time.Until(p.next); until <= 0 || until > progressInterval {
		t.Errorf("shown again after %v", until)
	}
	p.next = time.Now().Add(-time.Millisecond)
	p.add(3<<20 - 1)
	p.finish()
	if got, want := out.String(), "\rx.onnx: 3 of 9 MB\rx.onnx: 8 of 9 MB\r\x1b[K"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	out.Reset()
	empty := &progress{w: &out, what: "x"}
	if empty.add(0); out.Len() > 0 {
		t.Errorf("of nothing: %q", out.String())
	}
}
