package kernel

import (
	"bytes"
	"embed"
	"slices"
	"strings"
)

//go:generate go run ../asm

// The package's files; isSource says which of them generated packages can have. Only functions mention them, so that a
// program which runs kernels, and asks for no sources, does not hold them.
//
//go:embed *.go *.s
var embedded embed.FS

// module is some of the kernels' files, and the modules that these call.
type module struct {
	name  string
	also  []string // other names with which its files begin
	needs []string
}

// modules are what the kernels' files are divided into. A file is of the module whose name its own begins with, of the
// longer one where two do: planar_depthwise.go of planar_depthwise, product_neon_arm64.s of product.
var modules = []module{
	{name: "average", needs: []string{"vector"}},
	{name: "axes", needs: []string{"elementwise"}},
	{name: "block", needs: []string{"transpose"}},
	{name: "cast", needs: []string{"elementwise", "layout"}},
	{name: "channels", needs: []string{"elementwise", "layout"}},
	{name: "combine", needs: []string{"axes"}},
	{name: "conv", also: []string{"eights", "phases"}, needs: []string{"pointwise", "slide", "strip"}},
	{name: "copy", needs: []string{"layout"}},
	{name: "cpu", also: []string{"machine", "operand"}},
	{name: "depthwise", needs: []string{"slide", "strip"}},
	{name: "elementwise", needs: []string{"function", "vector"}},
	{name: "expand", needs: []string{"pointwise", "rolling"}},
	{name: "function", needs: []string{"vector"}},
	{name: "layer_norm", needs: []string{"pixels"}},
	{name: "layout", needs: []string{"step"}},
	{name: "linear", needs: []string{"product"}},
	{name: "load", needs: []string{"elementwise"}},
	{name: "mat_mul", needs: []string{"pointwise", "transpose"}},
	{name: "matrix", also: []string{"split"}, needs: []string{"function", "layout"}},
	{name: "pixels", needs: []string{"function", "vector"}},
	{name: "planar", needs: []string{"pointwise", "strip"}},
	{name: "planar_depthwise", needs: []string{"planar", "rolling"}},
	{name: "pointwise", needs: []string{"matrix", "product", "vector"}},
	{name: "pool", needs: []string{"vector", "window"}},
	{name: "product", needs: []string{"function", "layout", "vector"}},
	{name: "rearrange", needs: []string{"axes"}},
	{name: "resize", needs: []string{"layout"}},
	{name: "rolling", needs: []string{"slide", "strip"}},
	{name: "slide", needs: []string{"function", "layout", "vector", "window"}},
	{name: "softmax", needs: []string{"pixels"}},
	{name: "step", also: []string{"describe", "matrix_held", "work"}, needs: []string{"cpu"}},
	{name: "strip", needs: []string{"layout", "window"}},
	{name: "tile", needs: []string{"cpu", "layout"}},
	{name: "transpose", needs: []string{"cpu", "layout"}},
	{name: "vector", also: []string{"stored"}, needs: []string{"cpu", "layout"}},
	{name: "window"},
	{name: "winograd", needs: []string{"conv", "product", "strip", "tile", "vector"}},
}

// isSource reports whether generated packages can have a file: tests and what netc alone asks stay here.
func isSource(name string) bool {
	return !strings.HasSuffix(name, "_test.go") && !strings.HasSuffix(name, "reach.go") &&
		name != "doc.go" && name != "sources.go"
}

// sources returns the files that generated packages can have, by name.
func sources() map[string][]byte {
	entries, err := embedded.ReadDir(".")
	if err != nil {
		panic(err) // it is in memory
	}
	found := map[string][]byte{}
	for _, e := range entries {
		if isSource(e.Name()) {
			if found[e.Name()], err = embedded.ReadFile(e.Name()); err != nil {
				panic(err)
			}
		}
	}
	return found
}

// moduleOf returns the module that a file is of, or "".
func moduleOf(file string) string {
	longest, of := "", ""
	for _, m := range modules {
		for _, begin := range append([]string{m.name}, m.also...) {
			rest, ok := strings.CutPrefix(file, begin)
			if ok && (rest[0] == '_' || rest[0] == '.') && len(begin) > len(longest) {
				longest, of = begin, m.name
			}
		}
	}
	return of
}

// ConstantOf returns what the constant for a function is called: function.go declares one a line, in order.
func ConstantOf(k Kind) string {
	text, err := embedded.ReadFile("function.go")
	if err != nil {
		panic(err) // it is in memory
	}
	_, declared, _ := strings.Cut(string(text), "\nconst (\n")
	return strings.Fields(strings.Split(declared, "\n")[k])[0]
}

// Sources returns the text of the files, by name, that generated code needs for kernels: structs of this package, by
// their names. The ending of a file's name must stay, since it says for which GOARCH the file is.
func Sources(kernels []string) map[string][]byte {
	all, wanted := sources(), map[string]bool{}
	want(wanted, "step")
	for _, kernel := range kernels {
		want(wanted, moduleWith(kernel, all))
	}
	return moduleSources(wanted, all)
}

// Optional is what one architecture has and a network may never use. Its files are those that have its word and the
// architecture in their names; what stands in for its functions elsewhere, or panics, is in …WORD_other….go.
type Optional struct{ word, arch string }

// The matrix unit, and arithmetic of float16.
var (
	Matrix = Optional{"matrix", "amd64"}
	Half   = Optional{"half", "arm64"}
)

// Optionals lists them.
func Optionals() []Optional { return []Optional{Matrix, Half} }

// Without takes the files of such a thing from sources, for networks that use it on no processor (see Reach). What
// stands in for them is built everywhere then: its build line goes.
func (o Optional) Without(sources map[string][]byte) {
	for name, text := range sources {
		base, _, _ := strings.Cut(name, ".")
		words := strings.Split(base, "_")
		switch {
		case !slices.Contains(words, o.word):
		case slices.Contains(words, "other"):
			if line, rest, _ := bytes.Cut(text, []byte("\n\n")); bytes.HasPrefix(line, []byte("//go:build ")) {
				sources[name] = rest
			}
		case words[len(words)-1] == o.arch:
			delete(sources, name)
		}
	}
}

// moduleWith returns the module that declares a kernel.
func moduleWith(kernel string, all map[string][]byte) string {
	for name, text := range all {
		if bytes.Contains(text, []byte("\ntype "+kernel+" struct {\n")) {
			return moduleOf(name)
		}
	}
	panic("kernel: there is no kernel " + kernel)
}

// moduleSources returns the files of modules.
func moduleSources(wanted map[string]bool, all map[string][]byte) map[string][]byte {
	found := map[string][]byte{}
	for name, text := range all {
		if wanted[moduleOf(name)] {
			found[name] = text
		}
	}
	return found
}

// want adds a module and what it needs to the wanted ones.
func want(wanted map[string]bool, name string) {
	i := slices.IndexFunc(modules, func(m module) bool { return m.name == name })
	if i < 0 {
		panic("kernel: no module is called " + name)
	}
	if wanted[name] {
		return
	}
	wanted[name] = true
	for _, need := range modules[i].needs {
		want(wanted, need)
	}
}
