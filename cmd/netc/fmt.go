package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/netc-lang/netc/cmd/netc/output"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/format"
	"github.com/netc-lang/netc/dsl/resolve"
	"github.com/netc-lang/netc/dsl/source"
)

// fmtFlags say what becomes of the formatted text; without any it is printed.
type fmtFlags struct{ write, list, diff *bool }

// errDiffers ends "fmt -d" when a file is not formatted: the differences have been printed.
var errDiffers = errors.New("some files are not formatted")

func runFmt(c *call) error {
	f := fmtFlags{
		write: c.flags.Bool("w", false, "write the result to the file, if it differs"),
		list:  c.flags.Bool("l", false, "list the files whose layout is another"),
		diff:  c.flags.Bool("d", false, "print the differences, and exit with 1 if there are any"),
	}
	paths, err := c.parse()
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		return f.formatInput(c)
	}
	return f.formatAll(c, paths)
}

// formatAll formats files and, below folders, every .net file. A file that cannot be formatted does not keep the others
// from it.
func (f fmtFlags) formatAll(c *call, paths []string) error {
	var problems diag.List
	differs := false
	one := func(path string) error {
		err := f.formatFile(c, path)
		var found diag.List
		switch {
		case errors.As(err, &found):
			problems = append(problems, found...)
		case err == errDiffers:
			differs = true
		default:
			return err
		}
		return nil
	}
	for _, path := range paths {
		files, err := netFiles(path)
		if err != nil {
			return err
		}
		for _, file := range files {
			if err := one(file); err != nil {
				return err
			}
		}
	}
	if err := problems.Err(); err != nil {
		return err
	}
	if differs {
		return errDiffers
	}
	return nil
}

// formatInput formats standard input.
func (f fmtFlags) formatInput(c *call) error {
	if *f.write {
		return usagef("standard input cannot be written back: -w takes files")
	}
	text, err := c.readInput()
	if err != nil {
		return err
	}
	return f.format(c, stdinName, text)
}

// formatFile formats one file, or standard input for "-".
func (f fmtFlags) formatFile(c *call, path string) error {
	if path == standardInput {
		return f.formatInput(c)
	}
	file, err := resolve.ReadFile(path)
	if err != nil {
		return err
	}
	return f.format(c, path, file.Text())
}

// format formats one text and does with the result what the flags say.
func (f fmtFlags) format(c *call, name, text string) error {
	formatted, err := format.Source(source.NewFile(name, text))
	if err != nil {
		return err
	}
	if !*f.write && !*f.list && !*f.diff {
		_, err := io.WriteString(c.stdout, formatted)
		return err
	}
	if formatted == text {
		return nil
	}
	if *f.list {
		fmt.Fprintln(c.stdout, name)
	}
	if *f.write {
		err := c.out.Write(output.File{Path: name, Write: func(w io.Writer) error {
			_, err := io.WriteString(w, formatted)
			return err
		}})
		if err != nil {
			return err
		}
	}
	if *f.diff {
		if _, err := c.stdout.Write(diff.Diff(name+".orig", []byte(text), name, []byte(formatted))); err != nil {
			return err
		}
		return errDiffers
	}
	return nil
}
