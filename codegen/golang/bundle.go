package golang

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// A generated package should be a few files, not a folder of seventy. Files of the runtime that are built under the
// same condition become one:
//
//	engine.go, kernel.go               everywhere
//	kernel_amd64.go, kernel_arm64.go   where their name says
//	kernel_other.go                    on other processors than these two
//	engine_nolinux.go                  where a constraint says: not on Linux
//	kernel_amd64.s, kernel_arm64.s     the assembly of all instruction sets
//
// A file for every processor but amd64, or but arm64, is a few lines: it is written twice, into kernel_other.go and
// into the file of the one of the two that it is for. The file for compilers that are too old stays alone, and so do
// those whose condition is too long for a name.

// bundle joins files of the runtime. They are joined in the order in which they come, and a bundle stands where its
// first file stood.
func bundle(files []File, packageName string) ([]File, error) {
	var order []string
	members := map[string][]File{}
	for _, f := range files {
		for _, part := range byProcessor(f) {
			name := bundleOf(part)
			if members[name] == nil {
				order = append(order, name)
			}
			members[name] = append(members[name], part)
		}
	}
	var bundles []File
	for _, name := range order {
		if strings.HasSuffix(name, ".s") {
			bundles = append(bundles, File{name, joinAssembly(members[name])})
			continue
		}
		text, err := joinGo(members[name], packageName)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		bundles = append(bundles, File{name, text})
	}
	return bundles, nil
}

// condition finds a file's build constraint.
var condition = regexp.MustCompile(`(?m)^//go:build (.*)\n`)

// others is the constraint of what is for neither processor that has routines.
const others = "!amd64 && !arm64"

// byProcessor divides a file that is for all processors but one into those for the other one and for the rest.
func byProcessor(f File) []File {
	m := condition.FindSubmatch(f.Data)
	if m == nil {
		return []File{f}
	}
	other := map[string]string{"!amd64": "arm64", "!arm64": "amd64"}[string(m[1])]
	if other == "" {
		return []File{f}
	}
	return []File{
		{strings.TrimSuffix(f.Name, ".go") + "_" + other + ".go", bytes.Replace(f.Data, m[0], nil, 1)},
		{f.Name, bytes.Replace(f.Data, m[1], []byte(others), 1)},
	}
}

// bundleOf returns the name of the bundle that a file belongs to: the runtime's package and the condition.
func bundleOf(f File) string {
	part, rest, _ := strings.Cut(f.Name, "_")
	base, extension, _ := strings.Cut(rest, ".")
	words := strings.Split(base, "_")
	if m := condition.FindSubmatch(f.Data); m != nil {
		constraint := string(m[1])
		name := conditionName(constraint)
		const long = 24
		if strings.Contains(constraint, goVersion) || len(name) >= long || known[words[len(words)-1]] {
			return f.Name
		}
		return part + "_" + name + "." + extension
	}
	var suffix []string
	for len(words) > 0 && (known[words[len(words)-1]]) {
		suffix = append([]string{words[len(words)-1]}, suffix...)
		words = words[:len(words)-1]
	}
	return strings.Join(append([]string{part}, suffix...), "_") + "." + extension
}

// known are the systems and architectures by which the runtime's files are chosen.
var known = map[string]bool{"linux": true, "unix": true, "darwin": true, "windows": true, "amd64": true, "arm64": true}

// conditionName makes a word of a constraint: "!linux" is nolinux, which is no system's name.
func conditionName(constraint string) string {
	if constraint == others {
		return "other"
	}
	return strings.NewReplacer("!", "no", " ", "", "&&", "", "(", "", ")", "", "||", "or").Replace(constraint)
}

// joinGo makes one file of several, all with the same constraint: their imports together, then their declarations.
func joinGo(files []File, packageName string) ([]byte, error) {
	var imports []string
	var body bytes.Buffer
	for _, f := range files {
		positions := token.NewFileSet()
		file, err := parser.ParseFile(positions, f.Name, f.Data, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return nil, err
		}
		end := file.Name.End()
		for _, d := range file.Decls {
			end = d.End()
			for _, spec := range d.(*ast.GenDecl).Specs {
				line := spec.(*ast.ImportSpec).Path.Value
				if name := spec.(*ast.ImportSpec).Name; name != nil {
					line = name.Name + " " + line
				}
				imports = append(imports, line)
			}
		}
		body.Write(f.Data[positions.File(file.Pos()).Offset(end):])
		body.WriteString("\n")
	}
	slices.Sort(imports)
	imports = slices.Compact(imports)
	var b bytes.Buffer
	b.WriteString(header + "\n\n")
	if m := condition.Find(files[0].Data); m != nil {
		b.Write(m)
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "package %s\n\n", packageName)
	if len(imports) > 0 {
		fmt.Fprintf(&b, "import (\n%s\n)\n", strings.Join(imports, "\n"))
	}
	body.WriteTo(&b)
	return format.Source(b.Bytes())
}

// include is the line that every file of assembly has once.
const include = "#include \"textflag.h\"\n"

// joinAssembly makes one file of several. Their static names differ.
func joinAssembly(files []File) []byte {
	var b bytes.Buffer
	b.WriteString(header + "\n\n" + include)
	for _, f := range files {
		_, body, _ := bytes.Cut(f.Data, []byte(include))
		b.WriteString("\n")
		b.Write(bytes.Trim(body, "\n"))
		b.WriteString("\n")
	}
	return b.Bytes()
}
