package kernel

import (
	"bytes"
	"embed"
	"slices"
	"strings"
)

//go:generate go run ../asm

// All files but those of tests, whose names end in "st.go", as do those of two others.
//
//go:embed *.s *[^t].go *[^s]t.go cast.go matrix_cost.go
var sources embed.FS

// files are the parts of the kernels, by name: the files of each, and the other parts that it needs.
var files = []struct {
	name  string
	files []string
	needs []string
}{
	{"average", []string{"average.go"}, []string{"vector"}},
	{"axes", []string{"axes.go"}, []string{"elementwise"}},
	{"block", []string{"block.go"}, []string{"transpose"}},
	{"cast", []string{"cast.go"}, []string{"elementwise", "layout"}},
	{"channels", []string{"channels.go"}, []string{"elementwise", "layout"}},
	{"combine", []string{"combine.go"}, []string{"axes"}},
	{"conv", []string{"conv.go", "conv_cut.go", "conv_matrix.go", "conv_source.go", "eights.go", "phases.go"},
		[]string{"pointwise", "slide", "strip"}},
	{"copy", []string{"copy.go"}, []string{"layout"}},
	{"cpu", []string{"cpu.go", "cpu_amd64.go", "cpu_amd64.s", "cpu_matrix_linux_amd64.go", "cpu_matrix_other.go",
		"cpu_half_linux_arm64.go", "cpu_half_darwin_arm64.go", "cpu_half_windows_arm64.go", "cpu_half_other_arm64.go",
		"cpu_other.go", "machine.go", "operand.go"}, nil},
	{"depthwise", []string{"depthwise.go"}, []string{"slide", "strip"}},
	{"elementwise", []string{"elementwise.go"}, []string{"function", "vector"}},
	{"expand", []string{"expand.go", "expand_matrix.go"}, []string{"pointwise", "rolling"}},
	{"function", []string{"function.go", "function_amd64.go", "function_avx2_amd64.s", "function_avx512_amd64.s",
		"function_arm64.go", "function_neon_arm64.s", "function_half.go", "function_half_arm64.s",
		"function_other.go", "function_routines_amd64.go", "function_routines_arm64.go"}, []string{"vector"}},
	{"layerNorm", []string{"layer_norm.go"}, []string{"pixels"}},
	{"layout", []string{"layout.go"}, []string{"step"}},
	{"linear", []string{"linear.go"}, []string{"product"}},
	{"load", []string{"load.go"}, []string{"elementwise"}},
	{"matMul", []string{"mat_mul.go"}, []string{"pointwise", "transpose"}},
	{"matrix", []string{"matrix.go", "matrix_amd64.go", "matrix_amx_amd64.s", "matrix_cost.go", "matrix_kept.go",
		"matrix_other.go",
		"split.go"}, []string{"function", "layout"}},
	{"pixels", []string{"pixels.go", "pixels_amd64.go", "pixels_avx2_amd64.s", "pixels_avx512_amd64.s",
		"pixels_arm64.go", "pixels_neon_arm64.s", "pixels_other.go", "pixels_portable.go"},
		[]string{"function", "vector"}},
	{"planar", []string{"planar.go"}, []string{"pointwise", "strip"}},
	{"planarDepthwise", []string{"planar_depthwise.go"}, []string{"planar", "rolling"}},
	{"pointwise", []string{"pointwise.go", "pointwise_matrix.go"}, []string{"matrix", "product", "vector"}},
	{"pool", []string{"pool.go"}, []string{"vector", "window"}},
	{"product", []string{"product.go", "product_amd64.go", "product_avx2_amd64.s", "product_avx512_amd64.s",
		"product_arm64.go", "product_neon_arm64.s", "product_half.go", "product_half_arm64.s", "product_other.go",
		"product_portable.go",
		"product_routines_amd64.go", "product_routines_arm64.go"}, []string{"function", "layout", "vector"}},
	{"rearrange", []string{"rearrange.go"}, []string{"axes"}},
	{"resize", []string{"resize.go"}, []string{"layout"}},
	{"rolling", []string{"rolling.go"}, []string{"slide", "strip"}},
	{"slide", []string{"slide.go", "slide_amd64.go", "slide_avx2_amd64.s", "slide_avx512_amd64.s", "slide_arm64.go",
		"slide_neon_arm64.s", "slide_half.go", "slide_half_arm64.s", "slide_other.go", "slide_portable.go",
		"slide_routines_amd64.go", "slide_routines_arm64.go"}, []string{"function", "layout", "vector", "window"}},
	{"softmax", []string{"softmax.go"}, []string{"pixels"}},
	{"step", []string{"describe.go", "matrix_held.go", "step.go", "work.go"}, []string{"cpu"}},
	{"strip", []string{"strip.go"}, []string{"layout", "window"}},
	{"tile", []string{"tile.go", "tile_amd64.go", "tile_avx2_amd64.s", "tile_avx512_amd64.s", "tile_arm64.go",
		"tile_neon_arm64.s", "tile_other.go"}, []string{"cpu", "layout"}},
	{"transpose", []string{"transpose.go", "transpose_amd64.go", "transpose_avx2_amd64.s", "transpose_avx512_amd64.s",
		"transpose_arm64.go", "transpose_neon_arm64.s", "transpose_other.go"}, []string{"cpu", "layout"}},
	{"vector", []string{"stored.go", "vector.go", "vector_amd64.go", "vector_avx2_amd64.s", "vector_avx512_amd64.s",
		"vector_arm64.go", "vector_neon_arm64.s", "vector_half.go", "vector_half_arm64.go", "vector_half_arm64.s",
		"vector_half_other.go", "vector_other.go"}, []string{"cpu", "layout"}},
	{"window", []string{"window.go"}, nil},
	{"winograd", []string{"winograd.go"}, []string{"conv", "product", "strip", "tile", "vector"}},
}

