package golang

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/compiler/pixels"
	"github.com/netc-lang/netc/dsl/source"
)

var update = flag.Bool("update", false, "write the code that is generated into testdata")

// written are packages of which each has what the others lack: kinds of inputs and outputs, and things around them.
var written = []struct {
	name, network string
	options       Options
	halves        bool // weights and arithmetic of float16
}{
	{"classes", "input image[3, 8, 6]\n flat Conv(4) -> GlobalAvgPool -> Flatten\n logits Linear(5)",
		Options{Package: "classes", From: Origin{"A", "n.net sha256:01", "made up", "netc v1"}}, false},
	{"whole", "input image[3, 8, 6]\n flat Conv(4) -> GlobalAvgPool -> Flatten\n logits Linear(5)",
		Options{Package: "whole", Separate: true, Around: Around{Preprocess: true, Softmax: true, TopK: 2,
			Labels: []string{"a", "b", "c\n", "d", "e"}}}, true},
	{"vector", "input x[6]\n logits Linear(3)", Options{Package: "vector", Around: Around{TopK: 3}}, false},
	{"photo", "input photo[1, 4, 4]\n scores Flatten -> Linear(3)", Options{Package: "photo", Shared: true,
		Around: Around{Normalisation: &pixels.Normalisation{Mean: []float64{0.5}, Std: []float64{0.25}}}}, false},
	{"pixels", "input image[3, 4, 4]\n a Conv(4)\n b Conv(2)\n return a, b",
		Options{Package: "pixels", Separate: true, Bare: true, Around: Around{Preprocess: true}}, false},
	{"map", "input photo[1, 4, 4]\n map Conv(2)", Options{Package: "maps", Runtime: "example.com/runtime"}, false},
	{"several", `input left[3, 4, 4]
 input scores[3, 2]
 input pose[5]
 near Conv(3) -> GlobalAvgPool -> Flatten
 far = pose -> Linear(3)
 both = near + far
 class = both -> Linear(4)
 turned = scores -> Sigmoid
 return embedding: both, scores_out: class, turned, depth: left`,
		Options{Package: "several", Around: Around{TopK: 1, Labels: []string{"a", "b", "c", "d"}}}, false},
	{"two", "input a[2, 3, 4]\n input b[3]\n c = b -> Linear(2)\n return image: a, n: c",
		Options{Package: "two", Around: Around{TopK: 2}}, false},
	{"seen", "input image[3, 4, 4]\n logits GlobalAvgPool -> Flatten",
		Options{Package: "seen", Shared: true, Around: Around{Preprocess: true, TopK: 2}}, false},
	{"shown", "input image[3, 4, 4]\n a Conv(4)\n b Conv(2)\n return a, b",
		Options{Package: "shown", Shared: true, Around: Around{Preprocess: true}}, false},
}

// hashes are those of the steps and of the layout of weights, which others of netc decide.
var hashes = regexp.MustCompile(`\b(stepsOf)?[0-9a-f]{16}\b`)

// TestWritten holds model.go and the examples against testdata/written.txtar. What is declared as in a package above is
// named there alone.
func TestWritten(t *testing.T) {
	const path = "testdata/written.txtar"
	var got txtar.Archive
	above := map[string]string{}
	for _, w := range written {
		text := "network N {\n " + w.network + "\n}\n\nfamily N { A: }\n"
		program, err := compiler.LoadFile(source.NewFile("n.net", text))
		if err != nil {
			t.Fatalf("%s: %v", w.name, err)
		}
		network, err := program.Build("A", nil)
		if err != nil {
			t.Fatalf("%s: %v", w.name, err)
		}
		var settings []plan.Option
		if w.halves {
			settings = append(settings, plan.WithWeights(kernel.F16), plan.WithArithmetic(kernel.F16))
		}
		p, err := plan.Of(network.Graph, params.Initializer(network.Graph, 1), settings...)
		if err != nil {
			t.Fatalf("%s: %v", w.name, err)
		}
		files, err := Generate(p, w.options)
		if err != nil {
			t.Fatalf("%s: %v", w.name, err)
		}
		for _, f := range files[:2] {
			f.Data = hashes.ReplaceAll(f.Data, []byte("${1}0123456789abcdef"))
			got.Files = append(got.Files, txtar.File{Name: w.name + "/" + f.Name, Data: differing(t, f, above)})
		}
	}
	if *update {
		if err := os.WriteFile(path, txtar.Format(&got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Files) != len(want.Files) {
		t.Fatalf("%s has %d files, %d are written", path, len(want.Files), len(got.Files))
	}
	for i, f := range got.Files {
		if f.Name != want.Files[i].Name || !bytes.Equal(f.Data, want.Files[i].Data) {
			t.Errorf("%s differs from %s in %s (-update writes it):\n%s", f.Name, want.Files[i].Name, path, f.Data)
		}
	}
}

// differing returns a file with those declarations replaced by their first lines that are as above, where it notes all.
func differing(t *testing.T, f File, above map[string]string) []byte {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, f.Name, f.Data, parser.ParseComments)
	if err != nil {
		t.Fatalf("%v\n%s", err, f.Data)
	}
	var out strings.Builder
	last := 0
	for _, d := range file.Decls {
		from := files.Position(d.Pos()).Offset
		doc := from
		switch d := d.(type) {
		case *ast.GenDecl:
			if d.Doc != nil {
				doc = files.Position(d.Doc.Pos()).Offset
			}
		case *ast.FuncDecl:
			if d.Doc != nil {
				doc = files.Position(d.Doc.Pos()).Offset
			}
		}
		to := files.Position(d.End()).Offset
		text := string(f.Data[doc:to])
		first, _, _ := strings.Cut(string(f.Data[from:to]), "\n")
		out.Write(f.Data[last:doc])
		if above[text] == "" {
			above[text] = first
			out.WriteString(text)
		} else {
			fmt.Fprintf(&out, "as above: %s", first)
		}
		last = to
	}
	out.Write(f.Data[last:])
	return []byte(out.String())
}

// TestSumsSayOfWhat: a mean that is made of sums names the step by which they are made, which the code knows by its
// number.
func TestSumsSayOfWhat(t *testing.T) {
	g, err := ir.Parse(`graph "g"
image = Input(Shape: {32, 8, 8}) : [32, 8, 8]
point = Conv(Out: 48, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1, Bias: true) image : [48, 8, 8]
deep = Conv(Out: 48, Kernel: 3, Stride: 1, Dilation: 1, Groups: 48, Pad: {1, 1, 1, 1}, Bias: true) point : [48, 8, 8]
mean = GlobalAvgPool() deep : [48, 1, 1]
scaled = Mul() deep mean : [48, 8, 8]
output scaled
`)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Build(&pass.Lowered{Graph: g}, params.Initializer(g, 1))
	if err != nil {
		t.Fatal(err)
	}
	files, err := Generate(p, Options{Package: "g"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		_, after, found := bytes.Cut(f.Data, []byte("verageSums{"))
		if !found {
			continue
		}
		if settings, _, _ := bytes.Cut(after, []byte("}")); !bytes.Contains(settings, []byte(" // deep\n")) {
			t.Errorf("%s has\n%s", f.Name, settings)
		}
		return
	}
	t.Errorf("no mean is made of sums:\n%s", p)
}
