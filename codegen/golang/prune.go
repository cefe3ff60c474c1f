package golang

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/netc-lang/netc/codegen/asm/routine"
)

// The runtime's files hold what any network may need. A generated package is left with what it mentions: a function, a
// method, a type or a variable goes if neither the network's files nor anything that stays mentions its name, and an
// assembly routine goes with its declaration. So a network without pooling has no routines for windows.
//
// A name is mentioned wherever it is written, whatever it means there: too much may stay, never too little. What
// is exported stays, methods too, which packages of the standard library may call.

// prune leaves of files what they and the users' files need.
func prune(files []File, users ...[]byte) ([]File, error) {
	p := pruner{mentioned: map[string]bool{}, types: map[string]bool{}}
	for _, text := range users {
		file, err := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		p.mention(file)
	}
	parsed := make([]prunedFile, len(files))
	for i, f := range files {
		if strings.HasSuffix(f.Name, ".s") {
			p.assembly(f.Data)
			continue
		}
		positions := token.NewFileSet()
		file, err := parser.ParseFile(positions, f.Name, f.Data, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		parsed[i] = prunedFile{positions, file}
		for _, d := range file.Decls {
			p.left = append(p.left, declarationOf(d))
		}
	}
	p.spread()
	var kept []File
	for i, f := range files {
		if strings.HasSuffix(f.Name, ".s") {
			f.Data = routine.Select(f.Data, func(name string) bool { return p.mentioned[name] })
		} else {
			var err error
			if f.Data, err = p.without(parsed[i], f.Data); err != nil {
				return nil, err
			}
		}
		if f.Data != nil {
			kept = append(kept, f)
		}
	}
	return kept, nil
}

type prunedFile struct {
	positions *token.FileSet
	file      *ast.File
}

// declaration is what goes or stays as a whole.
type declaration struct {
	node     ast.Decl
	name     string // nothing, if it stays always
	receiver string // of a method
	isType   bool
}

// declarationOf says what a declaration declares. Constants stay, which count, and so do several things in brackets.
func declarationOf(d ast.Decl) declaration {
	all := declaration{node: d}
	switch d := d.(type) {
	case *ast.FuncDecl:
		all.name = d.Name.Name
		if d.Recv != nil {
			all.receiver = typeName(d.Recv.List[0].Type)
		}
	case *ast.GenDecl:
		if d.Tok == token.CONST || d.Tok == token.IMPORT || len(d.Specs) != 1 {
			break
		}
		switch s := d.Specs[0].(type) {
		case *ast.TypeSpec:
			all.name, all.isType = s.Name.Name, true
		case *ast.ValueSpec:
			if len(s.Names) == 1 && s.Names[0].Name != "_" {
				all.name = s.Names[0].Name
			}
		}
	}
	return all
}

// pruner gathers what is mentioned.
type pruner struct {
	mentioned map[string]bool
	types     map[string]bool // those that stay
	left      []declaration   // nobody has mentioned these so far
	calls     [][2]string     // of assembly: a routine, or nothing, and what it calls or takes the address of
}

// assemblyCall finds what a routine calls or takes the address of.
var assemblyCall = regexp.MustCompile(`^\t.*·(\w+)\(SB\)`)

// assembly notes the calls of a file: its routines begin with the line "// func NAME(…", and macros are nobody's.
func (p *pruner) assembly(text []byte) {
	routine := ""
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "// func "); ok {
			routine, _, _ = strings.Cut(name, "(")
		}
		if strings.HasPrefix(line, "#define ") {
			routine = ""
		}
		if m := assemblyCall.FindStringSubmatch(line); m != nil {
			p.calls = append(p.calls, [2]string{routine, m[1]})
		}
	}
}

