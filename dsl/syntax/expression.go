package syntax

import (
	"fmt"
	"strconv"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
)

// maxInt keeps whole numbers exact as floats, too.
const maxInt = 1 << 53

// expression = pipe ["if" pipe ["else" expression]] .
func (p *parser) expression() Expr {
	start := p.at
	value := p.pipe()
	if !p.accept("if") {
		return value
	}
	e := &If{Then: value, Condition: p.pipe()}
	if p.accept("else") {
		e.Else = p.expression()
	}
	e.Span = p.span(start)
	return e
}

// pipe = free {"->" call} .
func (p *parser) pipe() Expr {
	start := p.at
	head := p.free()
	if !p.is("->") {
		return head
	}
	return &Pipe{head, p.steps(), p.span(start)}
}

// free = binary ["in" binary] .
//
// Of "fixed 64 in [32, 64]" the 64 is free, and fixed whatever it is.
func (p *parser) free() Expr {
	start := p.at
	value := p.binary(1)
	if !p.accept("in") {
		return value
	}
	among := p.binary(1)
	if u, ok := value.(*Unary); ok && u.Operator == "fixed" {
		return &Unary{u.Operator, &Free{u.Operand, among, p.span(start + 1)}, p.span(start)}
	}
	return &Free{value, among, p.span(start)}
}

// precedence of the operators between operands; all group to the left except ^.
var precedence = map[string]int{
	"or": 1, "and": 2,
	"==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3,
	"+": 4, "-": 4, "*": 5, "/": 5, "div": 5, "mod": 5, "^": 7,
}

// unaryPrecedence: -a^2 is -(a^2), -a*b is (-a)*b, "not a == b" is not (a == b), and "fixed" takes all that follows.
var unaryPrecedence = map[string]int{"not": 2, "fixed": 0, "-": 6}

// binary = unary {operator unary} .
// operator = "or" | "and" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "/" | "div" | "mod" | "^" .
//
// Only operators of at least the given precedence are read.
func (p *parser) binary(least int) Expr {
	left := p.unary()
	for {
		operator := p.token().text
		level := precedence[operator]
		if level == 0 || level < least || p.token().kind == tokenString {
			return left
		}
		p.at++
		next := level + 1
		if operator == "^" {
			next = level
		}
		right := p.binary(next)
		left = &Binary{operator, left, right, left.Place().To(right.Place())}
	}
}

// unary = {"-" | "not" | "fixed"} postfix .
func (p *parser) unary() Expr {
	t := p.token()
	level, ok := unaryPrecedence[t.text]
	if !ok {
		return p.postfix()
	}
	p.at++
	operand := p.binary(level + 1)
	return &Unary{t.text, operand, p.place(t).To(operand.Place())}
}

// postfix = primary { "." name | "[" expression "]" | args } .
func (p *parser) postfix() Expr {
	start := p.at
	e := p.primary()
	for {
		switch p.token().text {
		case ".":
			p.at++
			name := p.name("a name")
			e = &Field{e, name, p.span(start)}
		case "[":
			p.at++
			at := p.expression()
			p.want("]")
			e = &Index{e, at, p.span(start)}
		case "(":
			args := p.args()
			ref, ok := e.(*Ref)
			if !ok {
				p.problems.Add(diag.Diagnostic{Code: diag.NotCallable, Span: p.span(start),
					Message: "only a name can be called",
					Help:    callHelp(e, args)})
				continue
			}
			e = &Call{ref.Name, args, true, p.span(start)}
		default:
			return e
		}
	}
}

// callHelp is the help for arguments behind what cannot be called, such as a layer: Conv(16)(image).
func callHelp(e Expr, args []*Arg) string {
	if layer, ok := e.(*Call); ok && len(args) == 1 && args[0].Name == nil {
		return fmt.Sprintf("a layer is applied with an arrow: %s -> %s", args[0].Span.Text(), layer.Span.Text())
	}
	return "write NAME(...)"
}

