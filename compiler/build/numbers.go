package build

import (
	"math"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// unary evaluates -x and not x. "fixed" is evaluated where something scales, and is a mistake elsewhere.
func (b *builder) unary(e *syntax.Unary, s *scope) value {
	v := b.expr(e.Operand, s)
	switch x := v.(type) {
	case int:
		if e.Operator == "-" {
			return -x
		}
	case float64:
		if e.Operator == "-" {
			return -x
		}
	case bool:
		if e.Operator == "not" {
			return !x
		}
	case tensor:
		if e.Operator == "-" {
			return b.add(ir.Affine{Factor: -1}, "-", []*ir.Node{x.node}, e.Span, b.unique(join(s.path, "neg")))
		}
	}
	if e.Operator == "fixed" {
		b.fail(diag.NothingToFix, e.Span, "it belongs before a channels argument or a repeat count in a network",
			"nothing scales here that could be fixed")
	}
	b.fail(diag.WrongOperands, e.Operand.Place(), "", "%q does not apply to %s", e.Operator, describe(v))
	return nil
}

// binary evaluates an operator between two values; of "and" and "or" the second one only where it matters.
func (b *builder) binary(e *syntax.Binary, s *scope) value {
	left := b.expr(e.Left, s)
	if l, ok := left.(bool); ok && (e.Operator == "and" || e.Operator == "or") {
		if l == (e.Operator == "or") {
			return l
		}
		if r, ok := b.expr(e.Right, s).(bool); ok {
			return r
		}
		b.fail(diag.WrongCondition, e.Right.Place(), "", "a condition is true or false; this is neither")
	}
	right := b.expr(e.Right, s)
	if v, ok := b.combine(e, left, right, s); ok {
		return v
	}
	if v, ok := compareOther(e.Operator, left, right); ok {
		return v
	}
	l, lok := left.(int)
	r, rok := right.(int)
	if lok && rok && e.Operator != "/" && !(e.Operator == "^" && r < 0) {
		return b.integers(e, l, r)
	}
	x, xok := number(left)
	y, yok := number(right)
	if !xok || !yok {
		b.fail(diag.WrongOperands, e.Span, itemHelp(left, right), "%q does not apply to %s and %s", e.Operator,
			describe(left), describe(right))
	}
	return b.floats(e, x, y)
}

func compareOther(operator string, left, right value) (bool, bool) {
	switch l := left.(type) {
	case bool:
		if r, ok := right.(bool); ok && (operator == "==" || operator == "!=") {
			return (l == r) == (operator == "=="), true
		}
	case string:
		if r, ok := right.(string); ok && (operator == "==" || operator == "!=") {
			return (l == r) == (operator == "=="), true
		}
	}
	_, isList := left.([]value)
	_, both := right.([]value)
	if (isList || both) && (operator == "==" || operator == "!=") {
		return equal(left, right) == (operator == "=="), true
	}
	return false, false
}

func number(v value) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

func (b *builder) integers(e *syntax.Binary, l, r int) value {
	switch e.Operator {
	case "+":
		return b.inRange(e.Span, l+r)
	case "-":
		return b.inRange(e.Span, l-r)
	case "*":
		return b.rounded(e.Span, float64(l)*float64(r), l*r)
	case "^":
		p := math.Pow(float64(l), float64(r))
		return b.rounded(e.Span, p, int(p))
	case "div", "mod":
		if r == 0 {
			b.fail(diag.DivisionByZero, e.Right.Place(), "", "division by zero")
		}
		quotient := int(math.Floor(float64(l) / float64(r)))
		if e.Operator == "div" {
			return quotient
		}
		return l - quotient*r
	}
	return b.floats(e, float64(l), float64(r))
}

// inRange refuses whole numbers too large to be exact.
func (b *builder) inRange(span source.Span, n int) value {
	if n > maxInt || n < -maxInt {
		b.fail(diag.TooLarge, span, "", "this number is too large: whole numbers go up to 2^53")
	}
	return n
}

// rounded is inRange for what may not fit an int. Both are asked: the approximate one rounds 2^53 + 1 to 2^53.
func (b *builder) rounded(span source.Span, approximate float64, exact int) value {
	if math.Abs(approximate) > maxInt {
		exact = maxInt + 1
	}
	return b.inRange(span, exact)
}

func (b *builder) floats(e *syntax.Binary, x, y float64) value {
	var v float64
	switch e.Operator {
	case "==":
		return x == y
	case "!=":
		return x != y
	case "<":
		return x < y
	case "<=":
		return x <= y
	case ">":
		return x > y
	case ">=":
		return x >= y
	case "+":
		v = x + y
	case "-":
		v = x - y
	case "*":
		v = x * y
	case "/":
		v = x / y
	case "^":
		v = math.Pow(x, y)
	case "div":
		v = math.Floor(x / y)
	case "mod":
		v = x - math.Floor(x/y)*y
	default:
		b.fail(diag.WrongOperands, e.Span, "", "%q does not apply to numbers", e.Operator)
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		b.fail(diag.NoResult, e.Span, "", "this has no value: %s %s %s", formatFloat(x), e.Operator, formatFloat(y))
	}
	return v
}
