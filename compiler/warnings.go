package compiler

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
)

// Warnings lists what of the main file is probably not meant, by what of it is not used and by what its networks, as
// BuildAll makes them, show.
func (p *Program) Warnings(networks []*Network) diag.List {
	var warnings diag.List
	failed := len(networks) == 0 && len(p.resolved.Families) > 0
	for _, w := range p.resolved.Warnings {
		if failed && w.Code == diag.UnusedValue {
			continue // what would use it may be what has failed
		}
		warnings.Add(w)
	}
	strides := map[source.Span]build.StrideUse{}
	widths := map[source.Span]bool{}
	for _, n := range networks {
		for span, use := range n.Observed.Strides {
			strides[span] = max(use, strides[span])
		}
		for span, width := range n.Observed.Widths {
			if !widths[span] && !scaled(networks, span) && span.File == p.resolved.Main {
				widths[span] = true
				warnings.Add(oddWidth(span, width, n.Variant))
			}
		}
	}
	for _, d := range p.unused(networks) {
		if !slices.ContainsFunc(p.resolved.Warnings,
			func(w diag.Diagnostic) bool { return w.Code == d.Code && w.Span == d.Span }) {
			warnings.Add(d)
		}
	}
	warnings = append(warnings, p.idleSettings(networks)...)
	warnings = append(warnings, p.unplain(networks)...)
	warnings = append(warnings, p.idleLines(networks)...)
	warnings = append(warnings, p.channelsLast(networks)...)
	warnings = append(warnings, p.largeSpaces(networks)...)
	for span, use := range strides {
		if use != build.Applied && span.File == p.resolved.Main {
			warnings.Add(idleStride(span, use))
		}
	}
	warnings.Sort()
	return warnings
}

// unused warns of what reaches the output of no variant: of the outermost line of the main file that is all for
// nothing, or of the one operation where the rest of its line is used.
func (p *Program) unused(networks []*Network) diag.List {
	reached, told := map[source.Span]bool{}, map[source.Span]bool{}
	for _, n := range networks {
		maps.Copy(reached, n.Observed.Reached)
	}
	var warnings diag.List
	for _, n := range networks {
		for _, places := range n.Observed.Dead {
			i := slices.IndexFunc(places, func(s source.Span) bool { return s.File == p.resolved.Main && !reached[s] })
			if i < 0 || told[places[i]] {
				continue // written elsewhere, or used by other instances or variants
			}
			told[places[i]] = true
			warnings.Add(diag.Diagnostic{Code: diag.UnusedValue, Span: places[i],
				Message: "nothing uses " + firstLine(places[i].Text()) + ": it reaches no output",
				Help:    "use it, return it, or remove it"})
		}
	}
	return warnings
}

// idleSettings warns of what variants give and what changes nothing in any variant of the family that gives it. What
// nothing reads where it is declared is told of there.
func (p *Program) idleSettings(networks []*Network) diag.List {
	unread := map[source.Span]bool{}
	for _, w := range p.resolved.Warnings {
		unread[w.Span] = w.Code == diag.UnusedSetting
	}
	type key struct{ family, name string }
	effective := map[key]bool{}
	for _, n := range networks {
		for _, g := range n.Observed.Given {
			k := key{n.Family, g.Name}
			effective[k] = effective[k] || g.Effective || unread[g.Declared]
		}
	}
	var warnings diag.List
	for _, n := range networks {
		for _, g := range n.Observed.Given {
			if k := (key{n.Family, g.Name}); !effective[k] {
				effective[k] = true // told once
				warnings.Add(diag.Diagnostic{Code: diag.IdleSetting, Span: g.Place,
					Message: fmt.Sprintf("nothing in the network depends on %s", g.Name),
					Help:    "remove it, or let the network read it"})
			}
		}
	}
	return warnings
}

