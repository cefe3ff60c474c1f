package build

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/resolve"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// What is free: the places "VALUE in LIST" of a variant, and what they may be.

// Point says what a search has chosen for places that are free. The others have the baseline's values.
type Point map[*syntax.Free]value

// Dimension is a place that is free, with the values that it may have.
type Dimension struct {
	Name     string
	Free     *syntax.Free
	Values   []Value
	Baseline int  // which of the values the file has
	Idle     bool // nothing in the variant, as the file has it, depends on it
	Rule     bool // whether it is a setting of the scaling, which is evaluated without the network
}

// Value is one value of a dimension.
type Value struct {
	Text   string // as a .net file has it
	Number float64
	IsNum  bool // whether it is a number
	value  value
}

// Choose adds to a point that a dimension has the value of an index.
func (d *Dimension) Choose(p Point, index int) { p[d.Free] = d.Values[index].value }

// maxSet bounds the values that one place may have.
const maxSet = 10_000

// Space lists what is free in a variant, which has been built without a point. What stands in a line that the variant
// does not have, for its condition is false, is free, too: another choice may make it true.
func Space(p *resolve.Program, f *syntax.Family, v *syntax.Variant, o Override, built *Observed) ([]Dimension, error) {
	b := newBuilder(p, "", nil)
	var all []Dimension
	err := b.run(&Work{}, func() {
		all = b.dimensions(f, v, o)
	})
	for i := range all {
		d := &all[i]
		at, read := built.Free[d.Free]
		if !read {
			at = b.literal(d)
		}
		setting := built.Effective != nil && built.Settings[d.Name]
		if own, outside := built.Own[d.Free]; outside {
			at = d.insert(own)
		}
		d.Baseline, d.Idle = at, !read || setting && !built.Effective[d.Name]
	}
	return all, err
}

// insert adds the value that the file has to those that an override gives, and returns its index: among numbers that
// grow in its place, and otherwise first.
func (d *Dimension) insert(own value) int {
	v := Value{Text: textOfValue(own), value: own}
	v.Number, v.IsNum = number(own)
	at := 0
	grows := slices.IsSortedFunc(d.Values, func(a, b Value) int { return cmp.Compare(a.Number, b.Number) })
	if v.IsNum && grows && !slices.ContainsFunc(d.Values, func(w Value) bool { return !w.IsNum }) {
		at, _ = slices.BinarySearchFunc(d.Values, v.Number,
			func(w Value, x float64) int { return cmp.Compare(w.Number, x) })
	}
	d.Values = slices.Insert(d.Values, at, v)
	return at
}

// literal is the index of the baseline's value where that depends on no name, and otherwise 0.
func (b *builder) literal(d *Dimension) int {
	index := 0
	quiet := newBuilder(b.program, "", nil)
	_ = quiet.run(&Work{}, func() {
		quiet.attempt(func() {
			v := quiet.expr(d.Free.Value, &scope{names: map[string]value{}})
			index = max(0, slices.IndexFunc(d.Values, func(w Value) bool { return same(v, w.value) }))
		})
	})
	return index
}

func (b *builder) dimensions(f *syntax.Family, v *syntax.Variant, o Override) []Dimension {
	network, scaling := b.program.Networks[f.Network().Text], b.scalingOf(f)
	rules := declared(scaling, &syntax.Network{}) // whose names are none of the network's
	known := declared(scaling, network)
	var all []Dimension
	add := func(name string, e *syntax.Free) {
		_, rule := rules[name]
		b.attempt(func() {
			all = append(all, Dimension{Name: name, Free: e, Values: b.values(e), Rule: rule})
		})
	}
	for _, key := range slices.Sorted(maps.Keys(o)) {
		e, ok := o[key].(*syntax.Free)
		if !ok {
			continue
		}
		if _, ok := known[key]; !ok {
			b.attempt(func() {
				b.fail(diag.UnknownSetting, e.Span, b.unknownHelp(key, known, f),
					"neither the scaling nor the network of the family %s has a setting %s", f.Name.Text, key)
			})
			continue
		}
		add(key, e)
	}
	for _, c := range b.program.Choices(f, v) {
		if _, overridden := o[c.Name]; !overridden {
			add(c.Name, c.Free)
		}
	}
	return all
}

// Satisfies evaluates the scaling of a variant at a point, without the network, and returns what does not hold there.
func Satisfies(p *resolve.Program, f *syntax.Family, v *syntax.Variant, o Override, at Point, done *Work) error {
	b := newBuilder(p, "", at)
	return b.run(done, func() { b.scaled(f, v, b.chosen(o)) })
}

// chosen is an override without the settings that are free and that the point does not choose.
func (b *builder) chosen(o Override) Override {
	kept := maps.Clone(o)
	maps.DeleteFunc(kept, func(_ string, v any) bool {
		e, free := v.(*syntax.Free)
		_, chosen := b.point[e]
		return free && !chosen
	})
	return kept
}

