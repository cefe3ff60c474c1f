package golang

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestNamesOnce holds that kernels and engine, which generated code has in one package with its exported names in lower
// case, declare no name twice.
func TestNamesOnce(t *testing.T) {
	from := map[string]string{}
	for _, pkg := range []string{"kernel", "engine"} {
		paths, err := filepath.Glob("../" + pkg + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			name := filepath.Base(path) // sources.go gives the sources and is no part of them
			if strings.HasSuffix(name, "_test.go") || name == "sources.go" {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
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
