package main

import (
	"errors"
	"slices"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl/diag"
)

const checkDetails = `
A folder stands for all .net files below it, and "-" for standard input, on which editors give texts that are not
saved.

Silent for files without mistakes. Mistakes go to standard error, with exit code 1. Warnings go there too, with exit
code 0 unless --strict makes them count; --quiet leaves them out. What a code such as N201 means, "netc explain N201"
says. With --json, everything goes to standard output as one array, which is empty when there is nothing to say; its
fields are described in docs/diagnostics.md.`

func runCheck(c *call) error {
	defer uncollected()()
	asJSON := c.flags.Bool("json", false, "print JSON for programs")
	strict := c.flags.Bool("strict", false, "exit with 1 when there are warnings")
	quiet := c.flags.Bool("quiet", false, "no warnings")
	files, err := c.parse()
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return usagef("it takes at least one file")
	}
	if *strict && *quiet {
		return usagef("--strict and --quiet exclude each other")
	}
	var all diag.List
	files, err = allFiles(files)
	if err != nil {
		return err
	}
	for _, file := range files {
		found, err := checkFile(c, file)
		if err != nil {
			return err
		}
		for _, d := range found {
			if d.Severity() == diag.Error || !*quiet {
				all.Add(d)
			}
		}
	}
	if *asJSON {
		err = all.WriteJSON(c.stdout)
	} else {
		err = all.Render(c.stderr, colored(c.stderr))
	}
	if err == nil && (all.HasErrors() || *strict && len(all) > 0) {
		return errReported
	}
	return err
}

// allFiles puts the files in folders in the place of those.
func allFiles(paths []string) ([]string, error) {
	var all []string
	for i, path := range paths {
		if path == standardInput && slices.Contains(paths[:i], path) {
			return nil, usagef("standard input can be read once")
		}
		files, err := netFiles(path)
		if err != nil {
			return nil, err
		}
		all = append(all, files...)
	}
	return all, nil
}

// checkFile returns everything that is to be said of a file, in the order of the text.
func checkFile(c *call, file string) (diag.List, error) {
	program, err := c.program(file)
	var networks []*compiler.Network
	if err == nil {
		networks, err = program.BuildAll()
	}
	var found diag.List
	if err != nil && !errors.As(err, &found) {
		return nil, err
	}
	if program != nil {
		found = append(found, program.Warnings(networks)...)
	}
	found.Sort()
	return found, nil
}
