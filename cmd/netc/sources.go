package main

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// Where architectures come from: files, folders of them, and standard input.

// standardInput is what stands for standard input among files, and stdinName what messages call it.
const (
	standardInput = "-"
	stdinName     = "<standard input>"
)

// program loads the architecture in a file, or on standard input for "-". Its imports are then relative to the working
// folder. No output of the command overwrites what it reads.
func (c *call) program(file string) (program *compiler.Program, err error) {
	if file == standardInput {
		text, err := c.readInput()
		if err != nil {
			return nil, err
		}
		program, err = compiler.LoadFile(source.NewFile(stdinName, text))
		if err != nil {
			return nil, err
		}
	} else if program, err = compiler.Load(file); err != nil {
		return nil, err
	}
	c.out.Reads(program.Files()...)
	return program, nil
}

// readInput reads standard input, but no more of it than a source file may have and one byte, by which it is found to
// be too large.
func (c *call) readInput() (string, error) {
	text, err := io.ReadAll(io.LimitReader(c.stdin, syntax.MaxFileSize+1))
	return string(text), err
}

// netFiles lists a file, or the .net files below a folder.
func netFiles(path string) ([]string, error) {
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return []string{path}, nil // reading it tells what is wrong with it
	}
	var files []string
	err := filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && filepath.Ext(path) == ".net" {
			files = append(files, path)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		return nil, wrongf("there is no .net file in the folder %s", path)
	}
	return files, err
}

// chooseVariant holds a command line that names no variant to a file that has one only. missing is how it would be
// named.
func chooseVariant(file string, program *compiler.Program, missing string) error {
	names := program.Variants()
	if len(names) <= 1 {
		return nil // a file without variants is told of when one is built
	}
	const shown = 12
	list := strings.Join(names[:min(shown, len(names))], ", ")
	if len(names) > shown {
		list += ", …"
	}
	return usagef("%s is missing: %s has the variants %s", missing, file, list)
}
