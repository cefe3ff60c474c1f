// Package kernel holds the functions that generated code runs on. They are ordinary Go and assembly, tested here, and copied
// file by file into every generated package that uses them; Sources returns the copies. This is their one source of truth.
//
// # Layout
//
// A value is blocked: [ceil(channels/16)][height][width][16] float32, so that a pixel of a block is one cache line and one
// AVX-512 register. A vector is the same with one pixel. Values and weights begin at multiples of 64 bytes where speed
// matters. Lanes past the last channel hold anything; no kernel lets them reach a channel. The caller's image is planar,
// [channels][height][width]: convPlanar reads it as it is, block brings it into blocked layout, unblock brings a result back.
//
// The layout of values and weights is the same for every instruction set.
//
// # Weights
//
// Weights of dense kernels (pointwise, linear, conv, convPlanar) are [ceil(out/16)][depth][16]: for each block of 16 outputs
// and each input it sees, the 16 weights of the outputs. The depth runs over
//
//   - pointwise, linear: the input channels;
//   - conv, winograd: input blocks, rows of the window, columns of the window, channels within the block; with groups, see conv;
//   - convPlanar: channels, rows of the window, columns of the window.
//
// Depthwise weights are [ceil(channels/16)][rows][columns][16]. Biases, factors and offsets are [ceil(channels/16)][16].
// Weights and biases of outputs past the last channel are zero.
//
// # Items
//
// Every kernel is a function over a range of items, from first up to but not including last, which shape.items() counts. An
// item is a piece of work of some microseconds to tens of them, and is computed in the same way whoever runs it: the items of
// a step can be divided over any number of workers, and the result is the same to the bit. Consecutive items share data, so a
// worker does best with one contiguous range. Scratch belongs to one worker and need not be kept; it has shape.scratchFloats()
// floats. If a worker computes several ranges of a step, it is faster to give it the same scratch again; with other scratch, or when
// the step begins, the first float must not be 1. No kernel allocates, and none writes anything but its items of out and sums, and its scratch.
//
// The caller, which is generated, has made sure of all lengths.
//
// # Epilogues
//
// pointwise, linear, conv, winograd, convPlanar and depthwise add a bias, then a residual unless it is nil, and apply a function. Where a
// residual is given, out may be that very slice.
//
// # The matrix unit
//
// Where the processor has AMX and the system lets the process use it, products are computed with it if a model of costs (matrixCost) says
// that it pays. It multiplies bfloat16, of eight bits: each float32 is taken apart into three of them, and of the nine products of their
// parts the six are added up that matter to float32 (see split; Henry, Tang, Heinecke: Leveraging the bfloat16 artificial intelligence
// datatype for higher-precision computations, arXiv:1904.06376). The sums are as exact as those of float32. Weights are taken apart on the
// way, so that there is one layout of weights for all processors. Where a number is infinite or NaN, AVX-512 computes what sees it.
//
// Results do not depend on anything but the inputs and the instruction set. Assembly takes numbers too small to be normal for zero.
package kernel

import (
	"bytes"
	"embed"
	"fmt"
	"slices"
)

//go:generate go run ../asm

//go:embed *.s block.go channels.go conv*.go copy.go cpu*.go depthwise.go elementwise.go expand*.go function*.go layout.go linear.go matrix*.go
//go:embed phases.go planar*.go pointwise*.go pool.go product*.go rolling.go slide*.go split.go strip.go tile*.go vector*.go window.go winograd.go
var sources embed.FS

