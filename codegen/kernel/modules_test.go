package kernel

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestModulesAreClosed holds that a package of any one module, with what it needs, builds and links: every name that
// its files use is declared in them, and every function that they declare without a body or call from assembly is
// defined in them. A package of several modules is a union of such sets, so it links too.
//
// Building alone does not show it: the linker, not the compiler, looks for a function in assembly, and only where a
// program calls it.
func TestModulesAreClosed(t *testing.T) {
	all := sources()
	for _, module := range modules {
		for _, platform := range [][2]string{{"linux", "amd64"}, {"windows", "amd64"}, {"linux", "arm64"},
			{"js", "wasm"}} {
			t.Run(module.name+"/"+platform[0]+"/"+platform[1], func(t *testing.T) {
				dir := t.TempDir()
				wanted := map[string]bool{}
				want(wanted, module.name)
				for name, text := range moduleSources(wanted, all) {
					if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				checkClosed(t, dir, platform[0], platform[1])
			})
		}
	}
}

var (
	textOf = regexp.MustCompile(`(?m)^TEXT ·([A-Za-z0-9_]+)`)
	callOf = regexp.MustCompile(`(?m)^\s+(?:CALL|JMP)\s+·([A-Za-z0-9_]+)`)
)

// checkClosed reports what the package in a folder uses and does not have, on one platform.
func checkClosed(t *testing.T, dir, system, architecture string) {
	t.Helper()
	context := build.Default
	context.GOOS, context.GOARCH, context.CgoEnabled = system, architecture, false
	chosen, err := context.ImportDir(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	var parsed []*ast.File
	declared, bodiless := map[string]bool{}, map[string]bool{}
	for _, name := range chosen.GoFiles {
		// The parser's own resolution is enough: it lists the names that a file uses and does not declare.
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, file)
		for name := range file.Scope.Objects {
			declared[name] = true
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body == nil {
				bodiless[f.Name.Name] = true
			}
		}
	}
	for _, file := range parsed {
		imported := map[string]bool{}
		for _, i := range file.Imports {
			imported[filepath.Base(i.Path.Value[1:len(i.Path.Value)-1])] = true
		}
		for _, used := range file.Unresolved {
			if !declared[used.Name] && !imported[used.Name] && types.Universe.Lookup(used.Name) == nil {
				t.Errorf("%s is used and not declared", used.Name)
			}
		}
	}
	defined, called := map[string]bool{}, map[string]bool{}
	for _, name := range chosen.SFiles {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range textOf.FindAllSubmatch(text, -1) {
			defined[string(m[1])] = true
		}
		for _, m := range callOf.FindAllSubmatch(text, -1) {
			called[string(m[1])] = true
		}
	}
	for name := range bodiless {
		if !defined[name] {
			t.Errorf("%s has no body, neither in Go nor in assembly", name)
		}
	}
	for name := range called {
		if !defined[name] {
			t.Errorf("assembly calls %s, which is not there", name)
		}
	}
	for name := range defined {
		if !declared[name] {
			t.Errorf("%s is in assembly and not declared in Go", name)
		}
	}
}
