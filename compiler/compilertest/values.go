package compilertest

import (
	"errors"
	"runtime"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// ErrValues is what values that cannot be read fail with.
var ErrValues = errors.New("the checkpoint cannot be read")

// EveryParam calls a reader of a graph's parameters with values that fail for the first of them, the second, and so
// on to the last: when they are asked for, or when they are read. Each failure must come out as the reader's error.
// No goroutine may be left behind.
func EveryParam(t testing.TB, g *ir.Graph, good params.Values, use func(params.Values) error) {
	t.Helper()
	if err := use(good); err != nil {
		t.Fatal(err)
	}
	before := runtime.NumGoroutine()
	for _, failing := range g.Params() {
		for _, late := range []bool{false, true} {
			err := use(func(p *ir.Param) (params.Reader, error) {
				switch {
				case p.Name != failing.Name:
					return good(p)
				case late:
					return func([]float32) error { return ErrValues }, nil
				}
				return nil, ErrValues
			})
			if !errors.Is(err, ErrValues) {
				t.Fatalf("%s fails (when it is read: %t), and the error is %v", failing.Name, late, err)
			}
		}
	}
	noneLeft(t, before)
}
