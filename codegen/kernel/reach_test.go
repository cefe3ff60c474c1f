package kernel

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestReach holds what each task says that it reaches against what its Run calls, on each architecture: a package would
// lack the routines of one that says nothing. Both are followed through all functions of this package, but product and
// slide, which everybody shares: of these, it matters who sets that they compute with float16.
func TestReach(t *testing.T) {
	for _, arch := range []string{"amd64", "arm64"} {
		c := callsOf(t, arch)
		checked := 0
		for _, task := range c.tasks() {
			run, reach := c.from(task, "Run"), c.from(task, "reach")
			says := func(name string) bool { return reach[c.method("Reach", name)] }
			for _, rule := range []struct {
				what     string
				does, ok bool
			}{
				{"products", run[c.method("product", "run")], says("products")},
				{"products of float16", run[c.field("product", "half")], says("halfProducts")},
				{"slides", run[c.method("slide", "run")], says("slides")},
				{"float16", run.any(c.half), says("half")},
				{"an activation function", run.any(c.activations), says("function")},
				{"products on the matrix unit", run[c.method("matrixWork", "compute")],
					run[c.field("work", "onMatrix")]},
			} {
				if rule.does {
					checked++
				}
				if rule.does && !rule.ok {
					t.Errorf("%s: *%s computes %s and does not say so in reach", arch, task.Obj().Name(), rule.what)
				}
			}
		}
		if checked < 34 {
			t.Errorf("%s: only %d rules apply to tasks", arch, checked)
		}
	}
}

// uses are functions, and fields and variables, that are called or mentioned.
type uses map[types.Object]bool

func (u uses) any(is func(types.Object) bool) bool {
	for o := range u {
		if is(o) {
			return true
		}
	}
	return false
}

// calls is what each function of the package, on one architecture, mentions.
type calls struct {
	positions *token.FileSet
	pkg       *types.Package
	mentions  map[types.Object][]types.Object
}

// nothing stands for what the package imports: what of it is called is of no interest.
type nothing struct{}

func (nothing) Import(path string) (*types.Package, error) {
	p := types.NewPackage(path, path)
	p.MarkComplete()
	return p, nil
}

func callsOf(t *testing.T, arch string) *calls {
	t.Helper()
	context := build.Default
	context.GOOS, context.GOARCH, context.CgoEnabled = "linux", arch, false
	chosen, err := context.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	positions := token.NewFileSet()
	var files []*ast.File
	for _, name := range chosen.GoFiles {
		file, err := parser.ParseFile(positions, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	info := types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: nothing{}, Error: func(error) {}} // errors are about what is imported
	c := &calls{positions: positions, mentions: map[types.Object][]types.Object{}}
	c.pkg, _ = config.Check("kernel", positions, files, &info)
	for _, file := range files {
		for _, d := range file.Decls {
			function, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			from := info.Defs[function.Name]
			ast.Inspect(function, func(n ast.Node) bool {
				if name, ok := n.(*ast.Ident); ok && info.Uses[name] != nil {
					c.mentions[from] = append(c.mentions[from], info.Uses[name])
				}
				return true
			})
		}
	}
	return c
}

// tasks lists the types that are tasks.
func (c *calls) tasks() (all []*types.Named) {
	task := c.pkg.Scope().Lookup("Task").Type().Underlying().(*types.Interface)
	for _, name := range c.pkg.Scope().Names() {
		named, ok := c.pkg.Scope().Lookup(name).Type().(*types.Named)
		if ok && !types.IsInterface(named) && types.Implements(types.NewPointer(named), task) {
			all = append(all, named)
		}
	}
	return all
}

// method and field return what a type calls by a name.
func (c *calls) method(of, name string) types.Object { return c.member(of, name) }
func (c *calls) field(of, name string) types.Object  { return c.member(of, name) }

func (c *calls) member(of, name string) types.Object {
	o, _, _ := types.LookupFieldOrMethod(c.pkg.Scope().Lookup(of).Type(), true, c.pkg, name)
	if o == nil {
		panic(of + " has no " + name)
	}
	return o
}

// from returns what a task's method mentions, directly or through functions that it calls.
func (c *calls) from(task *types.Named, method string) uses {
	all := uses{}
	begin, _, _ := types.LookupFieldOrMethod(types.NewPointer(task), true, c.pkg, method)
	for left := []types.Object{begin}; len(left) > 0; left = left[1:] {
		for _, o := range c.mentions[left[0]] {
			if all[o] {
				continue
			}
			all[o] = true
			if !c.isShared(o) {
				left = append(left, o)
			}
		}
	}
	return all
}

// isShared reports whether something is a method of product or slide.
func (c *calls) isShared(o types.Object) bool {
	f, ok := o.(*types.Func)
	return ok && slices.Contains([]string{"product", "slide"}, receiverName(f))
}

func receiverName(f *types.Func) string {
	receiver := f.Signature().Recv()
	if receiver == nil {
		return ""
	}
	of := receiver.Type()
	if pointer, ok := of.(*types.Pointer); ok {
		of = pointer.Elem()
	}
	if named, ok := of.(*types.Named); ok {
		return named.Obj().Name()
	}
	return ""
}

// half reports whether something is a routine of float16, or says that products or slides are.
func (c *calls) half(o types.Object) bool {
	return o == c.field("product", "half") || o == c.field("slide", "half") ||
		strings.HasPrefix(filepath.Base(c.positions.Position(o.Pos()).Filename), "vector_half_")
}

// activations reports whether something is an activation function that is bound.
func (c *calls) activations(o types.Object) bool {
	_, ok := o.(*types.Var)
	return ok && types.Identical(o.Type(), types.NewPointer(c.pkg.Scope().Lookup("activation").Type()))
}