// constants are the functions' names in Go; those that people use are in the table of functions.
var constants = [kindCount]string{
	Identity: "Identity", Relu: "Relu", Relu6: "Relu6", Silu: "Silu", Sigmoid: "Sigmoid", HardSwish: "HardSwish",
	HardSigmoid: "HardSigmoid", Tanh: "Tanh", Gelu: "Gelu", LeakyRelu: "LeakyRelu", HardTanh: "HardTanh", Elu: "Elu",
	Mish: "Mish", Softplus: "Softplus",
}

// Constant returns what the constant for a function is called.
func (k Kind) Constant() string { return constants[k] }

// Sources returns the text of the files, by name, that generated code needs for kernels: structs of this package, by
// their names. The ending of a file's name must stay, since it says for which GOARCH the file is.
func Sources(kernels []string) map[string][]byte {
	wanted := map[string]bool{}
	want(wanted, "step")
	for _, name := range kernels {
		want(wanted, partOf(name))
	}
	return partSources(wanted)
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

// Without takes an optional part's files from sources, for networks that use it on no processor (see Reach). What
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

// partOf returns the part that declares a kernel.
func partOf(kernel string) string {
	for _, f := range files {
		for _, name := range f.files {
			if bytes.Contains(source(name), []byte("\ntype "+kernel+" struct {\n")) {
				return f.name
			}
		}
	}
	panic("kernel: there is no kernel " + kernel)
}

// partSources returns the files of parts.
func partSources(wanted map[string]bool) map[string][]byte {
	found := map[string][]byte{}
	for _, f := range files {
		for _, name := range f.files {
			if wanted[f.name] {
				found[name] = source(name)
			}
		}
	}
	return found
}

// source returns the text of a file.
func source(name string) []byte {
	text, err := sources.ReadFile(name)
	if err != nil {
		panic(err) // a name in the table of parts is wrong
	}
	return text
}

// want adds a part and what it needs to the wanted ones.
func want(wanted map[string]bool, name string) {
	for _, f := range files {
		if f.name == name {
			wanted[name] = true
			for _, need := range f.needs {
				want(wanted, need)
			}
			return
		}
	}
	panic("kernel: no part is called " + name)
}
