package build

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/syntax"
)

// Override replaces what a variant's settings, a scaling's parameters and dimensions or a network's parameters would
// be. Its values are of type int, float64, bool, string, []int for a list, or syntax.Expr, which is evaluated as in a
// variant; there, a word that is no layer is a string.
//
// A syntax.Free leaves the setting free to be searched; what it has is the file's, where a point does not choose.
//
// Where it sets a parameter of the scaling, such as phi, the scaling's own formulas give the dimensions that follow
// from it: the figures that the variant sets in their place are dropped.
type Override map[string]any

// Name is the name of a variant that is overridden: "B0-phi1.7".
func (o Override) Name(variant string) string {
	for _, key := range slices.Sorted(maps.Keys(o)) {
		if _, free := o[key].(*syntax.Free); !free { // a place that is free has no value of its own
			variant += "-" + key + textOf(o[key])
		}
	}
	return variant
}

// textOf is how a variant's name has a value.
func textOf(v any) string {
	switch v := v.(type) {
	case []int:
		if len(v) == 2 {
			return describeSides(v[0], v[1])
		}
	case syntax.Expr:
		words := strings.FieldsFunc(v.Place().Text(), func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-+", r)
		})
		return strings.Join(words, "-") // [1, 2] is 1-2: names of variants are names of files, too
	}
	return fmt.Sprint(v)
}

// valueOf is what an override gives.
func (b *builder) valueOf(v any) value {
	switch v := v.(type) {
	case []int:
		list := make([]value, len(v))
		for i, n := range v {
			list[i] = n
		}
		return list
	case *syntax.Ref:
		if b.program.Blocks[v.Name.Text] == nil {
			return v.Name.Text
		}
		return &layer{block: b.program.Blocks[v.Name.Text]}
	case syntax.Expr:
		return b.try(func() value { return b.expr(v, &scope{names: map[string]value{}}) })
	}
	return v
}

// override applies an override to what a family and a variant give.
func (b *builder) override(given map[string]setting, o Override, family *syntax.Family, network *syntax.Network) {
	scaling := b.scalingOf(family)
	known := declared(scaling, network)
	for _, key := range slices.Sorted(maps.Keys(o)) {
		at, ok := known[key]
		if !ok {
			b.attempt(func() {
				b.fail(diag.UnknownSetting, family.Name.Span, b.unknownHelp(key, known, family),
					"neither the scaling nor the network of the family %s has a setting %s", family.Name.Text, key)
			})
			continue
		}
		place := syntax.Expr(&syntax.Ref{Name: at})
		if e, ok := o[key].(syntax.Expr); ok {
			place = e
		}
		given[key] = setting{b.valueOf(o[key]), place}
	}
	if scaling == nil || !slices.ContainsFunc(scaling.Params,
		func(p *syntax.Param) bool { return o[p.Name.Text] != nil }) {
		return
	}
	for _, st := range scaling.Body {
		if a, ok := st.(*syntax.Assign); ok && o[a.Name.Text] == nil {
			delete(given, a.Name.Text)
		}
	}
}

// unknownHelp is the help for a setting of the command line that neither scaling nor network has.
func (b *builder) unknownHelp(key string, known map[string]syntax.Name, family *syntax.Family) string {
	names := slices.Sorted(maps.Keys(known))
	switch help := diag.Suggest(key, names); {
	case help != "":
		return help
	case slices.Contains([]string{"phi", "width", "depth", "resolution"}, key) && family.By == nil:
		return fmt.Sprintf("the family does not scale: with import \"std/scaling\", family %s by Multipliers does",
			family.Name.Text)
	case len(names) == 0:
		return "they have none"
	}
	return "the settings are " + strings.Join(names, ", ")
}

// declared maps the names of a scaling's parameters and dimensions and of a network's parameters to their declarations.
func declared(scaling *syntax.Scaling, network *syntax.Network) map[string]syntax.Name {
	names := map[string]syntax.Name{}
	for _, p := range network.Params {
		names[p.Name.Text] = p.Name
	}
	if scaling == nil {
		return names
	}
	for _, p := range scaling.Params {
		names[p.Name.Text] = p.Name
	}
	for _, st := range scaling.Body {
		if a, ok := st.(*syntax.Assign); ok {
			names[a.Name.Text] = a.Name
		}
	}
	return names
}