// primary = int | float | string | "true" | "false" | name | "(" expression ")" | list .
func (p *parser) primary() Expr {
	t := p.token()
	p.at++
	switch t.kind {
	case tokenInt:
		n, err := strconv.Atoi(t.text)
		if err != nil || n > maxInt {
			p.problems.Addf(diag.BadNumber, p.place(t), "this number is too large: whole numbers go up to 2^53")
		}
		return &Int{n, p.place(t)}
	case tokenFloat:
		x, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			p.problems.Addf(diag.BadNumber, p.place(t), "this number is too large")
		}
		return &Float{x, p.place(t)}
	case tokenString:
		return &String{t.text[1 : len(t.text)-1], p.place(t)}
	case tokenName:
		return &Ref{Name{t.text, p.place(t)}}
	}
	switch t.text {
	case "true", "false":
		return &Bool{t.text == "true", p.place(t)}
	case "(":
		e := p.expression()
		p.want(")")
		return e
	case "[":
		return p.items()
	}
	p.at--
	p.unexpected("a value")
	return nil
}

// list  = "[" [ expression ( each | steps | {"," expression} [","] ) ] "]" .
// each  = "for" name "in" pipe ["from" name "=" expression] .
// steps = "to" expression ["step" expression] .
func (p *parser) items() Expr {
	start := p.at - 1
	list := &List{}
	if p.accept("]") {
		list.Span = p.span(start)
		return list
	}
	first := p.expression()
	if p.accept("for") {
		return p.each(first, start)
	}
	if p.accept("to") {
		return p.stepsFrom(first, start)
	}
	list.Items = append(list.Items, first)
	if !p.accept(",") && !p.is("]") {
		p.unexpected(`"]"`)
	}
	p.list("]", func() { list.Items = append(list.Items, p.expression()) })
	list.Span = p.span(start)
	return list
}

func (p *parser) each(item Expr, start int) *Each {
	e := &Each{Item: item, Name: p.name("a name")}
	p.want("in")
	e.Over = p.pipe()
	if p.accept("from") {
		state := p.name("a name")
		p.want("=")
		e.State, e.First = &state, p.expression()
	}
	p.want("]")
	e.Span = p.span(start)
	return e
}

func (p *parser) stepsFrom(first Expr, start int) *Steps {
	e := &Steps{From: first, To: p.expression()}
	if p.accept("step") {
		e.Step = p.expression()
	}
	p.want("]")
	e.Span = p.span(start)
	return e
}

// steps reads {"->" call}.
func (p *parser) steps() []*Call {
	var steps []*Call
	for p.accept("->") {
		steps = append(steps, p.call())
	}
	return steps
}

// call = name [args] .
func (p *parser) call() *Call {
	start := p.at
	c := &Call{Name: p.name("a name")}
	if p.is("(") {
		c.HasArgs, c.Args = true, p.args()
	}
	c.Span = p.span(start)
	return c
}

// result carries a Result through the grammar.
type result struct{ *Result }

// Place returns where the result stands.
func (r *result) Place() source.Span { return r.Span }

// result = [name ":"] expression .
func (p *parser) result() *result {
	start := p.at
	r := &Result{}
	if p.tokenAt(p.at+1).text == ":" {
		name := p.name("a name")
		r.Name = &name
		p.at++
	}
	r.Value = p.expression()
	r.Span = p.span(start)
	return &result{r}
}

// args = "(" [arg {"," arg} [","]] ")" .
// arg  = [name ":"] expression .
func (p *parser) args() []*Arg {
	args := []*Arg{}
	p.want("(")
	p.list(")", func() {
		start := p.at
		a := &Arg{}
		if p.tokenAt(p.at+1).text == ":" {
			name := p.name("a name")
			a.Name = &name
			p.at++
		}
		a.Value = p.expression()
		a.Span = p.span(start)
		args = append(args, a)
	})
	return args
}
