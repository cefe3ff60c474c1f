package compiler_test

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/std"
)

// TestEveryFunctionInTheLanguage holds that each activation function is a primitive with its settings and their
// defaults, and that it has a meaning of its own.
func TestEveryFunctionInTheLanguage(t *testing.T) {
	text, _ := std.Source("std/primitives")
	seen := map[string]ir.Function{}
	for _, info := range ir.Functions() {
		var settings []string
		for _, s := range info.Settings {
			settings = append(settings, s.Name+": float = "+languageNumber(s.Default))
		}
		want := fmt.Sprintf("primitive %s(%s)(x)\n", info.Function, strings.Join(settings, ", "))
		if !strings.Contains(text, want) {
			t.Errorf("the primitives have no %s", want)
		}
		if info.Meaning == "" {
			t.Errorf("%s has no meaning in the table", info.Function)
		}
		g, err := ir.Parse("graph \"f\"\nimage = Input(Shape: {1, 1, 4}) : [1, 1, 4]\nf = " +
			ir.OpString(info.Usual()) + " image : [1, 1, 4]\noutput f")
		if err != nil {
			t.Fatal(err)
		}
		out, err := eval.Run(g, nil, []float32{-1.5, -0.5, 0.75, 7})
		if err != nil {
			t.Fatal(err)
		}
		values := fmt.Sprint(out[0])
		if other, taken := seen[values]; taken {
			t.Errorf("%s is %s", info.Function, other)
		}
		seen[values] = info.Function
	}
}

// languageNumber writes a float as the primitives do.
func languageNumber(x float64) string {
	if x == 1.0/6 {
		return "1 / 6"
	}
	if text := fmt.Sprint(x); regexp.MustCompile(`^-?\d+$`).MatchString(text) && !math.IsInf(x, 0) {
		return text + ".0"
	}
	return fmt.Sprint(x)
}
