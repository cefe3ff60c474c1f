package golang

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// The runtime is two packages, kernel and engine. In a self-contained package their files lie side by side with those
// of the network, in one package, so that it works wherever its folder lies. On the way there
//
//   - engine's import of kernel goes, and kernel.Ref becomes ref;
//   - names that are exported for netc's sake become unexported, Engine engine, so that the generated package exports
//     its own API alone.
//
// That takes no more than the syntax: a name at the top of a file is exported if it begins with a capital, and no local
// name does.

// exported are the names of the runtime that are part of a generated package's API.
var exported = []string{
	"AnsweredBy", "ErrClosed", "ErrWeights", "Layer", "MemoryUse", "Option", "Profile", "Score", "Stats", "Tensor",
	"WithCopy", "WithFloat32", "WithMaxInferences", "WithProfile", "WithRepack", "WithWorkers",
}

// runtimeSource is a file of the runtime.
type runtimeSource struct {
	name string // in the generated package
	pkg  string // in netc
	text []byte
	file *ast.File // nil for assembly
}

// flatten makes files of one package of those of the runtime.
func flatten(sources []runtimeSource, packageName string) ([]File, error) {
	positions := token.NewFileSet()
	f := flattener{names: map[string]map[string]bool{}, embedded: map[string]bool{}}
	for i := range sources {
		s := &sources[i]
		if !strings.HasSuffix(s.name, ".go") {
			continue
		}
		var err error
		if s.file, err = parser.ParseFile(positions, s.name, s.text,
			parser.ParseComments|parser.SkipObjectResolution); err != nil {
			return nil, err
		}
		f.collect(s)
	}
	files := make([]File, len(sources))
	for i, s := range sources {
		text := s.text
		if s.file != nil {
			var err error
			if text, err = f.rewrite(positions, &s, packageName); err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
		}
		files[i] = File{s.name, slices.Concat([]byte(header+"\n\n"), text)}
	}
	return files, nil
}

// flattener knows which names change.
type flattener struct {
	names    map[string]map[string]bool // by package: those that become unexported
	embedded map[string]bool            // of types that are embedded somewhere, whose names are also keys in literals
}

// collect notes the exported names that a file declares, and the types that it embeds.
func (f *flattener) collect(s *runtimeSource) {
	names := f.names[s.pkg]
	if names == nil {
		names = map[string]bool{}
		f.names[s.pkg] = names
	}
	add := func(n *ast.Ident) {
		if n.IsExported() && !slices.Contains(exported, n.Name) {
			names[n.Name] = true
		}
	}
	for _, d := range s.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				add(d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					add(spec.Name)
				case *ast.ValueSpec:
					for _, n := range spec.Names {
						add(n)
					}
				}
			}
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if s, ok := n.(*ast.StructType); ok {
			for _, field := range s.Fields.List {
				if len(field.Names) == 0 {
					f.embedded[typeName(field.Type)] = true
				}
			}
		}
		return true
	})
}

// typeName returns the last word of a type's name: "Ref" of *kernel.Ref.
func typeName(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return typeName(t.X)
	case *ast.SelectorExpr:
		return t.Sel.Name
	case *ast.Ident:
		return t.Name
	}
	return ""
}

// edit replaces a piece of a file.
type edit struct {
	from, to token.Pos
	text     string
}

// rewrite returns a file as part of the package.
func (f *flattener) rewrite(positions *token.FileSet, s *runtimeSource, packageName string) ([]byte, error) {
	r := rewriter{flattener: f, pkg: s.pkg}
	r.edit(s.file.Name.Pos(), s.file.Name.End(), packageName)
	for _, d := range s.file.Decls {
		ast.Walk(&r, d)
	}
	slices.SortFunc(r.edits, func(a, b edit) int { return int(a.from - b.from) })
	base := positions.File(s.file.Pos())
	var text bytes.Buffer
	at := 0
	for _, e := range r.edits {
		text.Write(s.text[at:base.Offset(e.from)])
		text.WriteString(e.text)
		at = base.Offset(e.to)
	}
	text.Write(s.text[at:])
	return format.Source(text.Bytes())
}

