package search

import (
	"errors"
	"math"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/dsl/diag"
)

// Fit is the largest network of a variant that a budget allows when one setting changes.
type Fit struct {
	Setting string // phi, width, depth or resolution
	Value   float64
	Network *compiler.Network
	Cost    float64
}

// knob is a setting whose networks grow with it, and the values that are tried: from + i·step for i up to count.
type knob struct {
	setting    string
	from, step float64
	count      int
	whole      bool
	startsAt   func(n *compiler.Network) float64
	coarser    int // step of what is measured by the clock
}

func knobs() []knob {
	return []knob{
		{"phi", -8, 0.01, 2000, false, func(*compiler.Network) float64 { return 0 }, 5},
		{"cost", 0.05, 0.01, 6395, false, func(*compiler.Network) float64 { return 1 }, 5},
		{"depth", 0.05, 0.01, 1995, false, func(n *compiler.Network) float64 { return n.Depth }, 5},
		{"width", 0.05, 0.01, 1995, false, func(n *compiler.Network) float64 { return n.Width }, 5},
		{"resolution", 8, 1, 2040, true, func(n *compiler.Network) float64 { return float64(n.Resolution) }, 8},
	}
}

// FitBudget finds, for each setting by which a variant grows, the largest value whose network costs no more than the
// budget. Settings that the variant does not have, or that change nothing of the cost, are left out; those of which
// nothing fits have no network.
//
// Costs grow with the settings, but for what rounding does: beyond the first value that costs too much, the next ones
// are tried, too.
func FitBudget(p *compiler.Program, variant string, override build.Override, budget float64, cost Cost) ([]Fit, error) {
	base, err := p.Build(variant, override)
	if err != nil {
		return nil, err
	}
	var fits []Fit
	for _, k := range knobs() {
		if _, given := override[k.setting]; given {
			continue
		}
		if _, err := p.Build(variant, k.set(override, k.startsAt(base))); lacks(err) {
			continue
		}
		f := &fitting{program: p, variant: variant, override: override, knob: k, budget: budget, cost: cost}
		if !cost.Timed && f.unmoved(base) {
			continue
		}
		fit, err := f.largest(k.startsAt(base))
		if err != nil {
			return nil, err
		}
		fits = append(fits, fit)
	}
	return fits, nil
}

// lacks reports whether a network has no such setting, or nothing that depends on it.
func lacks(err error) bool {
	var list diag.List
	if !errors.As(err, &list) {
		return false
	}
	for _, d := range list {
		if d.Code == diag.UnknownSetting || d.Code == diag.NoEffect {
			return true
		}
	}
	return false
}

// set is an override that gives the setting a value, too.
func (k knob) set(override build.Override, x float64) build.Override {
	with := build.Override{k.setting: x}
	if k.whole {
		with[k.setting] = int(math.Round(x))
	}
	for name, v := range override {
		with[name] = v
	}
	return with
}

// fitting looks for the largest value of one setting.
type fitting struct {
	program  *compiler.Program
	variant  string
	override build.Override
	knob     knob
	budget   float64
	cost     Cost
	best     Fit
	at       int // the index of the best value
	err      error
}

// value is that of an index, without what binary fractions leave.
func (f *fitting) value(i int) float64 {
	const digits = 1e6
	return math.Round((f.knob.from+float64(i)*f.knob.step)*digits) / digits
}

// fits reports whether the network of an index costs no more than the budget. One that cannot be built does not.
func (f *fitting) fits(i int) bool {
	if i < 0 || i > f.knob.count || f.err != nil {
		return false
	}
	x := f.value(i)
	n, err := f.program.Build(f.variant, f.knob.set(f.override, x))
	if err != nil {
		return false
	}
	v, err := f.cost.Of(n)
	if err != nil {
		f.err = err
		return false
	}
	if v > f.budget {
		return false
	}
	if f.best.Network == nil || i > f.at {
		f.best, f.at = Fit{f.knob.setting, x, n, v}, i
	}
	return true
}

// unmoved reports whether the cost does not depend on the setting, as params do not on the resolution.
func (f *fitting) unmoved(base *compiler.Network) bool {
	const far = 100 // steps
	n, err := f.program.Build(f.variant, f.knob.set(f.override, f.knob.startsAt(base)+far*f.knob.step))
	if err != nil {
		return false
	}
	v, err1 := f.cost.Of(base)
	w, err2 := f.cost.Of(n)
	return err1 == nil && err2 == nil && v == w
}

// largest goes from where the variant is to where the budget ends.
func (f *fitting) largest(start float64) (Fit, error) {
	step := 1
	if f.cost.Timed {
		step = f.knob.coarser
	}
	low := int(math.Round((start - f.knob.from) / f.knob.step))
	reach := step
	if f.fits(low) {
		for f.fits(low + reach) {
			low, reach = low+reach, 2*reach
		}
	} else {
		for reach = step; low-reach >= 0 && !f.fits(low-reach); reach *= 2 {
		}
		low -= reach
		if low < 0 {
			if !f.fits(0) {
				return Fit{Setting: f.knob.setting}, f.err
			}
			low = 0
		}
	}
	f.between(low, low+reach, step)
	if !f.cost.Timed {
		const ahead = 40
		for i, end := f.at+1, f.at+ahead; i <= end; i++ {
			f.fits(i)
		}
	}
	return f.best, f.err
}

// between halves the range from a value that fits to one that does not.
func (f *fitting) between(low, high, step int) {
	for high-low > step {
		middle := (low + high) / 2
		if f.fits(middle) {
			low = middle
		} else {
			high = middle
		}
	}
}
