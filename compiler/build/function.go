package build

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/resolve"
	"github.com/netc-lang/netc/dsl/syntax"
)

// call evaluates NAME(…) outside a chain: a function's value, or a layer with settings.
func (b *builder) call(e *syntax.Call, s *scope) value {
	_, local := s.get(e.Name.Text)
	if rule := s.rules[e.Name.Text]; rule != nil && !local {
		if len(e.Args) != len(rule.Params) {
			values := "values"
			if len(rule.Params) == 1 {
				values = "value"
			}
			b.fail(diag.ArgumentCount, e.Span, "", "the rule %s takes %d %s, got %d", e.Name.Text, len(rule.Params),
				values, len(e.Args))
		}
		args := make([]value, len(e.Args))
		for i, a := range e.Args {
			if a.Name != nil && a.Name.Text != rule.Params[i].Text {
				b.fail(diag.UnknownSetting, a.Name.Span, "give the values in their order, without names",
					"value %d of the rule %s is called %s", i+1, e.Name.Text, rule.Params[i].Text)
			}
			args[i] = b.expr(a.Value, s)
		}
		return b.applyRule(rule, e, s, args...)
	}
	if f := b.program.Functions[e.Name.Text]; f != nil {
		return b.function(f, e, s)
	}
	if _, ok := resolve.Builtins[e.Name.Text]; ok && !local {
		if e.Name.Text == "shared" {
			return b.shared(e, s)
		}
		args := make([]value, len(e.Args))
		for i, a := range e.Args {
			args[i] = b.expr(a.Value, s)
		}
		return b.builtin(e, args)
	}
	return b.layer(e, s)
}

func (b *builder) function(f *syntax.Function, e *syntax.Call, s *scope) value {
	inner := &scope{names: b.names()}
	b.bind(inner, f.Params, e, s, nil)
	result := b.entered("function "+f.Name.Text, e.Span, func() value { return b.result(f, inner) })
	b.release(inner.names)
	return result
}

// result evaluates a function's body.
func (b *builder) result(f *syntax.Function, inner *scope) value {
	if f.Value != nil {
		return b.expr(f.Value, inner)
	}
	for _, st := range f.Body {
		switch st := st.(type) {
		case *syntax.Assign:
			inner.names[st.Name.Text] = b.expr(st.Value, inner)
		case *syntax.Require:
			b.require(st, inner)
		case *syntax.Return:
			return b.expr(st.Results[0].Value, inner)
		default:
			b.failRelated(diag.MisplacedLine, st.Place(), "a function has assignments, require and return",
				[]diag.Label{{Span: f.Name.Span, Text: "in this function"}},
				"this line belongs in a block")
		}
	}
	b.fail(diag.NoReturn, f.Name.Span, "end it with \"return VALUE\"", "the function %s returns nothing", f.Name.Text)
	return nil
}

// builtin computes a builtin function. floor, ceil and round give ints; round takes halves to the even neighbour.
func (b *builder) builtin(e *syntax.Call, args []value) value {
	switch e.Name.Text {
	case "range":
		return b.rangeOf(e, args[0])
	case "reverse":
		return b.reverse(e, args[0])
	}
	if list, ok := args[0].([]value); ok && (e.Name.Text == "min" || e.Name.Text == "max" || e.Name.Text == "sum" ||
		e.Name.Text == "len") {
		if e.Name.Text == "len" {
			return len(list)
		}
		args = list
	}
	if e.Name.Text == "len" {
		b.fail(diag.WrongType, e.Span, "", "len counts the items of a list; this is %s", describe(args[0]))
	}
	b.work(len(args), e.Span)
	numbers := make([]float64, len(args))
	whole := true
	for i, a := range args {
		x, ok := number(a)
		if !ok {
			help := ""
			if _, isTensor := a.(tensor); isTensor && e.Name.Text == "sum" {
				help = "tensors are added by an operator: a + b"
			}
			b.fail(diag.WrongType, e.Span, help, "%s needs numbers, got %s", e.Name.Text, describe(a))
		}
		_, isInt := a.(int)
		whole = whole && isInt
		numbers[i] = x
	}
	if len(numbers) == 0 {
		if e.Name.Text == "sum" {
			return 0
		}
		b.fail(diag.EmptyList, e.Span, "", "%s of an empty list", e.Name.Text)
	}
	x := compute(e.Name.Text, numbers)
	if math.IsNaN(x) || math.IsInf(x, 0) {
		b.fail(diag.NoResult, e.Span, "", "%s(%s) has no value", e.Name.Text, formatFloat(numbers[0]))
	}
	switch e.Name.Text {
	case "floor", "ceil", "round":
		whole = true
	case "exp", "log", "sqrt":
		whole = false
	}
	if whole {
		return b.rounded(e.Span, x, int(x))
	}
	return x
}

// maxRange bounds the lists that range makes.
const maxRange = 10_000

// rangeOf makes the list of 0 up to but not including n.
func (b *builder) rangeOf(e *syntax.Call, v value) value {
	n, ok := v.(int)
	if !ok || n < 0 || n > maxRange {
		b.fail(diag.WrongType, e.Span, "", "range takes an int from 0 to %d, got %s", maxRange, describe(v))
	}
	list := make([]value, n)
	b.work(n, e.Span)
	for i := range list {
		list[i] = i
	}
	return list
}

