package ir

import (
	"math"
	"strings"
	"testing"
)

// TestSettingsOfFunctions holds that an activation has the settings of its function and no others, and that they are
// printed and read.
func TestSettingsOfFunctions(t *testing.T) {
	all := Activation{Slope: 0.5, Offset: 0.25, Alpha: 2, Min: -3, Max: 3}
	for _, info := range Functions() {
		a := info.Usual()
		if err := a.check(); err != nil {
			t.Errorf("%s: %v", info.Function, err)
		}
		other := Activation{Function: info.Function}
		for _, s := range info.Settings {
			*s.Of(&other) = *s.Of(&all)
		}
		text := OpString(other)
		again, err := parseChain(text)
		if err != nil || again != Op(other) {
			t.Errorf("%s is read as %v: %v", text, again, err)
		}
		if other.IsUsual() != (len(info.Settings) == 0) || len(other.Values()) != len(info.Settings) {
			t.Errorf("%s has the values %v", text, other.Values())
		}
		for _, s := range all.settings() {
			one := a
			*s.Of(&one) = 0.125
			has := false
			for _, own := range info.Settings {
				has = has || own.Name == s.Name
			}
			if err := one.check(); (err == nil) != has {
				t.Errorf("%s with %s: %v", info.Function, s.Name, err)
			}
			for _, wrong := range []float64{math.NaN(), math.Inf(1), 1e39} {
				if *s.Of(&one) = wrong; one.check() == nil {
					t.Errorf("%s takes %g for %s", info.Function, wrong, s.Name)
				}
			}
		}
	}
	for _, tt := range []struct {
		op   Activation
		want string
	}{
		{Activation{}, "no function"},
		{Activation{Function: "Softsign"}, "no function"},
		{Activation{Function: HardSigmoid, Offset: 0.5}, "slope is 0, but must be above 0"},
		{Activation{Function: HardTanh, Min: 2, Max: 1}, "min is 2, above max"},
		{Activation{Function: ReLU, Slope: 0.1}, "does not take"},
	} {
		if err := tt.op.check(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: got %v, want %q", tt.op, err, tt.want)
		}
	}
}

// settings lists all that some function has.
func (op Activation) settings() []Setting {
	return []Setting{slope(0, false), offset, alpha, low, high}
}