// rewriter walks the syntax of a file and gathers edits.
type rewriter struct {
	*flattener
	pkg   string
	edits []edit
}

func (r *rewriter) edit(from, to token.Pos, text string) {
	r.edits = append(r.edits, edit{from, to, text})
}

func (r *rewriter) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.ImportSpec:
		if _, ours := r.names[n.Path.Value[strings.LastIndex(n.Path.Value, "/")+1:len(n.Path.Value)-1]]; ours {
			r.edit(n.Pos(), n.End(), "")
		}
		return nil
	case *ast.GenDecl:
		r.doc(n.Doc, n)
	case *ast.FuncDecl:
		r.doc(n.Doc, n)
		for _, part := range []ast.Node{n.Recv, n.Type, n.Body} {
			if !isNil(part) {
				ast.Walk(r, part)
			}
		}
		if n.Recv == nil {
			r.name(n.Name)
		}
		return nil
	case *ast.SelectorExpr:
		return r.selector(n)
	case *ast.CompositeLit:
		return r.literal(n)
	case *ast.Field:
		ast.Walk(r, n.Type) // names are those of fields, methods and parameters, which stay
		return nil
	case *ast.Ident:
		r.name(n)
	}
	return r
}

func isNil(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.FieldList:
		return n == nil
	case *ast.BlockStmt:
		return n == nil
	}
	return false
}

// name renames a name that stands for what the file's own package declares.
func (r *rewriter) name(n *ast.Ident) {
	if r.names[r.pkg][n.Name] {
		r.edit(n.Pos(), n.End(), unexported(n.Name))
	}
}

// selector takes the package off a name of the runtime's other package. Other selectors are fields and methods, which
// stay: the field of an embedded type must not be selected by its name.
func (r *rewriter) selector(n *ast.SelectorExpr) ast.Visitor {
	if x, ok := n.X.(*ast.Ident); ok && x.Name != r.pkg && r.names[x.Name][n.Sel.Name] {
		r.edit(n.Pos(), n.End(), unexported(n.Sel.Name))
		return nil
	}
	ast.Walk(r, n.X)
	return nil
}

// literal leaves the names of fields as they are, those of embedded types excepted.
func (r *rewriter) literal(n *ast.CompositeLit) ast.Visitor {
	if n.Type != nil {
		ast.Walk(r, n.Type)
	}
	indexed := false // keys are constants, or any values
	switch n.Type.(type) {
	case *ast.ArrayType, *ast.MapType:
		indexed = true
	}
	for _, element := range n.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			ast.Walk(r, element)
			continue
		}
		if key, ok := pair.Key.(*ast.Ident); !ok || indexed || r.embedded[key.Name] {
			ast.Walk(r, pair.Key)
		}
		ast.Walk(r, pair.Value)
	}
	return nil
}

// doc renames the word that a documentation begins with.
func (r *rewriter) doc(doc *ast.CommentGroup, of ast.Node) {
	if doc == nil {
		return
	}
	first := doc.List[0]
	for _, name := range slices.Sorted(maps.Keys(r.names[r.pkg])) {
		if strings.HasPrefix(first.Text, "// "+name+" ") {
			from := first.Pos() + 3
			r.edit(from, from+token.Pos(len(name)), unexported(name))
		}
	}
}

// unexported lowers the first word of a name: "MaxPool" becomes "maxPool", "AVX512" "avx512".
func unexported(name string) string {
	runes := []rune(name)
	for i, c := range runes {
		if i > 0 && i+1 < len(runes) && unicode.IsLower(runes[i+1]) {
			break
		}
		runes[i] = unicode.ToLower(c)
	}
	return string(runes)
}
