package ir

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// TestEveryOperationHasItsFile holds that the types that infer a shape are those of the op table, and that each
// stands in the file of its name with all its methods.
func TestEveryOperationHasItsFile(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	home := map[string]string{} // operation → the file of infer
	methods := map[string][]string{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil {
				continue
			}
			receiver, ok := f.Recv.List[0].Type.(*ast.Ident)
			if !ok {
				continue
			}
			switch f.Name.Name {
			case "infer":
				home[receiver.Name] = name
				fallthrough
			case "params", "macs", "sizing":
				methods[receiver.Name] = append(methods[receiver.Name], name)
			}
		}
	}
	for _, info := range Ops() {
		want := snake(info.Name) + ".go"
		if home[info.Name] == "" {
			t.Errorf("%s of the op table infers no shape", info.Name)
		}
		for _, name := range methods[info.Name] {
			if name != want {
				t.Errorf("a method of %s stands in %s, not in %s", info.Name, name, want)
			}
		}
		delete(home, info.Name)
	}
	for name := range home {
		t.Errorf("%s is not in the op table", name)
	}
}

// snake returns "batch_norm" for "BatchNorm", and "prelu" for "PReLU".
func snake(name string) string {
	if name == "PReLU" {
		return "prelu"
	}
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
