package compiler_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
)

// TestUnsatisfied: of a constraint that the baseline breaks, it is said what else in the space holds it, and nothing is
// said of a mistake that is no constraint's.
func TestUnsatisfied(t *testing.T) {
	for _, tt := range []struct {
		values, layer string
		code          diag.Code
		help          string
	}{
		{"1 in [1, 2, 3]", "Conv(8)", diag.NotFulfilled,
			"2 of 3 points of the space of A satisfy it: make one of them the baseline, such as "},
		{"1 in [0, 1]", "Conv(8)", diag.NothingSatisfies,
			"nothing in the space of A satisfies it: all of its 2 points were tried"},
		{"1", "Conv(8)", diag.NotFulfilled, ""},
		{"2 in [1, 2, 3]", "Conv(8, kernel: 99, padding: 0)", "", ""},
		{"2 in [1, 2, 3]", "Conv(8)", "", ""},
	} {
		program, err := compiler.LoadFile(source.NewFile("n.net",
			"network N {\n    input image[3, 8, 8]\n    stem "+tt.layer+
				"\n}\n\nscaling S(a: float) {\n    require a >= 2\n    repeats(n) = n\n}\n\nfamily N by S {\n    A: a = "+
				tt.values+"\n}\n"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = program.Space("A", nil)
		var list diag.List
		switch errors.As(err, &list); {
		case tt.layer == "Conv(8)" && tt.code == "":
			if err != nil {
				t.Errorf("%s: %v", tt.values, err)
			}
		case len(list) != 1 || tt.code != "" && list[0].Code != tt.code || !strings.Contains(list[0].Help, tt.help) ||
			tt.help == "" && strings.Contains(list[0].Help, "the space of"):
			t.Errorf("%s, %s: got %v with %q, want %s with %q", tt.values, tt.layer, err, helpOf(list), tt.code,
				tt.help)
		}
	}
}

func helpOf(list diag.List) string {
	if len(list) == 0 {
		return ""
	}
	return list[0].Help
}
