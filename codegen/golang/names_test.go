package golang

import (
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/dsl/source"
)

func TestNamesOf(t *testing.T) {
	for _, c := range []struct{ outputs, parameters, lengths string }{
		{"head.logits", "logits", "LogitsLength"},
		{"global_pool", "globalPool", "GlobalPoolLength"},
		{"stem.1", "value1", "Value1Length"},
		{"a9.p0z9", "p0z9", "P0z9Length"},
		{"é", "value", "ValueLength"},
		{"m", "mOutput", "MOutputLength"},
		{"err", "errOutput", "ErrOutputLength"},
		{"type", "typeOutput", "TypeOutputLength"},
		{"nil", "nilOutput", "NilOutputLength"},
		{"len", "lenOutput", "LenOutputLength"},
		{"float32", "float32Output", "Float32OutputLength"},
		{"image", "imageOutput", "ImageOutputLength"},
		{"a.x b.x c.x", "x xOutput xOutput2", "XLength XOutputLength XOutput2Length"},
		{"m mOutput", "m mOutput", "MLength MOutputLength"},
	} {
		p := &plan.Plan{Inputs: []plan.Input{{Name: "image"}}}
		for _, name := range strings.Fields(c.outputs) {
			p.Outputs = append(p.Outputs, plan.Output{Name: name})
		}
		var parameters, lengths []string
		_, names := namesOf(p)
		for _, n := range names {
			parameters, lengths = append(parameters, n.parameter), append(lengths, n.length)
		}
		if !slices.Equal(parameters, strings.Fields(c.parameters)) ||
			!slices.Equal(lengths, strings.Fields(c.lengths)) {
			t.Errorf("%s: %q and %q, want %q and %q", c.outputs, parameters, lengths, c.parameters, c.lengths)
		}
	}
}

// TestAwkwardNames checks the types in packages of networks whose outputs are called what Go, or the generated code
// itself, calls something else.
func TestAwkwardNames(t *testing.T) {
	fileSet := token.NewFileSet()
	checker := types.Config{Importer: importer.ForCompiler(fileSet, "source", nil)}
	names := []string{"m", "err", "type", "nil", "len", "fmt", "context", "image", "score", "class", "error", "engine",
		"steps",
		"classes", "ctx", "n", "i", "make", "int", "string", "network", "float32"}
	for _, name := range names {
		for kind, body := range map[string]string{
			"vector": "flat Flatten\n    logits Linear(3)", // one result, which is taken for classes
			"two":    "logits Conv(3)",
		} {
			text := "network N {\n    input image[3, 4, 4]\n    " + body + "\n}\n\nfamily N { A: }\n"
			program, err := compiler.LoadFile(source.NewFile("n.net", text))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			network, err := program.Build("A", nil)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			set := params.Initialize(network.Graph, 1)
			p, err := plan.Of(network.Graph, set.Values())
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			p.Outputs[0].Name = name // in the plan, for it may be a word of the language
			if kind == "two" {
				p.Outputs = append(p.Outputs, p.Outputs[0])
			}
			files, err := Generate(p, Options{Package: "p" + name + kind})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			dir := t.TempDir()
			for _, f := range files {
				writeFile(t, filepath.Join(dir, f.Name), f.Data)
			}
			chosen, err := build.ImportDir(dir, 0)
			if err != nil {
				t.Fatal(err)
			}
			var parsed []*ast.File
			for _, file := range chosen.GoFiles {
				f, err := parser.ParseFile(fileSet, filepath.Join(dir, file), nil, 0)
				if err != nil {
					t.Fatal(err)
				}
				parsed = append(parsed, f)
			}
			if _, err := checker.Check("network", fileSet, parsed, nil); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestStepsOfAnotherNetwork holds that files of two networks side by side do not compile.
func TestStepsOfAnotherNetwork(t *testing.T) {
	marks := map[string]bool{}
	for _, variant := range []string{"F0", "F1"} {
		var named, declared string
		for _, f := range generatedVariant(t, variant, Options{Package: "network"}) {
			if f.Name != "model.go" && f.Name != "steps.go" {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), f.Name, f.Data, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range file.Unresolved {
				if f.Name == "model.go" && strings.HasPrefix(u.Name, "stepsOf") {
					named = u.Name
				}
			}
			for name, object := range file.Scope.Objects {
				if object.Kind == ast.Con && strings.HasPrefix(name, "stepsOf") {
					declared = name
				}
			}
		}
		if named == "" || named != declared {
			t.Errorf("%s: model.go names %q, steps.go declares %q", variant, named, declared)
		}
		marks[named] = true
	}
	if len(marks) != 2 {
		t.Errorf("two networks have the marks %v", marks)
	}
}

// TestWrapped: fields share lines, but for those that take several.
func TestWrapped(t *testing.T) {
	long := strings.Repeat("x", 85)
	for fields, want := range map[string]string{
		"A: 1|B: {\n}|C: 2|D: 3": "A: 1,\nB: {\n},\nC: 2, D: 3,\n",
		long + "|EFG|H":          long + ", EFG,\nH,\n",
		long + "|EFGH|I":         long + ",\nEFGH, I,\n",
	} {
		if got := wrapped(strings.Split(fields, "|")); got != want {
			t.Errorf("%q: got %q, want %q", fields, got, want)
		}
	}
}
