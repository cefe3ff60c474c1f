package compiler_test

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/source/sourcetest"
)

// What compiling one text may take. A text within the limits of SPEC.md needs far less of either.
const (
	mostMemory = 2 << 30 // bytes allocated, garbage included
	mostTime   = time.Minute
)

// FuzzCompile holds the way from a text to the graphs of all variants to ending without a panic, in bounded time and
// memory, with sound graphs or with problems that have a place, a code and a message.
func FuzzCompile(f *testing.F) {
	for _, text := range sourcetest.All(f) {
		f.Add(text.Text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		networks, err := compileText(text)
		if took := time.Since(start); took > mostTime {
			t.Errorf("it took %v", took)
		}
		if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > mostMemory {
			t.Errorf("it allocated %d MB", (after.TotalAlloc-before.TotalAlloc)>>20)
		}
		var problems diag.List
		if err != nil && !errors.As(err, &problems) {
			t.Fatalf("the error has no place: %v", err)
		}
		for _, p := range problems {
			if !p.Span.IsValid() || p.Code == "" || p.Message == "" {
				t.Errorf("bad diagnostic: %+v", p)
			}
		}
		if err != nil {
			return
		}
		for _, n := range networks {
			if err := ir.Verify(n.Graph); err != nil {
				t.Errorf("%s: %v", n.Variant, err)
			}
		}
	})
}

func compileText(text string) ([]*compiler.Network, error) {
	program, err := compiler.LoadFile(source.NewFile("fuzz.net", text))
	if err != nil {
		return nil, err
	}
	return program.BuildAll()
}