func (b *builder) reverse(e *syntax.Call, v value) value {
	list, ok := v.([]value)
	if !ok {
		b.fail(diag.WrongType, e.Span, "", "reverse takes a list, got %s", describe(v))
	}
	b.work(len(list), e.Span)
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

func compute(name string, x []float64) float64 {
	first := x[0]
	switch name {
	case "abs":
		return math.Abs(first)
	case "ceil":
		return math.Ceil(first)
	case "floor":
		return math.Floor(first)
	case "round":
		return math.RoundToEven(first)
	case "exp":
		return math.Exp(first)
	case "log":
		return math.Log(first)
	case "sqrt":
		return math.Sqrt(first)
	}
	for _, y := range x[1:] {
		switch name {
		case "min":
			first = math.Min(first, y)
		case "max":
			first = math.Max(first, y)
		case "sum":
			first += y
		}
	}
	return first
}

// bind evaluates a call's arguments and the defaults of those left out into inner. given holds settings bound before.
func (b *builder) bind(inner *scope, params []*syntax.Param, e *syntax.Call, s *scope, given map[string]value) {
	matched, problems := resolve.Match(e.Args, params)
	for _, d := range problems {
		b.attempt(func() { b.failRelated(d.Code, d.Span, d.Help, d.Related, "%s", d.Message) })
	}
	failed := len(problems) > 0
	for i, p := range params {
		name := p.Name.Text
		// In its own default a setting's name still means what it means outside: "act: layer = act".
		v := b.try(func() value {
			switch v, ok := given[name]; {
			case matched[i] != nil:
				return b.argument(p, matched[i], s)
			case ok:
				return v
			case p.Default != nil:
				return b.typed(b.expr(p.Default, inner), p, p.Default)
			}
			b.fail(diag.MissingSetting, e.Span, "add "+name+": "+p.Type.Name.Text, "%s needs the setting %s",
				e.Name.Text, name)
			return nil
		})
		inner.names[name] = v
		failed = failed || v == (broken{})
	}
	if failed {
		panic(failure{})
	}
}

// argument evaluates one argument. In a network's body, channels are baseline figures and scale, unless they are fixed.
func (b *builder) argument(p *syntax.Param, a *syntax.Arg, s *scope) value {
	if p.Type.Name.Text != "channels" || s.rules == nil {
		return b.typed(b.expr(a.Value, s), p, a.Value)
	}
	e, fixed := b.baseline(a.Value, s)
	v := b.typed(b.expr(e, s), p, e)
	rule := s.rules["channels"]
	if fixed {
		return v
	}
	if rule != nil {
		before := v
		v = b.typed(b.applyRule(rule, e, s, v), p, e)
		b.observeScaled(e, before, v)
		b.observeChange("channels", e.Place(), before.(int), v.(int))
	}
	b.observeWidth(e, v)
	return v
}

func (b *builder) typed(v value, p *syntax.Param, at syntax.Expr) value {
	if list, ok := v.([]value); ok {
		b.work(len(list), at.Place())
	}
	if _, _, ok := sides(v); ok && p.Name.Text == "resolution" && p.Type.Name.Text == "int" && !p.Type.List {
		return v
	}
	converted, want := convert(sound(v), p.Type)
	if want == "" {
		return converted
	}
	help := ""
	if _, isFloat := v.(float64); isFloat && !slices.Contains([]string{"bool", "string", "layer"}, want) {
		help = "make it whole with round, floor or ceil"
	}
	switch _, isPair := pairOf(v); {
	case p.Name.Text == "padding" && isPair && want == "string":
		help = "for padding in numbers, declare it as padding: padding"
	case isPair && want == "int":
		help = fmt.Sprintf("for one of height and one of width, declare it as %s: pair", p.Name.Text)
	}
	if text, isString := v.(string); isString && want == "layer" {
		help = diag.Suggest(text, slices.Collect(maps.Keys(b.program.Blocks)))
	}
	switch want {
	case "int", "channels":
		want = "an int"
	case figures["pair"], figures["padding"]:
	default:
		want = "a " + strings.TrimPrefix(want, "a ")
	}
	b.fail(diag.WrongType, at.Place(), help, "%s must be %s, got %s", p.Name.Text, want, describe(v))
	return nil
}

// applyRule evaluates a scaling's rule. All its values are numbers but the first of share, which is a list.
func (b *builder) applyRule(rule *syntax.Rule, at syntax.Expr, s *scope, args ...value) value {
	inner := s.scaled
	for i, v := range args {
		_, isList := v.([]value)
		if _, ok := number(v); !ok && !(isList && rule.Name.Text == "share") {
			b.fail(diag.WrongType, at.Place(), "", "the rule %s takes a number, got %s", rule.Name.Text, describe(v))
		}
		inner = inner.with(rule.Params[i].Text, v)
	}
	return b.entered("rule "+rule.Name.Text, at.Place(), func() value { return b.expr(rule.Value, inner) })
}

func (b *builder) require(r *syntax.Require, s *scope) {
	v := b.expr(r.Left, s)
	if r.Near == nil {
		if holds, ok := v.(bool); !ok || !holds {
			b.fail(diag.NotFulfilled, r.Left.Place(), "", "this is required, but does not hold")
		}
		return
	}
	x, xok := number(v)
	y, yok := number(b.expr(r.Near, s))
	tolerance, tok := number(b.expr(r.Within, s))
	if !xok || !yok || !tok {
		b.fail(diag.WrongRequirement, r.Span, "", "a requirement compares numbers")
	}
	if math.Abs(x-y) > tolerance {
		b.fail(diag.NotFulfilled, r.Left.Place(), "", "this is %s, which is not within %s of %s", formatFloat(x),
			formatFloat(tolerance), formatFloat(y))
	}
}
