package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/dsl/resolve"
	"github.com/netc-lang/netc/dsl/syntax"
)

// awkwardFiles are the input files that a script cannot hold itself, by name.
var awkwardFiles = map[string]func(path string) error{
	"binary.net":         text("\x7fELF\x02\x01\x00\x00"),
	"hidden_cr.net":      text(hidden("\r")),
	"hidden_bidi.net":    text(hidden(" \u202e")),
	"hidden_line.net":    text(hidden("\u2028")),
	"hidden_control.net": text(hidden("\u0084")),
	"crlf.net":           text(strings.ReplaceAll(hidden(""), "\n", "\r\n")),
	"latin1.net":         text("// caf\xe9\n"),
	"fifo.net":           func(path string) error { return exec.Command("mkfifo", path).Run() },
	"sparse.net":         func(path string) error { return sized(path, 2<<30) },
	"large.net":          func(path string) error { return sized(path, syntax.MaxFileSize+1) },
	"secret.net": func(path string) error {
		return os.WriteFile(path, []byte("// Not to be read.\n"),
			0)
	},
	"many.net": manyImports,
	"long.net": text("network N {\n    a = 1" + strings.Repeat(" + 1",
		syntax.MaxStatement) + "\n}\n"),
	"deep.net":                     text(deepBlocks(70)),
	"calls.net":                    text(deepCalls(70)),
	"four.net":                     largeImports,
	"odd \x1b[31m\u202ename\n.net": text("network N {\n    input image[3, 8, 8]\n    stem Conv(0)\n}\n\nfamily N { A: }\n"),
}

func text(content string) func(path string) error {
	return func(path string) error { return os.WriteFile(path, []byte(content), 0o600) }
}

// hidden is a network with a character in a comment.
func hidden(character string) string {
	return "network N {\n    // old" + character + " stem Conv(16)\n    input image[3, 8, 8]\n    stem Conv(8)\n}\n\n" +
		"family N {\n    A:\n}\n"
}

// sized makes a file of zeros that takes no room on disk.
func sized(path string, size int64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Truncate(size)
}

// manyImports makes a file that imports another, and so on, one more than a program may have.
func manyImports(path string) error {
	for i := range resolve.MaxFiles + 1 {
		next := fmt.Sprintf("import \"many%d.net\"\n", i+1)
		name := path
		if i > 0 {
			name = filepath.Join(filepath.Dir(path), fmt.Sprintf("many%d.net", i))
		}
		if err := os.WriteFile(name, []byte(next), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// largeImports makes a file that imports five as large as a file may be.
func largeImports(path string) error {
	var imports strings.Builder
	for i := range 5 {
		name := fmt.Sprintf("large%d.net", i)
		fmt.Fprintf(&imports, "import %q\n", name)
		if err := sized(filepath.Join(filepath.Dir(path), name), syntax.MaxFileSize); err != nil {
			return err
		}
	}
	return os.WriteFile(path, []byte(imports.String()), 0o600)
}

// deepCalls is a file whose network uses a function that calls another, and so on.
func deepCalls(n int) string {
	var b strings.Builder
	b.WriteString("network N {\n    input image[f1(3), 8, 8]\n    a ReLU\n}\n\nfamily N { A: }\n\n")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "function f%d(x: int) = f%d(x)\n", i, i+1)
	}
	fmt.Fprintf(&b, "function f%d(x: int) = x\n", n)
	return b.String()
}

// deepBlocks is a file whose network uses a block that uses another, and so on.
func deepBlocks(n int) string {
	var b strings.Builder
	b.WriteString("network N {\n    input image[3, 8, 8]\n    a B1\n}\n\nfamily N { A: }\n")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "\nblock B%d()(x) {\n    a B%d\n}\n", i, i+1)
	}
	fmt.Fprintf(&b, "\nblock B%d()(x) {\n    a ReLU\n}\n", n)
	return b.String()
}

// writeAwkward makes all awkward files in a folder.
func writeAwkward(dir string) error {
	for name, write := range awkwardFiles {
		if err := write(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("%q: %w", name, err)
		}
	}
	return nil
}

// TestOddName holds a file name that would disturb a terminal to being shown without doing so. Scripts cannot spell it.
func TestOddName(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := writeAwkward("."); err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	code := run([]string{"check", "odd \x1b[31m\u202ename\n.net"}, strings.NewReader(""), &out, &errs)
	want := "odd ·[31m·name·.net:3:15: error[N404]: Conv: out is 0, but must be at least 1\n    3 |     stem " +
		"Conv(0)\n      |               ^\n"
	if code != exitWrongInput || out.String() != "" || errs.String() != want {
		t.Errorf("exit code %d, output %q, messages\n%q, want\n%q", code, out.String(), errs.String(), want)
	}
}
