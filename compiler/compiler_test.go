package compiler

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
)

// TestEfficientNetFigures holds B0 to B7 against the reference implementations' figures, which are exact.
func TestEfficientNetFigures(t *testing.T) {
	var rows []struct {
		Variant      string
		Width, Depth float64
		Resolution   int
		Params, MACs int64
	}
	readJSON(t, "../testdata/reference/efficientnet.json", &rows)
	program := loadExample(t, "efficientnet")
	for _, row := range rows {
		t.Run(row.Variant, func(t *testing.T) {
			n, err := program.Build(row.Variant, nil)
			if err != nil {
				err.(diag.List).Render(os.Stderr, false)
				t.Fatal(err)
			}
			if err := ir.Verify(n.Graph); err != nil {
				t.Error(err)
			}
			if n.Width != row.Width || n.Depth != row.Depth || n.Resolution != row.Resolution {
				t.Errorf("got width %g, depth %g, resolution %d", n.Width, n.Depth, n.Resolution)
			}
			if n.Graph.ParamCount() != row.Params || n.Graph.MACs() != row.MACs {
				t.Errorf("got %d params and %d MACs, want %d and %d", n.Graph.ParamCount(), n.Graph.MACs(), row.Params,
					row.MACs)
			}
		})
	}
}

// TestUnknownVariant: the message stands where the variants are, and lists them, or the nearest of many.
func TestUnknownVariant(t *testing.T) {
	const network = "network N {\n    input image[3, 8, 8]\n    a Conv(8)\n}\n"
	variants := func(n int) string {
		text := "\nfamily N {\n"
		for i := range n {
			text += fmt.Sprintf("    V%d:\n", i)
		}
		return text + "}\n"
	}
	for _, tt := range []struct{ text, variant, want, help string }{
		{network + variants(2), "W", `n.net:6:8: there is no variant "W"`, "the variants are V0, V1"},
		{network + variants(2), "V9", `n.net:6:8: there is no variant "V9"`, "the variants are V0, V1"},
		{network + variants(13), "V11x", `n.net:6:8: there is no variant "V11x"`, "V11"},
		{network + variants(13), "other", `n.net:6:8: there is no variant "other"`, "the variants are V0, V1, V2"},
		{network, "A", `n.net:1:1: the file declares no variants`, "a family names them: family N { A: }"},
		{network, "", "the file declares no variants", "family N"},
	} {
		program, err := LoadFile(source.NewFile("n.net", tt.text))
		if err != nil {
			t.Fatal(err)
		}
		_, err = program.Build(tt.variant, nil)
		var list diag.List
		if !errors.As(err, &list) || !strings.Contains(err.Error(), tt.want) ||
			!strings.Contains(list[0].Help, tt.help) {
			t.Errorf("%s: %v, %+v", tt.variant, err, list)
		}
	}
}

// TestBetween: of long lists those in the middle are like their neighbours, but for the ones beside the baseline.
func TestBetween(t *testing.T) {
	for _, tt := range []struct {
		values, baseline int
		want             string // a letter for each value: x is between
	}{
		{8, 3, "........"}, {9, 4, ".xx.x.xx."}, {10, 0, "..xxxxxxx."}, {9, 8, ".xxxxxx.."},
	} {
		got := ""
		for j := range tt.values {
			letter := "."
			if between(j, build.Dimension{Values: make([]build.Value, tt.values), Baseline: tt.baseline}) {
				letter = "x"
			}
			got += letter
		}
		if got != tt.want {
			t.Errorf("%d values around %d: %s, want %s", tt.values, tt.baseline, got, tt.want)
		}
	}
}
