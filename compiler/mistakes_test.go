package compiler

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/syntax"
)

// TestListed names one variant, up to five of them, or five and how many more.
func TestListed(t *testing.T) {
	for n, want := range map[int]string{1: "the variant v0", 2: "the variants v0, v1",
		5: "the variants v0, v1, v2, v3, v4", 6: "the variants v0, v1, v2, v3, v4 and 1 more",
		9: "the variants v0, v1, v2, v3, v4 and 4 more"} {
		var variants []*syntax.Variant
		for i := range n {
			variants = append(variants, &syntax.Variant{Name: syntax.Name{Text: fmt.Sprint("v", i)}})
		}
		if got := listed(variants); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

// TestTooMuch: steps and operations of all variants count together, each up to its limit.
func TestTooMuch(t *testing.T) {
	v := &syntax.Variant{}
	for _, tt := range []struct {
		what string
		work []build.Work
		want string
	}{
		{"the limits", []build.Work{{Steps: 2_000_000, Operations: 249_999}, {Steps: 3_000_000, Operations: 1}}, ""},
		{"a step more", []build.Work{{Steps: 2_000_000}, {Steps: 3_000_001}},
			"up to this variant, the file's take more than 5000000 steps to build, the limit"},
		{"an operation more", []build.Work{{Operations: 1}, {Operations: 250_000}},
			"up to this variant, the file's have more than 250000 operations, the limit"},
	} {
		var m mistakes
		for i, w := range tt.work {
			if got := m.tooMuch(v, w); got != (i == len(tt.work)-1 && tt.want != "") {
				t.Errorf("%s, variant %d: got %v", tt.what, i, got)
			}
		}
		got := ""
		for _, d := range m.list {
			got += d.Message
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.what, got, tt.want)
		}
	}
}

// TestEnough: after 50 mistakes no more are looked for, and none after one variant that takes too long.
func TestEnough(t *testing.T) {
	for n, want := range map[int]bool{0: false, 49: false, 50: true, 51: true} {
		if m := (mistakes{list: make(diag.List, n)}); m.enough() != want {
			t.Errorf("%d mistakes are enough: %v", n, !want)
		}
	}
	if m := (mistakes{list: diag.List{{Code: diag.TooManySteps}}}); !m.enough() {
		t.Error("others are built after a variant that takes too long")
	}
}

// TestParallel does each thing once, and passes on what panics.
func TestParallel(t *testing.T) {
	for _, n := range []int{0, 1, 2, 100} {
		done := make([]atomic.Int32, n)
		parallel(n, func(i int) { done[i].Add(1) })
		for i := range done {
			if done[i].Load() != 1 {
				t.Errorf("number %d of %d was done %d times", i, n, done[i].Load())
			}
		}
	}
	defer func() {
		if got := recover(); got != "broken" {
			t.Errorf("got %v, want the panic of one", got)
		}
	}()
	parallel(10, func(i int) {
		if i == 3 {
			panic("broken")
		}
	})
}