// mention notes all names in a piece of syntax, but that of what it declares.
func (p *pruner) mention(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv != nil {
				p.mention(n.Recv)
			}
			p.mention(n.Type)
			if n.Body != nil {
				p.mention(n.Body)
			}
			return false
		case *ast.TypeSpec:
			p.mention(n.Type)
			return false
		case *ast.ValueSpec:
			for _, part := range append([]ast.Expr{n.Type}, n.Values...) {
				if part != nil {
					p.mention(part)
				}
			}
			return false
		case *ast.Ident:
			p.mentioned[n.Name] = true
		}
		return true
	})
}

// spread keeps what is mentioned, and what that mentions, until nothing is added.
func (p *pruner) spread() {
	for before := -1; before != len(p.left)+len(p.calls); {
		before = len(p.left) + len(p.calls)
		p.calls = slices.DeleteFunc(p.calls, func(call [2]string) bool {
			does := call[0] == "" || p.mentioned[call[0]]
			if does {
				p.mentioned[call[1]] = true
			}
			return does
		})
		p.left = slices.DeleteFunc(p.left, func(d declaration) bool {
			if !p.stays(d) {
				return false
			}
			if d.name != "" {
				p.mentioned[d.name] = true
			}
			if d.isType {
				p.types[d.name] = true
			}
			p.mention(d.node)
			return true
		})
	}
}

func (p *pruner) stays(d declaration) bool {
	if d.receiver != "" && !p.types[d.receiver] {
		return false
	}
	return d.name == "" || d.name == "init" || ast.IsExported(d.name) || p.mentioned[d.name]
}

// without returns a file's text without the declarations that are left, and without the imports that only they needed;
// nil if nothing else was there.
func (p *pruner) without(f prunedFile, text []byte) ([]byte, error) {
	offset := func(at token.Pos) int { return f.positions.File(f.file.Pos()).Offset(at) }
	used := map[string]bool{} // names before a dot, where packages stand
	var cuts [][2]int
	holds := false
	for _, d := range f.file.Decls {
		from, to := offset(d.Pos()), offset(d.End())
		switch goes := slices.ContainsFunc(p.left, func(l declaration) bool { return l.node == d }); {
		case goes:
			if doc := docOf(d); doc != nil {
				from = offset(doc.Pos())
			}
			cuts = append(cuts, [2]int{from, to})
		case !isImport(d):
			holds = true
			ast.Inspect(d, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok {
					if x, ok := s.X.(*ast.Ident); ok {
						used[x.Name] = true
					}
				}
				return true
			})
		}
	}
	if !holds {
		return nil, nil
	}
	for _, i := range f.file.Imports {
		if name := importName(i); name != "_" && !used[name] {
			cuts = append(cuts, [2]int{offset(i.Pos()), offset(i.End())})
		}
	}
	slices.SortFunc(cuts, func(a, b [2]int) int { return a[0] - b[0] })
	var kept bytes.Buffer
	at := 0
	for _, cut := range cuts {
		kept.Write(text[at:cut[0]])
		at = cut[1]
	}
	kept.Write(text[at:])
	return format.Source(emptyImports.ReplaceAll(kept.Bytes(), nil))
}

// emptyImports finds import declarations of which nothing is left.
var emptyImports = regexp.MustCompile(`(?m)^import (\(\s*\))?$`)

func isImport(d ast.Decl) bool {
	g, ok := d.(*ast.GenDecl)
	return ok && g.Tok == token.IMPORT
}

func docOf(d ast.Decl) *ast.CommentGroup {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return d.Doc
	case *ast.GenDecl:
		return d.Doc
	}
	return nil
}

// importName returns what a package is called in a file that imports it.
func importName(i *ast.ImportSpec) string {
	if i.Name != nil {
		return i.Name.Name
	}
	name := strings.Trim(i.Path.Value, `"`)
	if base := path.Base(name); !version.MatchString(base) {
		return base
	}
	return path.Base(path.Dir(name))
}

// version is the last element of a path like math/rand/v2.
var version = regexp.MustCompile(`^v\d+$`)
