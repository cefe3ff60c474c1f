// Command asm writes the assembly of package kernel, with avo. Run it by
//
//	go generate ./codegen/kernel
//
// Every file holds one routine for one instruction set: product (dense kernels), slide (depthwise ones), tile (transforms for Winograd's
// algorithm), vector (the rest), function (activation functions of accumulators, and of pixels in memory) and matrix (products on AMX). The routines for AVX-512 and AVX2 are made by
// the same code with other numbers of registers, except for the functions, which have instructions of their own. The instructions of AMX are written as bytes.
//
// # Conventions
//
// A routine takes a pointer to a Go struct of package kernel, whose offsets are those of offsets.go, and works on one kind
// of tile: so many output pixels and blocks of channels at once. Accumulators are registers 4 and upwards, so that one
// routine per instruction set can apply functions to any number of them in place. Registers 0 to 3 are temporary.
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
)

// routines lists the files and what writes them.
var routines = []struct {
	file string
	emit func(*build.Context)
}{
	{"cpu_amd64.s", cpu},
	{"function_avx2_amd64.s", func(c *build.Context) { functions256(c); functionOfPixels(c, avx2) }},
	{"function_avx512_amd64.s", func(c *build.Context) { functions512(c); functionOfPixels(c, avx512) }},
	{"matrix_amx_amd64.s", matrix},
	{"product_avx2_amd64.s", func(c *build.Context) { product(c, avx2) }},
	{"product_avx512_amd64.s", func(c *build.Context) { product(c, avx512) }},
	{"slide_avx2_amd64.s", func(c *build.Context) { slide(c, avx2) }},
	{"slide_avx512_amd64.s", func(c *build.Context) { slide(c, avx512) }},
	{"tile_avx2_amd64.s", func(c *build.Context) { tile(c, avx2) }},
	{"tile_avx512_amd64.s", func(c *build.Context) { tile(c, avx512) }},
	{"vector_avx2_amd64.s", func(c *build.Context) { vector(c, avx2) }},
	{"vector_avx512_amd64.s", func(c *build.Context) { vector(c, avx512) }},
}

func main() {
	flags := flag.NewFlagSet("asm", flag.ExitOnError) // avo has taken the names of the default set
	folder := flags.String("out", ".", "folder of package kernel")
	flags.Parse(os.Args[1:])
	for _, r := range routines {
		text, err := assemble(r.emit)
		if err == nil {
			err = os.WriteFile(filepath.Join(*folder, r.file), text, 0o644)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "asm: %s: %v\n", r.file, err)
			os.Exit(1)
		}
	}
}

// assemble returns the text of a routine.
func assemble(emit func(*build.Context)) ([]byte, error) {
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
	return append(bytes.TrimRight(text, "\n"), '\n'), err
}