// observeFree notes which value the file has of each setting that an override leaves free: its index in the list, or
// the value itself where the list does not have it.
func (b *builder) observeFree(o Override, s *scope) {
	for key, v := range o {
		e, free := v.(*syntax.Free)
		if !free {
			continue
		}
		b.attempt(func() {
			own := s.names[key]
			i := slices.IndexFunc(b.among(e), func(v value) bool { return same(own, v) })
			if b.observed.Free[e] = max(i, 0); i < 0 && own != nil {
				b.observed.Own[e] = own
			}
		})
	}
}

// free evaluates a place that is free.
func (b *builder) free(e *syntax.Free, s *scope) value {
	if v, ok := b.point[e]; ok {
		b.observed.Free[e] = 0
		return v
	}
	v := b.expr(e.Value, s)
	among := b.among(e)
	i := slices.IndexFunc(among, func(w value) bool { return same(v, w) })
	if i < 0 {
		b.fail(diag.NotInSet, e.Value.Place(), "the baseline is a point of the space: add it to the list",
			"the list does not have the baseline, %s", describe(v))
	}
	b.observed.Free[e] = i
	return v
}

// among evaluates the list of what a place may be. Nothing in it depends on other values.
func (b *builder) among(e *syntax.Free) []value {
	if list, ok := b.sets[e]; ok {
		return list
	}
	list, ok := b.expr(e.Among, &scope{names: map[string]value{}}).([]value)
	if !ok {
		b.fail(diag.NotAList, e.Among.Place(), "write a list, such as [3, 5], or a range, such as [1 to 2 step 0.1]",
			"this is not a list")
	}
	if len(list) == 0 {
		b.fail(diag.EmptySet, e.Among.Place(), "give the values to search", "the list has no values")
	}
	if len(list) > maxSet {
		b.fail(diag.WrongSteps, e.Among.Place(), "take a larger step",
			"the list has %d values, more than the limit of %d", len(list), maxSet)
	}
	b.work(len(list), e.Span)
	b.sets[e] = list
	return list
}

// values is among with the text of each value.
func (b *builder) values(e *syntax.Free) []Value {
	among := b.among(e)
	all := make([]Value, len(among))
	written, _ := e.Among.(*syntax.List)
	for i, v := range among {
		all[i] = Value{Text: textOfValue(v), value: v}
		all[i].Number, all[i].IsNum = number(v)
		if written != nil {
			all[i].Text = written.Items[i].Place().Text()
		}
	}
	return all
}

// stepsOf evaluates [FROM to TO step STEP]. TO is the last value where the steps meet it.
func (b *builder) stepsOf(e *syntax.Steps, s *scope) value {
	step := value(1)
	if e.Step != nil {
		step = b.expr(e.Step, s)
	}
	from, to := b.expr(e.From, s), b.expr(e.To, s)
	x, xok := number(from)
	y, yok := number(to)
	d, dok := number(step)
	switch {
	case !xok || !yok || !dok:
		b.fail(diag.WrongSteps, e.Span, "", "a range needs numbers, got %s, %s and %s", describe(from), describe(to),
			describe(step))
	case d == 0:
		b.fail(diag.WrongSteps, e.Span, "", "the step of a range is not 0")
	}
	const slack = 1e-9 // of a step: 1.0 to 1.2 step 0.1 has three values
	count := math.Floor((y-x)/d+slack) + 1
	if count > maxSet {
		b.fail(diag.WrongSteps, e.Span, "take a larger step", "the range has %s values, more than the limit of %d",
			formatFloat(count), maxSet)
	}
	list := make([]value, max(int(count), 0))
	b.work(len(list), e.Span)
	_, whole := from.(int)
	_, wholeStep := step.(int)
	for i := range list {
		if list[i] = decimal(x + float64(i)*d); whole && wholeStep {
			list[i] = from.(int) + i*step.(int)
		}
	}
	return list
}

// decimal drops what binary fractions leave of a sum of steps: 1.2000000000000002 is 1.2.
func decimal(x float64) float64 {
	const digits = 12
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', digits, 64), 64)
	if err != nil {
		return x
	}
	return rounded
}

// same reports whether two values are equal, floats but for what computing leaves of them.
func same(v, w value) bool {
	x, xok := number(v)
	y, yok := number(w)
	if xok && yok {
		return math.Abs(x-y) <= 1e-9*max(math.Abs(x), math.Abs(y))
	}
	return xok == yok && reflect.DeepEqual(v, w)
}

// textOfValue writes a value as a .net file has it.
func textOfValue(v value) string {
	switch v := v.(type) {
	case float64:
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
		return strings.Replace(text, "e+", "e", 1)
	case string:
		return `"` + v + `"`
	case []value:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = textOfValue(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case *layer:
		return v.text()
	}
	return fmt.Sprint(v)
}

func (l *layer) text() string {
	var given []string
	for _, name := range slices.Sorted(maps.Keys(l.given)) {
		given = append(given, name+": "+textOfValue(l.given[name]))
	}
	if len(given) == 0 {
		return l.block.Name.Text
	}
	return l.block.Name.Text + "(" + strings.Join(given, ", ") + ")"
}

// Place is where a dimension stands.
func (d *Dimension) Place() source.Span { return d.Free.Span }
