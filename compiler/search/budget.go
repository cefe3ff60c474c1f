package search

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

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

// NoneGrowsError says that no setting can be changed to spend a budget.
type NoneGrowsError struct {
	Cost    string   // what the budget is of
	Unmoved []string // settings that change networks, but not their cost, as the resolution does not change params
	Given   []string // settings that are not to change
}

func (e *NoneGrowsError) Error() string {
	var why []string
	if len(e.Unmoved) > 0 {
		why = append(why, fmt.Sprintf("%s do not depend on %s", e.Cost, listed(e.Unmoved)))
	}
	if len(e.Given) > 0 {
		why = append(why, listed(e.Given)+are(e.Given)+" given")
	}
	if len(why) == 0 {
		return "the network does not grow by phi, depth, width or resolution"
	}
	return strings.Join(why, ", and ") + "; the network grows by nothing else"
}

func listed(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return words[0]
}

func are(words []string) string {
	if len(words) > 1 {
		return " are"
	}
	return " is"
}

// FitBudget finds, for each setting by which a variant grows, the largest value whose network costs no more than the
// budget. Settings that the variant does not have, or that change nothing of the cost, are left out; those of which
// nothing fits have no network. Where no setting is left, the error is a NoneGrowsError.
//
// Values whose networks do not build are passed by, however many stand side by side. Among the others, costs grow with
// the settings, but for what rounding does: beyond the first value that costs too much, the next ones are tried, too.
// Of costs that are measured by the clock, which are taken at coarser steps, the result is the largest that was found.
func FitBudget(p *compiler.Program, variant string, override build.Override, budget float64, cost Cost) ([]Fit, error) {
	base, err := p.Build(variant, override)
	if err != nil {
		return nil, err
	}
	var fits []Fit
	none := &NoneGrowsError{Cost: cost.Name}
	for _, k := range knobs() {
		if _, given := override[k.setting]; given {
			none.Given = append(none.Given, k.setting)
			continue
		}
		if _, err := p.Build(variant, k.set(override, k.startsAt(base))); lacks(err) {
			continue
		}
		f := &fitting{program: p, variant: variant, override: override, knob: k, budget: budget, cost: cost,
			seen: map[int]bool{}}
		if !cost.Timed && f.unmoved(base) {
			none.Unmoved = append(none.Unmoved, k.setting)
			continue
		}
		fit, err := f.largest(k.startsAt(base))
		if err != nil {
			return nil, err
		}
		fits = append(fits, fit)
	}
	if len(fits) == 0 {
		return nil, none
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
	seen     map[int]bool // by index, whether its network builds
	last     tried
	best     Fit
	at       int // the index of the best value
	err      error
}

// tried is the network of an index. It is nil where none builds; that may be for a limit of the compiler's.
type tried struct {
	index   int
	network *compiler.Network
	huge    bool
}

// value is that of an index, without what binary fractions leave.
func (f *fitting) value(i int) float64 {
	const digits = 1e6
	return math.Round((f.knob.from+float64(i)*f.knob.step)*digits) / digits
}

// index is that of the value which is nearest to x.
func (f *fitting) index(x float64) int {
	return min(max(int(math.Round((x-f.knob.from)/f.knob.step)), 0), f.knob.count)
}

// build builds the network of an index.
func (f *fitting) build(i int) tried {
	if f.last.network != nil && f.last.index == i {
		return f.last
	}
	n, err := f.program.Build(f.variant, f.knob.set(f.override, f.value(i)))
	if err != nil {
		n = nil
	}
	f.last = tried{i, n, beyondLimits(err)}
	return f.last
}

// beyondLimits reports whether a network does not build because it is too large.
func beyondLimits(err error) bool {
	var list diag.List
	return errors.As(err, &list) && slices.ContainsFunc(list, func(d diag.Diagnostic) bool {
		return d.Code == diag.TensorTooLarge || strings.HasPrefix(string(d.Code), "N5")
	})
}

// builds reports whether an index has a network, be it one beyond the limits. What does not build for another reason
// costs neither more nor less than the budget.
func (f *fitting) builds(i int) bool {
	known, ok := f.seen[i]
	if !ok {
		at := f.build(i)
		known = at.network != nil || at.huge
		f.seen[i] = known
	}
	return known
}

// near finds an index that builds between two others: the first one from an index on, or else the last one before it.
func (f *fitting) near(i, low, high int) (int, bool) {
	if high-low < 2 {
		return 0, false
	}
	i = min(max(i, low+1), high-1)
	for k := i; k < high; k++ {
		if f.builds(k) {
			return k, true
		}
	}
	for k := i - 1; k > low; k-- {
		if f.builds(k) {
			return k, true
		}
	}
	return 0, false
}

// measure is the cost of an index that builds. It is taken for the best when it fits and is larger than that.
func (f *fitting) measure(i int) float64 {
	n := f.build(i).network
	if n == nil {
		return math.Inf(1)
	}
	v, err := f.cost.Of(n)
	if err != nil {
		f.err = err
	} else if v <= f.budget && (f.best.Network == nil || i > f.at) {
		f.best, f.at = Fit{f.knob.setting, f.value(i), n, v}, i
	}
	return v
}

// unmoved reports whether the cost does not depend on the setting, as params do not on the resolution.
func (f *fitting) unmoved(base *compiler.Network) bool {
	const far = 100 // steps
	start := f.index(f.knob.startsAt(base))
	i, ok := f.near(start+far, start, f.knob.count+1)
	if !ok {
		return false
	}
	n := f.build(i).network
	if n == nil {
		return false
	}
	v, err1 := f.cost.Of(base)
	w, err2 := f.cost.Of(n)
	return err1 == nil && err2 == nil && v == w
}

// largest goes from where the variant is to where the budget ends. The values that build need not stand side by side: a
// detector's resolutions are multiples of its largest stride. What is compared with the budget is therefore the nearest
// value that builds.
func (f *fitting) largest(start float64) (Fit, error) {
	step := 1
	if f.cost.Timed {
		step = f.knob.coarser
	}
	low, high := -1, f.knob.count+1 // the largest that fits, the smallest that does not
	reach := step
	for next := f.index(start); f.err == nil; reach *= 2 {
		i, ok := f.near(next, low, high)
		if !ok {
			break
		}
		if f.measure(i) <= f.budget {
			low = i
		} else {
			high = i
		}
		switch {
		case high > f.knob.count:
			next = low + reach
		case low < 0:
			next = high - reach
		case high-low <= step:
			f.ahead(high)
			return f.own(start)
		default:
			next = (low + high) / 2
		}
	}
	f.ahead(high)
	return f.own(start)
}

// ahead looks beyond the first value that costs too much for others that fit, as rounding makes some of them, until
// enough of them, or one far beyond the budget, cost too much. What is measured by the clock is too dear for that.
func (f *fitting) ahead(high int) {
	const enough, far = 40, 1.5
	over := 0
	for i := high; i <= f.knob.count && over < enough && f.err == nil && !f.cost.Timed; i++ {
		if !f.builds(i) {
			continue
		}
		v := f.measure(i)
		if v > far*f.budget {
			return
		}
		if v > f.budget {
			over++
		}
	}
}

// own is the best, or the value that the variant itself has, which need not be one of those that are tried.
func (f *fitting) own(start float64) (Fit, error) {
	if f.err != nil || f.best.Network != nil && f.best.Value >= start {
		return f.best, f.err
	}
	best := Fit{Setting: f.knob.setting}
	if f.best.Network != nil {
		best = f.best
	}
	if f.value(f.index(start)) == start {
		return best, nil
	}
	n, err := f.program.Build(f.variant, f.knob.set(f.override, start))
	if err != nil {
		return best, nil
	}
	v, err := f.cost.Of(n)
	if err == nil && v <= f.budget {
		best = Fit{f.knob.setting, start, n, v}
	}
	return best, err
}