// files says, in order of name, of which files each part of the kernels consists and what other parts it needs.
var files = []struct {
	name  string
	files []string
	needs []string
}{
	{"block", []string{"block.go"}, []string{"layout"}},
	{"channels", []string{"channels.go"}, []string{"elementwise", "layout"}},
	{"conv", []string{"conv.go", "conv_matrix.go", "phases.go"}, []string{"pointwise", "strip"}},
	{"copy", []string{"copy.go"}, []string{"layout"}},
	{"cpu", []string{"cpu.go", "cpu_amd64.go", "cpu_amd64.s", "cpu_linux_amd64.go", "cpu_arm64.go", "cpu_other.go", "cpu_tiles_other.go"}, nil},
	{"depthwise", []string{"depthwise.go"}, []string{"slide", "strip"}},
	{"elementwise", []string{"elementwise.go"}, []string{"function", "vector"}},
	{"expand", []string{"expand.go", "expand_matrix.go"}, []string{"pointwise", "rolling"}},
	{"function", []string{"function.go", "function_amd64.go", "function_avx2_amd64.s", "function_avx512_amd64.s", "function_arm64.go", "function_neon_arm64.s", "function_other.go"}, []string{"cpu"}},
	{"layout", []string{"layout.go"}, nil},
	{"linear", []string{"linear.go"}, []string{"product"}},
	{"matrix", []string{"matrix.go", "matrix_amd64.go", "matrix_amx_amd64.s", "matrix_cost.go", "matrix_held.go", "matrix_other.go", "split.go"}, []string{"function", "layout"}},
	{"planar", []string{"planar.go"}, []string{"pointwise", "strip"}},
	{"planarDepthwise", []string{"planar_depthwise.go"}, []string{"planar", "rolling"}},
	{"pointwise", []string{"pointwise.go", "pointwise_matrix.go"}, []string{"matrix", "product", "vector"}},
	{"pool", []string{"pool.go"}, []string{"vector", "window"}},
	{"product", []string{"product.go", "product_amd64.go", "product_avx2_amd64.s", "product_avx512_amd64.s", "product_arm64.go", "product_neon_arm64.s", "product_other.go"}, []string{"function", "layout"}},
	{"rolling", []string{"rolling.go"}, []string{"slide", "strip"}},
	{"slide", []string{"slide.go", "slide_amd64.go", "slide_avx2_amd64.s", "slide_avx512_amd64.s", "slide_arm64.go", "slide_neon_arm64.s", "slide_other.go"}, []string{"function", "layout"}},
	{"strip", []string{"strip.go"}, []string{"layout", "window"}},
	{"tile", []string{"tile.go", "tile_amd64.go", "tile_avx2_amd64.s", "tile_avx512_amd64.s", "tile_arm64.go", "tile_neon_arm64.s", "tile_other.go"}, []string{"cpu", "layout"}},
	{"vector", []string{"vector.go", "vector_amd64.go", "vector_avx2_amd64.s", "vector_avx512_amd64.s", "vector_arm64.go", "vector_neon_arm64.s", "vector_other.go"}, []string{"cpu", "layout"}},
	{"window", []string{"window.go"}, nil},
	{"winograd", []string{"winograd.go"}, []string{"conv", "product", "strip", "tile", "vector"}},
}

// Source is one file of kernels, to stand in a package of another name.
type Source struct {
	Name string // "conv.go", "product_amd64.s"; the ending must stay, since it says for which GOARCH the file is
	Text []byte
}

// Sources returns the files of the named parts and of all that they need, in order of name: Go files with the given lines,
// which are a comment, before a package clause of the given name, assembly files with the lines alone. The parts: block
// (block, unblock), channels (addChannels, multiplyChannels, affine), conv, copy (copyChannels), depthwise, elementwise
// (activate, add, multiply), expand (expandDepthwise), linear, planar (convPlanar), planarDepthwise, pointwise, pool (maxPool, averagePool,
// globalAverage), winograd.
func Sources(names []string, packageName, header string) ([]Source, error) {
	wanted := map[string]bool{}
	for _, name := range names {
		if err := want(wanted, name); err != nil {
			return nil, err
		}
	}
	var found []Source
	for _, f := range files {
		if !wanted[f.name] {
			continue
		}
		for _, name := range f.files {
			text, err := sources.ReadFile(name)
			if err != nil {
				return nil, err
			}
			copied, err := rename(text, name, packageName, header)
			if err != nil {
				return nil, err
			}
			found = append(found, Source{name, copied})
		}
	}
	return found, nil
}

// rename puts the header in front of a file and, if it is a Go file, gives it another package.
func rename(text []byte, name, packageName, header string) ([]byte, error) {
	if bytes.HasSuffix([]byte(name), []byte(".s")) {
		return slices.Concat([]byte(header+"\n\n"), text), nil
	}
	clause := []byte("package kernel\n")
	before, after, found := bytes.Cut(text, clause)
	if !found || (len(before) > 0 && !bytes.HasPrefix(before, []byte("//go:build "))) {
		return nil, fmt.Errorf("kernel file %s does not begin with its package clause or a build constraint before it", name)
	}
	return slices.Concat([]byte(header+"\n\n"), before, []byte("package "+packageName+"\n"), after), nil
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
