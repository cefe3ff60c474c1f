package kernel

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"
)

// TestEmbedded holds that no field of an embedded type is selected by its name: generated packages have types that are
// exported here under other names, and would not compile.
func TestEmbedded(t *testing.T) {
	positions := token.NewFileSet()
	var all []*ast.File
	embedded, fields := map[string]bool{}, map[string]bool{} // those that have that name on purpose
	for name, text := range sources() {
		if name[len(name)-2:] == ".s" {
			continue
		}
		file, err := parser.ParseFile(positions, name, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, file)
	}
	each := func(visit func(n ast.Node)) {
		for _, file := range all {
			ast.Inspect(file, func(n ast.Node) bool { visit(n); return true })
		}
	}
	each(func(n ast.Node) {
		if s, ok := n.(*ast.StructType); ok {
			for _, field := range s.Fields.List {
				for _, name := range field.Names {
					fields[name.Name] = true
				}
				at := field.Type
				if star, ok := at.(*ast.StarExpr); ok {
					at = star.X
				}
				if name, ok := at.(*ast.Ident); ok && len(field.Names) == 0 && name.IsExported() {
					embedded[name.Name] = true
				}
			}
		}
	})
	if !embedded["Winograd"] {
		t.Errorf("the embedded types are %v", embedded)
	}
	each(func(n ast.Node) {
		if s, ok := n.(*ast.SelectorExpr); ok && embedded[s.Sel.Name] && !fields[s.Sel.Name] {
			t.Errorf("%s: %s is selected by its name", positions.Position(s.Pos()), s.Sel.Name)
		}
	})
}
