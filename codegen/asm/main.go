// Command asm writes the assembly of package kernel. Run it by
//
//	go generate ./codegen/kernel
//
// Every file holds one routine, or one group of them, for one instruction set. Package tiling writes what is the same
// for all sets, over the vocabulary of package isa: product (dense kernels), slide (depthwise ones), tile (transforms
// for Winograd's algorithm), vector (the rest) and function (activation functions of accumulators). Package amd64
// supplies AVX2 and AVX-512 and writes what only x86-64 has: products on AMX and the questions to the processor.
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
	"github.com/netc-lang/netc/codegen/asm/isa"
	"github.com/netc-lang/netc/codegen/asm/tiling"
)

// routines lists the files and what writes them.
var routines = []struct {
	file string
	emit func(*build.Context)
}{
	{"cpu_amd64.s", amd64.CPU},
	{"matrix_amx_amd64.s", amd64.AMX},
	{"function_avx2_amd64.s", on(amd64.AVX2, tiling.Function)},
	{"function_avx512_amd64.s", on(amd64.AVX512, tiling.Function)},
	{"product_avx2_amd64.s", on(amd64.AVX2, tiling.Product)},
	{"product_avx512_amd64.s", on(amd64.AVX512, tiling.Product)},
	{"slide_avx2_amd64.s", on(amd64.AVX2, tiling.Slide)},
	{"slide_avx512_amd64.s", on(amd64.AVX512, tiling.Slide)},
	{"tile_avx2_amd64.s", on(amd64.AVX2, tiling.Tile)},
	{"tile_avx512_amd64.s", on(amd64.AVX512, tiling.Tile)},
	{"vector_avx2_amd64.s", on(amd64.AVX2, tiling.Vector)},
	{"vector_avx512_amd64.s", on(amd64.AVX512, tiling.Vector)},
}

// on makes of a routine and an instruction set what emits the one for the other.
func on(set func(*build.Context) isa.Machine, routine func(isa.Machine)) func(*build.Context) {
	return func(c *build.Context) { routine(set(c)) }
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