// unplain warns of figures that are others than their authors may think: of classes that are scaled and of padding that
// nobody gives.
func (p *Program) unplain(networks []*Network) diag.List {
	var warnings diag.List
	told := map[source.Span]bool{}
	add := func(d diag.Diagnostic) {
		if d.Span.File == p.resolved.Main && !told[d.Span] {
			told[d.Span] = true
			warnings.Add(d)
		}
	}
	for _, n := range networks {
		for span, s := range n.Observed.Scaled {
			add(diag.Diagnostic{Code: diag.ScaledSetting, Span: span,
				Message: fmt.Sprintf("in the variant %s the scaling makes %d of %s, %d", n.Variant, s.After,
					span.Text(), s.Before),
				Help: fmt.Sprintf("write \"fixed %s\", or declare it as channels where it is to scale",
					span.Text())})
		}
		for span, op := range n.Observed.Padding {
			add(unsaidPadding(span, op))
		}
	}
	return warnings
}

// scaled reports whether a width is told of as a setting that is scaled.
func scaled(networks []*Network, span source.Span) bool {
	return slices.ContainsFunc(networks, func(n *Network) bool {
		_, found := n.Observed.Scaled[span]
		return found
	})
}

// idleLines warns of parts of stages that no variant has. Where a stride says so already, once is enough.
func (p *Program) idleLines(networks []*Network) diag.List {
	built, strides := map[source.Span]bool{}, map[source.Span]bool{}
	for _, n := range networks {
		for span, b := range n.Observed.Parts {
			built[span] = built[span] || b
		}
		for span := range n.Observed.Strides {
			strides[span] = true
		}
	}
	var warnings diag.List
	for span, b := range built {
		told := b || span.File != p.resolved.Main
		for s := range strides {
			told = told || s.File == span.File && span.Start <= s.Start && s.End <= span.End
		}
		if !told {
			warnings.Add(diag.Diagnostic{Code: diag.IdleLine, Span: span, Message: "no variant has this stage",
				Help: "remove it"})
		}
	}
	return warnings
}

// channelsLast warns of an image [224, 224, 3].
func (p *Program) channelsLast(networks []*Network) diag.List {
	var warnings diag.List
	told := map[source.Span]bool{} // the variants have the same inputs
	for _, n := range networks {
		for _, in := range n.Graph.Inputs {
			s, place := in.Shape, in.Origin.Span
			if s.IsImage() && (s[2] == 1 || s[2] == 3) && s[0] == s[1] && s[0] > 3 && place.File == p.resolved.Main &&
				!told[place] {
				told[place] = true
				warnings.Add(diag.Diagnostic{Code: diag.ChannelsLast, Span: place,
					Message: fmt.Sprintf("this image has %d channels and is %d high and %d wide", s[0], s[1], s[2]),
					Help:    fmt.Sprintf("the channels come first: [%d, %d, %d]", s[2], s[0], s[1])})
			}
		}
	}
	return warnings
}

func unsaidPadding(span source.Span, op ir.Op) diag.Diagnostic {
	w, _ := ir.WindowOf(op)
	sides := fmt.Sprintf("%d on every side", w.Pad.Top)
	if w.Pad.Top != w.Pad.Left {
		sides = fmt.Sprintf("%d above and below, %d left and right", w.Pad.Top, w.Pad.Left)
	}
	return diag.Diagnostic{Code: diag.UnsaidPadding, Span: span,
		Message: fmt.Sprintf("with kernel %v and stride %v, the padding is %s where none is given", w.Kernel, w.Stride,
			sides),
		Help: "say which is meant: padding: \"valid\" for none, or padding: \"symmetric\""}
}

func firstLine(text string) string {
	first, _, more := strings.Cut(text, "\n")
	if more {
		first = strings.TrimSpace(first) + " …"
	}
	return first
}

func oddWidth(span source.Span, width int, variant string) diag.Diagnostic {
	return diag.Diagnostic{Code: diag.OddWidth, Span: span,
		Message: fmt.Sprintf("in the variant %s this width is %d, which is not a multiple of %d", variant, width,
			build.EvenWidth),
		Help: fmt.Sprintf("round in the scaling's rule for channels, or write \"fixed %d\" where this width is meant",
			width)}
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
