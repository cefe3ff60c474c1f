package golang

import (
	"go/parser"
	"go/token"
	"io/fs"
	"strings"
	"testing"
)

// TestNamesOnce holds that kernels and engine, which generated code has in one package with its exported names in lower
// case, declare no name twice.
func TestNamesOnce(t *testing.T) {
	from := map[string]string{}
	for _, pkg := range []string{"kernel", "engine"} {
		parsed, err := parser.ParseDir(token.NewFileSet(), "../"+pkg, func(f fs.FileInfo) bool {
			name := f.Name() // the last two give the sources and are no part of them
			return !strings.HasSuffix(name, "_test.go") && name != "kernel.go" && name != "source.go"
		}, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range parsed[pkg].Files {
			for name := range file.Scope.Objects {
				name = unexported(name)
				if before := from[name]; before != "" && before != pkg {
					t.Errorf("%s is declared in %s and in %s", name, before, pkg)
				}
				from[name] = pkg
			}
		}
	}
	if from["softmaxPixels"] != "kernel" || from["newEngine"] != "engine" {
		t.Error("the declarations were not found")
	}
}
