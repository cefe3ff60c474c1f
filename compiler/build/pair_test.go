package build_test

import (
	"fmt"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
)

// windowsOf lists the windows of a network: kernel, stride, dilation and padding.
func windowsOf(n *compiler.Network) (all []string) {
	for _, node := range n.Graph.Nodes {
		if w, ok := ir.WindowOf(node.Op); ok {
			all = append(all, fmt.Sprintf("%v %v %v %v", w.Kernel, w.Stride, w.Dilation, w.Pad))
		}
	}
	return all
}

// TestPairs holds figures of height and width, and padding in numbers, to the windows that they are.
func TestPairs(t *testing.T) {
	const declarations = `
block Wide(out: channels, kernel: pair = [1, 3], stride: stride = 1)(x) {
    conv Conv(out, kernel, stride)
    return conv + x if stride == 1 and x.channels == out else conv
}
`
	for line, want := range map[string][]string{
		"a Conv(8, kernel: [1, 7])":                                {"1×7 1 1 {0 3 0 3}"},
		"a Conv(8, kernel: [3, 3])":                                {"3 1 1 {1 1 1 1}"},
		"a Conv(8, kernel: [5, 3], dilation: [1, 2])":              {"5×3 1 1×2 {2 2 2 2}"},
		`a Conv(8, kernel: [1, 3], stride: 2, padding: "same")`:    {"1×3 2 1 {0 0 0 1}"},
		`a Conv(8, kernel: [1, 3], padding: "valid")`:              {"1×3 1 1 {0 0 0 0}"},
		"a Conv(8, kernel: 3, padding: 0)":                         {"3 1 1 {0 0 0 0}"},
		"a Conv(8, kernel: 3, padding: [0, 2])":                    {"3 1 1 {0 2 0 2}"},
		"a Conv(8, kernel: 3, padding: [0, 1, 2, 3])":              {"3 1 1 {0 1 2 3}"},
		"a DepthwiseConv(3, stride: [2, 1])":                       {"3 2×1 1 {1 1 1 1}"},
		"a MaxPool([3, 2], stride: [2, 1], padding: [1, 0])":       {"3×2 2×1 1 {1 0 1 0}"},
		"a AvgPool([1, 8])":                                        {"1×8 1 1 {0 3 0 3}"},
		"a Wide(8, stride: [2, 1]) x 2":                            {"1×3 2×1 1 {0 1 0 1}", "1×3 1 1 {0 1 0 1}"},
		"a Wide(3, stride: [1, 1])":                                {"1×3 1 1 {0 1 0 1}"},
		"use Conv(kernel: [1, 7], padding: [0, 3])\n    a Conv(4)": {"1×7 1 1 {0 3 0 3}"},
	} {
		n, err := built("    "+line+"\n", declarations)
		if err != nil {
			t.Errorf("%s: %v", line, err)
		} else if got := windowsOf(n); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
	for line, want := range map[string]diag.Code{
		"a Conv(8, kernel: [1, 2, 3])":          diag.WrongType,
		"a Conv(8, kernel: [1.5, 2])":           diag.WrongType,
		`a Conv(8, kernel: "1x7")`:              diag.WrongType,
		"a Conv(8, stride: [])":                 diag.WrongType,
		"a Conv(8, padding: [1, 2, 3])":         diag.WrongType,
		"a Conv(8, padding: true)":              diag.WrongType,
		"a Conv([8, 8])":                        diag.WrongType,
		"a Conv(8, kernel: [0, 3])":             diag.WrongFigure,
		"a Conv(8, stride: [2, 0])":             diag.WrongFigure,
		"a Conv(8, padding: -1)":                diag.WrongFigure,
		"a MaxPool([1, 3], padding: 1)":         diag.WrongFigure,
		"a Conv(8, kernel: [1, 9], padding: 0)": diag.NothingLeft,
	} {
		if _, err := built("    "+line+"\n", ""); codeOf(err) != want {
			t.Errorf("%s: got %v, want %s", line, err, want)
		}
	}
}
