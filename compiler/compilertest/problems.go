package compilertest

import (
	"errors"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl/diag"
)

// Problems builds all variants of a file and returns its mistakes and warnings.
func Problems(t testing.TB, path string) diag.List {
	t.Helper()
	program, err := compiler.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	networks, err := program.BuildAll()
	var problems diag.List
	if err != nil && !errors.As(err, &problems) {
		t.Fatal(err)
	}
	return append(problems, program.Warnings(networks)...)
}
