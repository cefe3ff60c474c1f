package compiler

import (
	"fmt"
	"testing"

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
