// Command asm writes the assembly of package kernel. Run it by
//
//	go generate ./codegen/kernel
//
// Every file holds one routine, or one group of them, for one instruction set. Package tiling writes what is the same
// for all sets, over the vocabulary of package isa: product (dense kernels), slide (depthwise ones and small
// groups), tile (transforms for Winograd's algorithm), pixels (layer norm and softmax), transpose, vector (the rest)
// and function (activation functions of accumulators). Package amd64 supplies AVX2 and AVX-512 and writes what only
// x86-64 has: products on AMX and the questions to the processor; arm64 supplies NEON, and its arithmetic of float16.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"

	"github.com/netc-lang/netc/codegen/asm/amd64"
	"github.com/netc-lang/netc/codegen/asm/arm64"
	"github.com/netc-lang/netc/codegen/asm/isa"
	"github.com/netc-lang/netc/codegen/asm/routine"
	"github.com/netc-lang/netc/codegen/asm/tiling"
)

// files lists the files and what writes them.
var files = []struct {
	name  string
	write func() ([]byte, error)
}{
	{"cpu_amd64.s", printed(amd64.CPU)},
	{"matrix_amx_amd64.s", printed(amd64.AMX)},
	{"function_avx2_amd64.s", on(amd64.AVX2, tiling.Function)},
	{"function_avx512_amd64.s", on(amd64.AVX512, tiling.Function)},
	{"function_neon_arm64.s", onNEON(tiling.Function)},
	{"pixels_avx2_amd64.s", on(amd64.AVX2, tiling.Pixels)},
	{"pixels_avx512_amd64.s", on(amd64.AVX512, tiling.Pixels)},
	{"pixels_neon_arm64.s", onNEON(tiling.Pixels)},
	{"function_half_arm64.s", onHalf(tiling.Function)},
	{"product_half_arm64.s", onHalf(tiling.Product)},
	{"slide_half_arm64.s", onHalf(tiling.Slide)},
	{"vector_half_arm64.s", onHalf(tiling.HalfVector)},
	{"product_avx2_amd64.s", on(amd64.AVX2, tiling.Product)},
	{"product_avx512_amd64.s", on(amd64.AVX512, tiling.Product)},
	{"product_neon_arm64.s", onNEON(tiling.Product)},
	{"slide_avx2_amd64.s", on(amd64.AVX2, tiling.Slide)},
	{"slide_avx512_amd64.s", on(amd64.AVX512, tiling.Slide)},
	{"slide_neon_arm64.s", onNEON(tiling.Slide)},
	{"tile_avx2_amd64.s", on(amd64.AVX2, tiling.Tile)},
	{"tile_avx512_amd64.s", on(amd64.AVX512, tiling.Tile)},
	{"tile_neon_arm64.s", onNEON(tiling.Tile)},
	{"transpose_avx2_amd64.s", on(amd64.AVX2, tiling.Transpose)},
	{"transpose_avx512_amd64.s", on(amd64.AVX512, tiling.Transpose)},
	{"transpose_neon_arm64.s", onNEON(tiling.Transpose)},
	{"vector_avx2_amd64.s", on(amd64.AVX2, tiling.Vector)},
	{"vector_avx512_amd64.s", on(amd64.AVX512, tiling.Vector)},
	{"vector_neon_arm64.s", onNEON(tiling.Vector)},
	{routine.Products.File("amd64"), all(routine.Products, "amd64")},
	{routine.Products.File("arm64"), all(routine.Products, "arm64")},
	{routine.Slides.File("amd64"), all(routine.Slides, "amd64")},
	{routine.Slides.File("arm64"), all(routine.Slides, "arm64")},
	{routine.Activates.File("amd64"), all(routine.Activates, "amd64")},
	{routine.Activates.File("arm64"), all(routine.Activates, "arm64")},
}

// on returns what writes a routine for an instruction set of amd64.
func on(set func(*build.Context) isa.Machine, routine func(isa.Machine)) func() ([]byte, error) {
	return printed(func(c *build.Context) { routine(set(c)) })
}

// onNEON and onHalf return what writes a routine for arm64, with arithmetic of float32 and of float16.
func onNEON(routine func(isa.Machine)) func() ([]byte, error) { return onARM64(arm64.New, routine) }

func onHalf(routine func(isa.Machine)) func() ([]byte, error) { return onARM64(arm64.NewHalf, routine) }

func onARM64(set func() *arm64.NEON, routine func(isa.Machine)) func() ([]byte, error) {
	return func() ([]byte, error) {
		m := set()
		routine(m)
		return m.File(), nil
	}
}

// all writes the file by which package kernel finds the routines of a kind.
func all(kind routine.Kind, arch string) func() ([]byte, error) {
	return func() ([]byte, error) { return routine.Dispatch(kind, arch, func(string) bool { return true }), nil }
}

func main() {
	flags := flag.NewFlagSet("asm", flag.ExitOnError) // avo has taken the names of the default set
	folder := flags.String("out", ".", "folder of package kernel")
	flags.Parse(os.Args[1:])
	for _, f := range files {
		text, err := f.write()
		if err == nil {
			err = os.WriteFile(filepath.Join(*folder, f.name), text, 0o644)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "asm: %s: %v\n", f.name, err)
			os.Exit(1)
		}
	}
}

// printed has avo print what emit adds to its context.
func printed(emit func(*build.Context)) func() ([]byte, error) {
	return func() ([]byte, error) {
		c := build.NewContext()
		emit(c)
		file, err := c.Result()
		if err != nil {
			return nil, err
		}
		if err := pass.Compile.Execute(file); err != nil {
			return nil, err
		}
		text, err := printer.NewGoAsm(printer.Config{Name: "codegen/asm", Pkg: "kernel"}).Print(file)
		if err != nil {
			panic(err) // it is not written to a file
		}
		return append(bytes.TrimRight([]byte(amd64.Macros(string(text))), "\n"), '\n'), nil
	}
}
