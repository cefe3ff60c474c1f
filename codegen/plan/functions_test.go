package plan

import (
	"testing"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/compiler/ir"
)

// TestEveryFunctionHasAKernel holds the two tables of functions against each other.
func TestEveryFunctionHasAKernel(t *testing.T) {
	planned := map[kernel.Kind]bool{}
	for _, info := range ir.Functions() {
		f := functionOf(info.Usual()) // panics where there is none
		if got, want := f.String(), string(info.Function); got != want && len(info.Settings) == 0 {
			t.Errorf("%s is computed by %s", want, got)
		}
		planned[f.Kind] = true
	}
	for _, k := range kernel.Kinds() {
		if !planned[k] {
			t.Errorf("nothing is computed by %s", k)
		}
	}
}
