package compiler_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl/diag"
)

// network is a file with one variant of a network of the given body.
func network(body string) string {
	return "network N {\n    input image[3, 8, 8]\n    use act = ReLU\n" + body + "}\n\nfamily N {\n    A:\n}\n"
}

func repeat(n int, line func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i))
	}
	return b.String()
}

// nested is n blocks, each within the next, around a layer; the steps are called by the given name.
func nested(n int, name string) string {
	return repeat(n, func(i int) string { return fmt.Sprintf("block b%d()(x) {\n    %s b%d()\n}\n", i, name, i+1) }) +
		fmt.Sprintf("block b%d()(x) {\n    %s ReLU()\n}\n", n, name)
}

// limits has, for every limit of SPEC.md, a text just beyond it.
var limits = map[string]string{
	"bytes of a file": strings.Repeat("// \n", 1<<18) + "\n",
	"bytes of a name": network("    " + strings.Repeat("n", 129) + " act\n"),
	"brackets within each other": network("    n = " + strings.Repeat("(", 64) + "1" + strings.Repeat(")",
		64) + "\n    a act\n"),
	"words and symbols of a statement": network("    n = 1" + strings.Repeat(" + 1", 2050) + "\n    a act\n"),
	"repeats of a part":                network("    a act x 1001\n"),
	"blocks within each other":         nested(64, "a") + network("    a b0()\n"),
	"calls within each other": repeat(64,
		func(i int) string {
			return fmt.Sprintf("function f%d(x: int) = f%d(x)\n", i,
				i+1)
		}) + "function f64(x: int) = x\n" + network("    n = f0(1)\n    a act\n"),
	"characters of a layer's path":   nested(8, strings.Repeat("n", 64)) + network("    a b0()\n"),
	"items of a range":               network("    l = range(10001)\n    a act\n"),
	"values of a place that is free": network("    a Conv(8 in [8 to 10008])\n"),
	"steps of a variant":             network("    l = [[i + j for i in range(1000)] for j in range(400)]\n    a act\n"),
	"operations of a variant": network(repeat(21,
		func(i int) string { return fmt.Sprintf("    a%d act x 1000\n", i) })),
	"parameters of a variant": network("    a Conv(1000000)\n    b Conv(2000)\n"),
	"steps of all variants": strings.Replace(network("    l = [[1 for i in range(1000)] for j in "+
		"range(300)]\n    a act\n"), "    A:\n", repeat(20, func(i int) string { return fmt.Sprintf("    A%d:\n", i) }),
		1),
	"operations of all variants": strings.Replace(network(repeat(19,
		func(i int) string { return fmt.Sprintf("    a%d act x 1000\n", i) })), "    A:\n",
		repeat(14, func(i int) string { return fmt.Sprintf("    A%d:\n", i) }), 1),
	"inputs of a network": strings.Replace(network("    a act\n"), "    input image[3, 8, 8]\n",
		repeat(65, func(i int) string { return fmt.Sprintf("    input image%d[3, 8, 8]\n", i) }), 1),
	"outputs of a network": network("    a act\n    return " +
		strings.TrimSuffix(repeat(65, func(i int) string { return fmt.Sprintf("a%d: a, ", i) }), ", ") + "\n"),
	"dimensions of a tensor":         strings.Replace(network("    a act\n"), "[3, 8, 8]", "[1, 1, 1, 1, 1, 1, 3]", 1),
	"elements of a side of a tensor": network("    a Conv(1048577)\n"),
	"elements of a tensor":           network("    a Conv(65536)\n    b Conv(65536)\n"),
	"a whole number":                 network("    n = 2^53 + 1\n    a act\n"),
	"files of a program": repeat(101,
		func(i int) string { return fmt.Sprintf("import \"small%d.net\"\n", i) }) + network("    a act\n"),
	"bytes of all files of a program": repeat(5,
		func(i int) string { return fmt.Sprintf("import \"large%d.net\"\n", i) }) + network("    a act\n"),
}

// compileLimit writes a text, with the files that it may import, and compiles it.
func compileLimit(t *testing.T, text string) error {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{"main.net": text}
	if strings.Contains(text, "small") {
		for i := range 101 {
			files[fmt.Sprintf("small%d.net", i)] = fmt.Sprintf("function small%d(x: int) = x\n", i)
		}
	}
	if strings.Contains(text, "large") {
		for i := range 5 {
			files[fmt.Sprintf("large%d.net", i)] = fmt.Sprintf("function large%d(x: int) = x\n",
				i) + strings.Repeat("//\n", 300_000)
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program, err := compiler.Load(filepath.Join(dir, "main.net"))
	if err == nil {
		_, err = program.BuildAll()
	}
	return err
}

// TestLimits holds every limit of SPEC.md to an error that has its code and a place and names the limit.
func TestLimits(t *testing.T) {
	listed := specLimits(t)
	if len(listed) != len(limits) {
		t.Errorf("SPEC.md lists %d limits, want %d", len(listed), len(limits))
	}
	for _, l := range listed {
		t.Run(l.of, func(t *testing.T) {
			text, ok := limits[l.of]
			if !ok {
				t.Fatal("no text goes beyond this limit")
			}
			if testing.Short() && strings.HasSuffix(l.of, "of all variants") {
				t.Skip("takes seconds")
			}
			err := compileLimit(t, text)
			var problems diag.List
			if !errors.As(err, &problems) {
				t.Fatalf("got %v, want an error with a place", err)
			}
			if d := problems[0]; string(d.Code) != l.code || !strings.Contains(d.Message, l.most) || !d.Span.IsValid() {
				t.Errorf("got %s: %s, want %s and %s", d.Code, d.Message, l.code, l.most)
			}
		})
	}
}
