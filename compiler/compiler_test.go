package compiler

import (
	"os"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
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
