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
	"strings"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"

	"github.com/netc-lang/netc/codegen/asm/amd64"
	"github.com/netc-lang/netc/codegen/asm/arm64"
	"github.com/netc-lang/netc/codegen/asm/isa"
	"github.com/netc-lang/netc/codegen/asm/routine"
	"github.com/netc-lang/netc/codegen/asm/tiling"
)

// file is a file of package kernel, and what writes it.
type file struct {
	name  string
	write func() ([]byte, error)
}

// sets are the instruction sets for which package tiling writes, as they end names of files, and what has one of its
// routines written for each.
var sets = []struct {
	name string
	half bool // it computes with float16
	on   func(write func(isa.Machine)) func() ([]byte, error)
}{
	{"avx2_amd64", false, onAMD64(amd64.AVX2)},
	{"avx512_amd64", false, onAMD64(amd64.AVX512)},
	{"neon_arm64", false, onARM64(arm64.New)},
	{"half_arm64", true, onARM64(arm64.NewHalf)},
}

// routines are what package tiling writes, for sets of float32 and of float16.
var routines = []struct {
	name          string
	float32, half func(isa.Machine) // nil where kernels of that type need none
}{
	{"function", tiling.Function, tiling.Function},
	{"pixels", tiling.Pixels, nil},
	{"product", tiling.Product, tiling.Product},
	{"slide", tiling.Slide, tiling.Slide},
	{"tile", tiling.Tile, nil},
	{"transpose", tiling.Transpose, nil},
	{"vector", tiling.Vector, tiling.HalfVector},
}

// files lists the files: those of one set alone, each routine for each set, and in Go what finds the routines of which
// there is one for each tile or function.
func files() []file {
	all := []file{
		{"cpu_amd64.s", printed(amd64.CPU)},
		{"matrix_amx_amd64.s", printed(amd64.AMX)},
	}
	for _, r := range routines {
		for _, s := range sets {
			write := r.float32
			if s.half {
				write = r.half
			}
			if write != nil {
				all = append(all, file{r.name + "_" + s.name + ".s", s.on(write)})
			}
		}
	}
	for _, kind := range routine.Kinds() {
		for _, arch := range []string{"amd64", "arm64"} {
			all = append(all, file{kind.File(arch), dispatch(kind, arch)})
		}
	}
	return all
}

// onAMD64 and onARM64 return what has a routine written for an instruction set.
func onAMD64(set func(*build.Context) isa.Machine) func(func(isa.Machine)) func() ([]byte, error) {
	return func(write func(isa.Machine)) func() ([]byte, error) {
		return printed(func(c *build.Context) { write(set(c)) })
	}
}

func onARM64(set func() *arm64.NEON) func(func(isa.Machine)) func() ([]byte, error) {
	return func(write func(isa.Machine)) func() ([]byte, error) {
		return func() ([]byte, error) {
			m := set()
			write(m)
			return m.File(), nil
		}
	}
}

// dispatch writes the file by which package kernel finds the routines of a kind.
func dispatch(kind routine.Kind, arch string) func() ([]byte, error) {
	return func() ([]byte, error) { return routine.Dispatch(kind, arch, func(string) bool { return true }), nil }
}

func main() {
	flags := flag.NewFlagSet("asm", flag.ExitOnError) // avo has taken the names of the default set
	folder := flags.String("out", ".", "folder of package kernel")
	flags.Parse(os.Args[1:])
	for _, f := range files() {
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
		return append(bytes.TrimRight([]byte(amd64.Macros(wrapped(string(text)))), "\n"), '\n'), nil
	}
}

// wrapped breaks comments of one line, which is how avo writes a routine's declaration, at 120 columns.
func wrapped(text string) string {
	const most = 120
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		for begin := 0; strings.HasPrefix(line, "// ") && len(line)-begin > most; {
			comma := strings.LastIndex(line[begin:begin+most], ", ")
			if comma < 0 {
				break
			}
			at := begin + comma + 1
			line = line[:at] + "\n//    " + line[at+1:]
			begin = at + 1
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}
