package build

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/resolve"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// Which settings make a difference. What the command line gives and nothing reads is an error, for the network would be
// named after a setting that it does not have; what a variant gives and nothing reads is worth a warning.

// checks is what "require" counts as: it reads settings without making anything of them.
const checks = "require"

// reads notes which names of a network and its scaling are read, and what for. Of
//
//	width       = beta^phi             width reads beta and phi
//	channels(c) = round(c * width)     the network, "", reads width where it has channels that scale
//
// phi makes a difference where the network reads width.
type reads struct {
	reader string                     // the name whose value is being evaluated; "" for the network
	by     map[string]map[string]bool // of a reader: the names that it reads
}

// note takes note of a name that is read.
func (r *reads) note(name string) {
	if r.by[r.reader] == nil {
		r.by[r.reader] = map[string]bool{}
	}
	r.by[r.reader][name] = true
}

// forName evaluates what a name of a network or a scaling stands for.
func (r *reads) forName(name string, evaluate func() value) value {
	outer := r.reader
	defer func() { r.reader = outer }()
	r.reader = name
	return evaluate()
}

// effective returns the names that the network depends on.
func (r *reads) effective() map[string]bool {
	found := map[string]bool{}
	next := []string{""}
	for len(next) > 0 {
		name := next[len(next)-1]
		next = next[:len(next)-1]
		for read := range r.by[name] {
			if !found[read] {
				found[read] = true
				next = append(next, read)
			}
		}
	}
	return found
}

// Given is a setting that a family or a variant gives.
type Given struct {
	Name      string
	Place     source.Span
	Declared  source.Span
	Effective bool // in this variant
}

// checkEffect reports the settings of an override that change nothing, and notes those of the variant.
func (b *builder) checkEffect(f *syntax.Family, v *syntax.Variant, o Override, n *syntax.Network) {
	effective := b.reads.effective()
	known := declared(b.scalingOf(f), n)
	b.observed.Effective, b.observed.Settings = effective, map[string]bool{}
	for name := range known {
		b.observed.Settings[name] = true
	}
	var idle []string
	for _, key := range slices.Sorted(maps.Keys(o)) {
		if _, ok := known[key]; ok && !effective[key] {
			idle = append(idle, key)
		}
	}
	if len(idle) > 0 {
		b.attempt(func() { b.withoutEffect(idle, n) })
	}
	note := func(name string, place source.Span) {
		if at, ok := known[name]; ok && o[name] == nil {
			b.observed.Given = append(b.observed.Given, Given{name, place, at.Span, effective[name]})
		}
	}
	for _, s := range v.Settings {
		note(s.Name.Text, s.Name.Span)
	}
	arguments := func(call *syntax.Call, params []*syntax.Param) {
		matched, _ := resolve.Match(call.Args, params)
		for i, a := range matched {
			if a != nil {
				note(params[i].Name.Text, a.Span)
			}
		}
	}
	if f.Of != nil {
		arguments(f.Of, n.Params)
	}
	if sc := b.scalingOf(f); sc != nil {
		arguments(f.By, sc.Params)
	}
}

// withoutEffect fails with what keeps settings of the command line from changing anything.
func (b *builder) withoutEffect(names []string, n *syntax.Network) {
	place, help := n.Name.Span, "leave it out"
	if len(names) > 1 {
		help = "leave them out"
	}
	if names[0] == "resolution" {
		for _, st := range n.Body {
			if in, ok := st.(*syntax.Input); ok {
				place, help = in.Span, fmt.Sprintf("for images of other sizes, the network says input %s[…, "+
					"resolution, resolution]", in.Name.Text)
			}
		}
	}
	b.fail(diag.NoEffect, place, help, "nothing in the network %s depends on %s", n.Name.Text,
		strings.Join(names, " and "))
}

// factors are the dimensions of a scaling that networks are known by, and that no network has at 0.
var factors = []string{"width", "depth"}

// checkFactors refuses factors that are not above 0.
func (b *builder) checkFactors(sc *syntax.Scaling, s *scope, given map[string]setting) {
	known := declared(sc, &syntax.Network{})
	for _, name := range factors {
		at, ok := known[name]
		if x, isNumber := number(s.names[name]); ok && isNumber && x <= 0 {
			b.attempt(func() {
				place := at.Span
				if g, ok := given[name]; ok {
					place = g.place.Place()
				}
				b.fail(diag.WrongFigure, place, "1 leaves the baseline as it is", "%s is %s, but must be above 0", name,
					formatFloat(x))
			})
		}
	}
}

func (b *builder) scalingOf(f *syntax.Family) *syntax.Scaling {
	if f.By == nil {
		return nil
	}
	return b.program.Scalings[f.By.Name.Text]
}

// sides are the height and width of images whose resolution is given as a list: [184, 720].
func sides(v value) (height, width int, ok bool) {
	list, isList := v.([]value)
	if !isList || len(list) != 2 {
		return 0, 0, false
	}
	height, hok := list[0].(int)
	width, wok := list[1].(int)
	return height, width, hok && wok
}

// describeSides is how names and tables write a resolution.
func describeSides(height, width int) string {
	if height == width {
		return fmt.Sprint(height)
	}
	return fmt.Sprintf("%dx%d", height, width)
}
