// Package kernel holds the kernels: what one step of a network computes. They are ordinary Go and assembly, tested
// here, run by netc itself (package execute), and copied file by file into every generated package that uses them. This
// is their one source of truth.
//
// A kernel is a struct with its operands and settings, which the planner fills (Kernel). When a model is made, each is
// bound to the processor (Bind), and the Task that results runs in every inference (Run). An inference makes no
// decision, but the one on numbers that are not finite.
//
// # Layout
//
// Values and weights are bytes; a Ref says where they lie, and by its Layout what they hold. A value is blocked:
// [ceil(channels/16)][height][width][16] float32, so that a pixel of a block is one cache line and one AVX-512
// register. A vector is the same with one pixel. Values and weights begin at multiples of 64 bytes where speed
// matters. Lanes past the last channel hold anything; no kernel lets them reach a channel. The caller's image is
// planar, [channels][height][width]: Planar reads it as it is, Block brings it into blocked layout, Unblock brings a
// result back.
//
// The layout of values and weights is the same for every instruction set.
//
// # Weights
//
// Weights of dense kernels (Pointwise, Linear, Conv, Winograd, Planar) are [ceil(out/16)][depth][16]: for each block of
// 16 outputs and each input it sees, the 16 weights of the outputs. The depth runs over
//
//   - Pointwise, Linear: the input channels;
//   - Conv, Winograd: input blocks, rows of the window, columns of the window, channels within the block; with groups,
//     see Conv;
//   - Planar: channels, rows of the window, columns of the window.
//
// Depthwise weights are [ceil(channels/16)][rows][columns][16]. Biases, factors and offsets are
// [ceil(channels/16)][16]. Weights and biases of outputs past the last channel are zero.
//
// Weights of these kernels may be float16 too; products are of float32. Where the processor has an instruction for it,
// those of Pointwise, ExpandDepthwise, Linear, Winograd and Conv stay as they are, and tasks widen some blocks of
// outputs at a time, for all pixels that are multiplied with them (see stored). What is on the matrix unit, weights of
// groups of eight channels and of other kernels, which are few, and all of them on other processors are widened by
// binding, once (Machine.Convert).
//
// # Items
//
// A task's work is cut into items, each of some microseconds to tens of them, which is computed in the same way whoever
// runs it: the items of a step can be divided over any number of workers, and the result is the same to the bit.
// Consecutive items share data, so a worker does best with one contiguous range. No task allocates, and none writes
// anything but its items of the results and the worker that it is given.
//
// A worker's scratch belongs to one goroutine and need not be kept. If it computes several ranges of a step, it finds
// there what it left, and need not prepare it again; Worker.Begin says that another step begins.
//
// Whoever makes kernels has made sure of all lengths.
//
// # Arithmetic of float16
//
// Values and weights may be float16 where a kernel's operands say so, and the processor has FP16; its arithmetic is
// float16, too, then. A block of such a value is 32 channels, 64 bytes a pixel as ever, so that rows, strips and items
// are those of half as many blocks. Weights are packed for it when the kernel is bound: the file holds one packing for
// all processors. Float32 remain
//
//   - sums of more than 128 products: each run of 128 is added up as float16, the runs as float32 (halfDepth);
//   - the sums of channels that a depthwise convolution leaves, and means;
//   - factors for channels, until they are multiplied with;
//   - the convolution of the image before a depthwise one, up to its results;
//   - functions without a routine of float16.
//
// A network that may run without FP16 has float32 steps beside those of float16: Cast stands between them.
//
// # Epilogues
//
// Pointwise, Linear, Conv, Winograd, Planar and Depthwise add a bias, then a residual if there is one, and apply a
// function. Where a residual is given, the result may lie in its very place. A function is bound when the kernel is: to
// its routine, which finds there what its settings come to, or else to portable Go, which is applied to what assembly
// has stored.
//
// # The matrix unit
//
// Where the processor has AMX and the system lets the process use it, products are computed with it if a model of costs
// (matrixCost) says that it pays. It multiplies bfloat16, of eight bits: each float32 is split into three of
// them, and of the nine products of their parts the six are added up that matter to float32 (see split; Henry, Tang,
// Heinecke: Leveraging the bfloat16 artificial intelligence datatype for higher-precision computations,
// arXiv:1904.06376). The sums are as exact as those of float32. Weights are split on the way, so that there is
// one layout of weights for all processors. Where a number is infinite or NaN, AVX-512 computes what sees it.
//
// Results do not depend on anything but the inputs and the instruction set. Assembly takes numbers too small to be
// normal for zero.
package kernel

import (
	"bytes"
	"embed"
	"fmt"
	"slices"
	"strings"
)

//go:generate go run ../asm

// All files but those of tests, whose names end in "st.go", as do those of two others.
//
//go:embed *.s *[^t].go *[^s]t.go cast.go matrix_cost.go
var sources embed.FS

// files says, in order of name, of which files each part of the kernels consists and what other parts it needs.
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
	{"conv", []string{"conv.go", "conv_matrix.go", "eights.go", "phases.go"}, []string{"pointwise", "slide", "strip"}},
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

// constants are what the functions are called in Go, where what people call them is in the table of functions.
var constants = [kindCount]string{
	Identity: "Identity", Relu: "Relu", Relu6: "Relu6", Silu: "Silu", Sigmoid: "Sigmoid", HardSwish: "HardSwish",
	HardSigmoid: "HardSigmoid", Tanh: "Tanh", Gelu: "Gelu", LeakyRelu: "LeakyRelu", HardTanh: "HardTanh", Elu: "Elu",
	Mish: "Mish", Softplus: "Softplus",
}

// Constant returns what the constant for a function is called.
func (k Kind) Constant() string { return constants[k] }

// Sources returns the text of the files, by name, that generated code needs for kernels: structs of this package, by
// their names. The ending of a file's name must stay, since it says for which GOARCH the file is.
func Sources(kernels []string) (map[string][]byte, error) {
	wanted := map[string]bool{}
	for _, name := range append([]string{"step"}, kernels...) {
		part, err := partOf(name)
		if err != nil {
			return nil, err
		}
		if err := want(wanted, part); err != nil {
			return nil, err
		}
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
func partOf(kernel string) (string, error) {
	if kernel == "step" {
		return kernel, nil
	}
	for _, f := range files {
		for _, name := range f.files {
			text, err := sources.ReadFile(name)
			if err != nil {
				return "", err
			}
			if bytes.Contains(text, []byte("\ntype "+kernel+" struct {\n")) {
				return f.name, nil
			}
		}
	}
	return "", fmt.Errorf("there is no kernel %q", kernel)
}

// partSources returns the files of parts.
func partSources(wanted map[string]bool) (map[string][]byte, error) {
	found := map[string][]byte{}
	for _, f := range files {
		for _, name := range f.files {
			text, err := sources.ReadFile(name)
			if err != nil {
				return nil, err
			}
			if wanted[f.name] {
				found[name] = text
			}
		}
	}
	return found, nil
}

// want adds a part and what it needs to the wanted ones.
func want(wanted map[string]bool, name string) error {
	for _, f := range files {
		if f.name != name {
			continue
		}
		wanted[name] = true
		for _, need := range f.needs {
			if err := want(wanted, need); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("no part of the kernels is called %q", name)
}
