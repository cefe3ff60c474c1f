// Package resolve turns a source file, and those it imports, into a Program: every declaration by its name, with every
// name in it known to mean something.
//
// Load is the one entry point. It checks what needs no values: duplicate and unknown names, arguments that are missing
// or that nothing takes, blocks and functions that contain themselves.
package resolve

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/std"
	"github.com/netc-lang/netc/dsl/syntax"
)

// Limits of one program.
const (
	MaxFiles       = 100     // that it consists of
	MaxProgramSize = 4 << 20 // bytes of all its files together
)

// Program is a resolved program.
type Program struct {
	Main *source.File
	// in the order of reading: the main file and what it imports, without the primitives
	Files     []*source.File
	Blocks    map[string]*syntax.Block // primitives too: those have no body
	Functions map[string]*syntax.Function
	Networks  map[string]*syntax.Network
	Scalings  map[string]*syntax.Scaling
	Families  []*syntax.Family // of the main file
	Warnings  diag.List        // of the main file
	// names that some "use" gives a layer; norm and act, which the standard library's blocks use
	Uses map[string]bool
}

// Load reads the file at path and everything it imports. The error is a diag.List.
func Load(path string) (*Program, error) {
	file, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	return LoadFile(file)
}

// LoadFile is Load for a file already in memory. What it imports is read from disk, relative to its name.
func LoadFile(file *source.File) (*Program, error) {
	path := file.Name()
	l := &loader{seen: map[string]bool{}, size: len(file.Text()), program: &Program{
		Blocks: map[string]*syntax.Block{}, Functions: map[string]*syntax.Function{},
		Networks: map[string]*syntax.Network{},
		Scalings: map[string]*syntax.Scaling{}, Uses: map[string]bool{"norm": true, "act": true},
	}, declared: map[string]source.Span{}, lost: lost{names: map[string]bool{}}}
	primitives, _ := std.Source("std/primitives")
	l.add(source.NewFile("std/primitives.net", primitives))
	if strings.HasPrefix(filepath.ToSlash(path), "std/") {
		path = userPath(path)
	}
	l.program.Main = source.NewFile(path, file.Text())
	l.seen[userPath(path)] = true
	main := l.add(l.program.Main)
	declared := len(main.Families) + len(main.Blocks) + len(main.Functions) + len(main.Networks) + len(main.Scalings)
	if len(l.problems) == 0 && declared == 0 {
		l.problems.Add(diag.Diagnostic{Code: diag.DeclaresNothing, Span: source.Span{File: l.program.Main},
			Message: "the file declares nothing",
			Help: "a file declares a network and the family of its variants: network NAME { … } and " +
				"family NAME { … }"})
	}
	l.program.Families = main.Families
	l.program.Files = l.sources
	l.problems = append(l.problems, check(l.program, l.files, main, l.lost)...)
	if len(l.problems) > 0 {
		l.program.Warnings = nil
	}
	return l.program, l.problems.Err()
}

// ReadFile reads one source file without what it imports. The error is a diag.List.
func ReadFile(path string) (*source.File, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, diag.List{{Code: readCode(err), Span: source.Span{File: source.NewFile(path, "")},
			Message: fmt.Sprintf("cannot read the file: %v", reason(err))}}.Err()
	}
	return source.NewFile(path, text), nil
}

// errTooLarge says that a file has more bytes than a source file may have.
type errTooLarge int64

func (e errTooLarge) Error() string {
	return fmt.Sprintf("it has %d bytes, more than the limit of %d", int64(e), syntax.MaxFileSize)
}

func readCode(err error) diag.Code {
	if _, ok := err.(errTooLarge); ok {
		return diag.FileTooLarge
	}
	return diag.CannotRead
}

// readFile reads a regular file, or what is open already, but no more of it than a source file may have.
func readFile(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.IsDir() || !info.Mode().IsRegular() && !isDescriptor(path) {
		return "", fmt.Errorf("it is not a regular file")
	}
	if info.Size() > syntax.MaxFileSize {
		return "", errTooLarge(info.Size())
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, syntax.MaxFileSize+1)) // some files have more than they say
	if len(text) > syntax.MaxFileSize {
		return "", errTooLarge(len(text))
	}
	return string(text), err
}

// isDescriptor reports whether a path names what the program has open already, such as standard input or the pipe of a
// shell's <(…). Opening other pipes and devices may take forever; reading these ends with the input, or with the limit.
func isDescriptor(path string) bool {
	path = filepath.ToSlash(path)
	return path == "/dev/stdin" || strings.HasPrefix(path, "/dev/fd/") || strings.HasPrefix(path, "/proc/self/fd/")
}

// reason drops what a diagnostic's place already says from an error.
func reason(err error) error {
	if p, ok := err.(*os.PathError); ok {
		return p.Err
	}
	return err
}

// loader collects the declarations of all files into one program.
type loader struct {
	program  *Program
	files    []*syntax.File
	sources  []*source.File
	seen     map[string]bool
	declared map[string]source.Span
	size     int // of the files read, in bytes
	lost     lost
	problems diag.List
}

// lost is what mistakes of form have left out of a program, which may declare what seems to be missing.
type lost struct {
	names    map[string]bool
	family   bool // some family
	anything bool
}

