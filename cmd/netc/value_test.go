package main

import (
	"fmt"
	"testing"

	"github.com/netc-lang/netc/dsl/syntax"
)

// TestParseValue: what --set gives is a value as variants write it, a word that is no layer is a text, and height and
// width belong to a resolution alone.
func TestParseValue(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"resolution", "224", "int 224"}, {"resolution", "184x720", "[]int [184 720]"},
		{"resolution", "0", "*syntax.Int 0"},
		{"resolution", "x8", "*syntax.Ref x8"}, {"resolution", "8x", "string 8x"},
		{"resolution", "-8x8", "string -8x8"},
		{"kernel", "8", "*syntax.Int 8"}, {"kernel", "3x5", "string 3x5"}, {"act", "SiLU", "*syntax.Ref SiLU"},
		{"bias", "true", "*syntax.Bool true"}, {"sizes", "[1, 2]", "*syntax.List [1, 2]"},
		{"width", "1e-3", "*syntax.Float 1e-3"},
		{"norm", "BatchNorm(epsilon: 1e-3)", "*syntax.Call BatchNorm(epsilon: 1e-3)"}, {"mode", "a-b", "string a-b"},
		{"padding", `"same"`, `*syntax.String "same"`}, {"mode", "a b", "string a b"},
	} {
		v, err := parseValue(tt.name, tt.text)
		if e, ok := v.(syntax.Expr); ok {
			v = fmt.Sprintf("%T %s", e, e.Place().Text())
		} else {
			v = fmt.Sprintf("%T %v", v, v)
		}
		if err != nil || v != tt.want {
			t.Errorf("%s=%s: %v, %v, want %s", tt.name, tt.text, v, err, tt.want)
		}
	}
	for _, text := range []string{"[1, 2", "Batch(", `"same`, "[1"} {
		if v, err := parseValue("x", text); err == nil {
			t.Errorf("%s: %v", text, v)
		}
	}
}
