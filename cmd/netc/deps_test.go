package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/netc-lang/netc/"

// layers are the top folders in the direction of flow: a package imports from its own folder and those named for it.
var layers = map[string][]string{
	"dsl":      nil,
	"compiler": {"dsl"},
	"codegen":  {"compiler", "dsl/source"},
	"export":   {"compiler", "dsl/source"},
	"cmd":      {"dsl", "compiler", "codegen", "export"},
	// What is generated with --shared imports, and what the service of an example is compared with.
	"examples": {"codegen/engine", "codegen/kernel", "export/onnx/ort"},
}

// apart are imports that the direction of folders allows and the design does not.
var apart = []struct{ importer, imported, why string }{
	{"dsl/source", "dsl/", "positions know nothing of what is positioned"},
	{"dsl/diag", "dsl/syntax", "diagnostics serve every stage"},
	{"compiler/ir", "compiler/", "the graph does not know of variants, passes or plans"},
	{"compiler/ir", "dsl/syntax", "the graph does not know of the language"},
	{"codegen/plan", "github.com/dave/jennifer", "the plan does not know of Go syntax"},
	{"codegen/plan", "codegen/golang", "the plan does not know of Go syntax"},
	{"codegen/engine", "codegen/plan", "the engine is copied into generated code, which has no plans"},
	{"cmd/netc", "export/onnx/ort", "who uses netc as a tool would need the module that binds ONNX Runtime"},
	{"export/onnx/remote", "export/onnx/ort", "netc imports it"},
	{"codegen/kernel", module, "kernels are copied into generated code, which stands alone"},
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// TestImportDirection holds the imports of every package, tests left out, against the direction of flow.
func TestImportDirection(t *testing.T) {
	packages := listPackages(t)
	if len(packages) < 15 {
		t.Fatalf("only %d packages", len(packages))
	}
	for _, p := range packages {
		importer := strings.TrimPrefix(p.ImportPath, module)
		layer, _, _ := strings.Cut(importer, "/")
		allowed, known := layers[layer]
		if !known {
			t.Errorf("%s lies in a folder that has no place in the direction of flow", importer)
		}
		for _, path := range p.Imports {
			imported, ours := strings.CutPrefix(path, module)
			if ours && !below(imported, layer) &&
				!slices.ContainsFunc(allowed, func(a string) bool { return below(imported, a) }) {
				t.Errorf("%s imports %s, against the direction of flow", importer, imported)
			}
			for _, rule := range apart {
				if below(importer, rule.importer) && (strings.HasPrefix(imported, rule.imported) ||
					strings.HasPrefix(path, rule.imported)) && !below(imported, rule.importer) {
					t.Errorf("%s imports %s: %s", importer, imported, rule.why)
				}
			}
		}
	}
}

// TestFlow holds the table of packages in ARCHITECTURE.md against the imports: every package, or the folder above it,
// has a row, and imports nothing of the rows below.
func TestFlow(t *testing.T) {
	rows := map[string]int{}
	_, flow, found := strings.Cut(readTestFile(t, "../../ARCHITECTURE.md"), "\n## The flow\n")
	if !found {
		t.Fatal("ARCHITECTURE.md does not say how data flows")
	}
	flow, _, _ = strings.Cut(flow, "\n## ") // tables of other sections are of other things
	for i, line := range strings.Split(flow, "\n") {
		cell, found := strings.CutPrefix(line, "| `")
		if !found {
			continue
		}
		cell, _, _ = strings.Cut(cell, "` |")
		folder := ""
		for name := range strings.SplitSeq(cell, "`, `") {
			if strings.Contains(name, "/") {
				folder = path.Dir(name) // of "a/b/c", which "d" after it shares: a/b/d
			} else {
				name = path.Join(folder, name)
			}
			if _, err := os.Stat("../../" + name); err != nil {
				t.Errorf("ARCHITECTURE.md has a row for what is not there: %v", err)
			}
			rows[name] = i
		}
	}
	row := func(name string) (at int, known bool) {
		for at, known = rows[name]; !known && strings.Count(name, "/") > 1; at, known = rows[name] {
			name = path.Dir(name)
		}
		return at, known
	}
	for _, p := range listPackages(t) {
		importer := strings.TrimPrefix(p.ImportPath, module)
		if strings.HasPrefix(importer, "examples/") || strings.HasSuffix(importer, "test") {
			continue
		}
		at, known := row(importer)
		if !known {
			t.Errorf("ARCHITECTURE.md has no row for %s", importer)
			continue
		}
		for _, name := range p.Imports {
			imported, ours := strings.CutPrefix(name, module)
			if above, known := row(imported); ours && known && above > at {
				t.Errorf("%s imports %s, which ARCHITECTURE.md has in a row below", importer, imported)
			}
		}
	}
}

// TestRuntimeStandsAlone holds the imports of kernels and engine, which are copied into generated code, to the standard
// library and each other.
func TestRuntimeStandsAlone(t *testing.T) {
	for _, p := range listPackages(t) {
		if !strings.HasSuffix(p.ImportPath, "codegen/kernel") && !strings.HasSuffix(p.ImportPath, "codegen/engine") {
			continue
		}
		for _, path := range p.Imports {
			first, _, _ := strings.Cut(path, "/")
			if kernels := path == module+"codegen/kernel"; (strings.Contains(first, ".") || path == "C") && !kernels {
				t.Errorf("%s imports %s, which is not in the standard library", p.ImportPath, path)
			}
		}
	}
}

func below(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }
