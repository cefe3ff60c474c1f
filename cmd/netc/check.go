package main

import (
	"errors"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl/diag"
)

func runCheck(c *call) error {
	defer uncollected()()
	files, err := c.parse()
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return usagef("it takes at least one file")
	}
	var all diag.List
	for _, file := range files {
		program, err := compiler.Load(file)
		if err == nil {
			_, err = program.BuildAll()
		}
		var problems diag.List
		if errors.As(err, &problems) {
			all = append(all, problems...)
		} else if err != nil {
			return err
		}
	}
	return all.Err()
}