// add notes what a file has lost.
func (l *lost) add(file syntax.Lost) {
	for _, n := range file.Names {
		l.names[n.Text] = true
	}
	l.family = l.family || file.Family
	l.anything = l.anything || file.Anything
}

// add parses a file, then what it imports, and declares what it holds.
func (l *loader) add(file *source.File) *syntax.File {
	if file.Name() != "std/primitives.net" {
		l.sources = append(l.sources, file)
	}
	tree, problems := syntax.Parse(file)
	l.problems = append(l.problems, problems...)
	l.lost.add(tree.Lost)
	l.files = append(l.files, tree)
	for _, i := range tree.Imports {
		l.importFile(file, i)
	}
	for _, b := range tree.Primitives {
		if file.Name() != "std/primitives.net" {
			l.problems.Addf(diag.OwnPrimitive, b.Name.Span, "only netc itself declares primitives")
			continue
		}
		declare(l, l.program.Blocks, b.Name, b)
	}
	for _, b := range tree.Blocks {
		declare(l, l.program.Blocks, b.Name, b)
	}
	for _, f := range tree.Functions {
		declare(l, l.program.Functions, f.Name, f)
	}
	for _, s := range tree.Scalings {
		declare(l, l.program.Scalings, s.Name, s)
	}
	for _, n := range tree.Networks {
		declare(l, l.program.Networks, n.Name, n)
	}
	return tree
}

func (l *loader) importFile(from *source.File, i *syntax.String) {
	standard := strings.HasPrefix(i.Text, "std/")
	path := i.Text
	if !standard {
		path = userPath(filepath.Join(filepath.Dir(from.Name()), filepath.FromSlash(i.Text)))
	}
	if l.seen[path] {
		return
	}
	l.seen[path] = true
	file, d := l.read(path, standard, i)
	if d != nil {
		l.problems.Add(*d)
		l.lost.anything = true
		return
	}
	l.add(file)
}

// read reads what an import names.
func (l *loader) read(path string, standard bool, i *syntax.String) (*source.File, *diag.Diagnostic) {
	if len(l.files) > MaxFiles {
		return nil, &diag.Diagnostic{Code: diag.TooManyFiles, Span: i.Span,
			Message: fmt.Sprintf("more than %d files, the limit", MaxFiles)}
	}
	if standard {
		return readStandard(i)
	}
	if !isNet(path) {
		return nil, &diag.Diagnostic{Code: diag.CannotRead, Span: i.Span,
			Message: fmt.Sprintf("%s is no .net file, and is not read", path),
			Help:    "an import names a file of declarations, such as \"blocks.net\""}
	}
	text, err := readFile(path)
	if err != nil {
		d := diag.Diagnostic{Code: readCode(err), Span: i.Span, Message: fmt.Sprintf("cannot read %s: %v", path,
			reason(err))}
		if d.Code == diag.CannotRead {
			d.Help = "the path is relative to the file that imports it"
		}
		return nil, &d
	}
	if l.size += len(text); l.size > MaxProgramSize {
		return nil, &diag.Diagnostic{Code: diag.ProgramTooLarge, Span: i.Span,
			Message: fmt.Sprintf("with this file, the program has more than %d bytes, the limit", MaxProgramSize)}
	}
	return source.NewFile(path, text), nil
}

// isNet reports whether a path names a .net file, also behind links. Messages quote what they are about: an import must
// not make netc show files of other kinds, wherever they lie.
func isNet(path string) bool {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		target = path // reading it tells
	}
	return strings.EqualFold(filepath.Ext(path), ".net") && strings.EqualFold(filepath.Ext(target), ".net")
}

// readStandard reads a part of the standard library, which is named without a file's ending: "std/mobile".
func readStandard(i *syntax.String) (*source.File, *diag.Diagnostic) {
	text, ok := std.Source(i.Text)
	if !ok {
		help := diag.Suggest(i.Text, std.Names())
		if help == "" {
			help = "the parts are " + strings.Join(std.Names(), ", ") + "; a file of your own in a folder std is " +
				"\"./std/…\""
		}
		return nil, &diag.Diagnostic{Code: diag.CannotRead, Span: i.Span,
			Message: fmt.Sprintf("the standard library has no part %s", i.Text), Help: help}
	}
	return source.NewFile(i.Text+".net", text), nil
}

// userPath cleans a path and keeps it apart from the names of the standard library's files.
func userPath(path string) string {
	path = filepath.Clean(path)
	if strings.HasPrefix(filepath.ToSlash(path), "std/") {
		return "." + string(filepath.Separator) + path
	}
	return path
}

func declare[T any](l *loader, into map[string]T, name syntax.Name, value T) {
	if before, ok := l.declared[name.Text]; ok {
		d := diag.Diagnostic{Code: diag.DeclaredTwice, Span: name.Span, Message: fmt.Sprintf("%s is declared twice",
			name.Text)}
		d.Related = []diag.Label{{Span: before, Text: "first declared here"}}
		l.problems.Add(d)
		return
	}
	l.declared[name.Text] = name.Span
	into[name.Text] = value
}
