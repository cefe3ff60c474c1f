package compiler

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
)

// Warnings lists what of the main file is probably not meant, by what of it is not used and by what its networks, as BuildAll
// makes them, show.
func (p *Program) Warnings(networks []*Network) diag.List {
	warnings := append(diag.List(nil), p.resolved.Warnings...)
	strides := map[source.Span]build.StrideUse{}
	widths := map[source.Span]bool{}
	for _, n := range networks {
		for span, use := range n.Observed.Strides {
			strides[span] = max(use, strides[span])
		}
		for span, width := range n.Observed.Widths {
			if !widths[span] && span.File == p.resolved.Main {
				widths[span] = true
				warnings.Add(oddWidth(span, width, n.Variant))
			}
		}
	}
	for span, use := range strides {
		if use != build.Applied && span.File == p.resolved.Main {
			warnings.Add(idleStride(span, use))
		}
	}
	warnings.Sort()
	return warnings
}

func oddWidth(span source.Span, width int, variant string) diag.Diagnostic {
	return diag.Diagnostic{Code: diag.OddWidth, Span: span,
		Message: fmt.Sprintf("in the variant %s this width is %d, which is not a multiple of %d", variant, width, build.EvenWidth),
		Help:    fmt.Sprintf("round in the scaling's rule for channels, or write \"fixed %d\" where this width is meant", width)}
}

func idleStride(span source.Span, use build.StrideUse) diag.Diagnostic {
	d := diag.Diagnostic{Code: diag.IdleStride, Span: span, Message: "this stride never applies", Help: "remove it"}
	switch use {
	case build.NeverBuilt:
		d.Label = "no variant has this stage"
	case build.NoEffect:
		d.Label = "the image does not get smaller in any variant"
	}
	return d
}
