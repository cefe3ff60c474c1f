package diag_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// sources calls visit with the syntax tree of every Go file of the compiler, tests left out.
func sources(t *testing.T, visit func(files *token.FileSet, f *ast.File)) {
	t.Helper()
	files := token.NewFileSet()
	for _, dir := range []string{"../../dsl", "../../compiler", "../../cmd", "../../export", "../../codegen"} {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(files, path, nil, 0)
			if err == nil {
				visit(files, f)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestEveryDiagnosticHasACode holds every diag.Diagnostic{…} of the sources to naming its code.
func TestEveryDiagnosticHasACode(t *testing.T) {
	found := 0
	sources(t, func(files *token.FileSet, f *ast.File) {
		ast.Inspect(f, func(n ast.Node) bool {
			literal, ok := n.(*ast.CompositeLit)
			if !ok || !named(literal.Type, "Diagnostic") || len(literal.Elts) == 0 {
				return true
			}
			found++
			for _, e := range literal.Elts {
				if pair, ok := e.(*ast.KeyValueExpr); ok && named(pair.Key, "Code") {
					return true
				}
			}
			t.Errorf("%s: a diagnostic without a code", files.Position(literal.Pos()))
			return true
		})
	})
	if found < 15 {
		t.Errorf("only %d diagnostics were found", found)
	}
}

// named reports whether an expression is a name or package.name.
func named(e ast.Expr, name string) bool {
	if selector, ok := e.(*ast.SelectorExpr); ok {
		e = selector.Sel
	}
	ident, ok := e.(*ast.Ident)
	return ok && ident.Name == name
}
