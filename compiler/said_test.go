package compiler_test

import (
	"testing"

	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/dsl/diag/diagtest"
)

// TestSaid holds mistakes and warnings of whole programs to what the test of compiler/build has written of its files.
func TestSaid(t *testing.T) { diagtest.Said(t, "build/testdata", false, compilertest.Problems) }
