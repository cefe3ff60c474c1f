package build

import (
	"fmt"
	"maps"
	"slices"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/syntax"
)

// Override replaces what a variant's settings, a scaling's parameters and dimensions or a network's parameters would be. Its
// values are of type int, float64, bool or string.
//
// Where it sets a parameter of the scaling, such as phi, the scaling's own formulas give the dimensions that follow from it: the
// figures that the variant sets in their place are dropped.
type Override map[string]any

// Name is the name of a variant that is overridden: "B0-phi1.7".
func (o Override) Name(variant string) string {
	for _, key := range slices.Sorted(maps.Keys(o)) {
		variant += fmt.Sprintf("-%s%v", key, o[key])
	}
	return variant
}

// override applies an override to what a family and a variant give.
func (b *builder) override(given map[string]setting, o Override, family *syntax.Family, network *syntax.Network) {
	var scaling *syntax.Scaling
	if family.By != nil {
		scaling = b.program.Scalings[family.By.Name.Text]
	}
	known := declared(scaling, network)
	for _, key := range slices.Sorted(maps.Keys(o)) {
		at, ok := known[key]
		if !ok {
			names := slices.Sorted(maps.Keys(known))
			b.attempt(func() {
				b.fail(diag.UnknownSetting, family.Name.Span, diag.Suggest(key, names), "neither the scaling nor the network of the family %s has a setting %s", family.Name.Text, key)
			})
			continue
		}
		given[key] = setting{o[key], &syntax.Ref{Name: at}}
	}
	if scaling == nil || !slices.ContainsFunc(scaling.Params, func(p *syntax.Param) bool { return o[p.Name.Text] != nil }) {
		return
	}
	for _, st := range scaling.Body {
		if a, ok := st.(*syntax.Assign); ok && o[a.Name.Text] == nil {
			delete(given, a.Name.Text)
		}
	}
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
