package main

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/netc-lang/netc/compiler"
)

// A change that is meant to keep every bit of the results is held to it like this:
//
//	go run ./cmd/bench -record >before.txt   # in a tree without the change
//	go run ./cmd/bench -record >after.txt    # in one with it
//	diff before.txt after.txt
//
// The hashes depend on the processor, so they are compared on one machine and not checked in.

// levels are the values of NETC_CPU under which logits are recorded. On a processor that lacks one, it means the best
// that there is.
var levels = []string{"portable", "avx2", "avx512", "amx", "amx-always"}

// record writes a line for each network and level with a hash of its logits, computed by the generated package, and a
// line with the hash of each file of assembly. Without networks, it takes the cheapest of each file under examples.
func record(w io.Writer, networks []string) error {
	if len(networks) == 0 {
		var err error
		if networks, err = cheapest(); err != nil {
			return err
		}
	}
	if err := bench(networks, nil); err != nil {
		return err
	}
	for _, level := range levels {
		program := exec.Command(filepath.Join(folder, "bench"), "-record")
		program.Env = append(os.Environ(), "NETC_CPU="+level)
		program.Stdout, program.Stderr = w, os.Stderr
		if err := program.Run(); err != nil {
			return fmt.Errorf("with NETC_CPU=%s: %w", level, err)
		}
	}
	return recordAssembly(w)
}

// cheapest returns of each file under examples the variant with the fewest multiply-accumulates.
func cheapest() ([]string, error) {
	files, err := filepath.Glob(filepath.Join("examples", "*", "*.net"))
	if err != nil {
		return nil, err
	}
	var arguments []string
	for _, file := range files {
		program, err := compiler.Load(file)
		if err != nil {
			return nil, err
		}
		family, err := program.BuildAll()
		if err != nil {
			return nil, err
		}
		if len(family) == 0 {
			continue
		}
		least := slices.MinFunc(family,
			func(a, b *compiler.Network) int { return cmp.Compare(a.Graph.MACs(), b.Graph.MACs()) })
		name, err := filepath.Rel("examples", file)
		if err != nil {
			return nil, err
		}
		arguments = append(arguments, name+":"+least.Variant)
	}
	return arguments, nil
}

func recordAssembly(w io.Writer) error {
	files, err := filepath.Glob(filepath.Join("codegen", "*", "*.s"))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%.16x  %s\n", sha256.Sum256(text), filepath.ToSlash(file))
	}
	return nil
}
