package syntax

import (
	"fmt"

	"github.com/netc-lang/netc/dsl/diag"
)

// body = "{" { statement lineEnd } "}" .
func (p *parser) body() []Statement {
	var body []Statement
	p.lines(func() { body = append(body, p.statement()...) })
	return body
}

// statement = use | input | return | require | rule | assign | flow .
// return    = "return" expression .
// assign    = name "=" expression .
func (p *parser) statement() []Statement {
	start := p.at
	switch p.token().text {
	case "use":
		p.at++
		return p.uses()
	case "input":
		p.at++
		return []Statement{p.input(start)}
	case "return":
		p.at++
		return []Statement{&Return{p.expression(), p.span(start)}}
	case "require":
		p.at++
		return []Statement{p.require(start)}
	}
	name := p.name("a statement")
	switch next := p.token(); {
	case next.text == "(":
		return []Statement{p.rule(name, start)}
	case next.text == "=":
		p.at++
		return []Statement{&Assign{name, p.expression(), p.span(start)}}
	case next.kind == tokenName:
		return []Statement{p.flow(name, start)}
	}
	d := diag.Diagnostic{Code: diag.NoStatement, Span: p.here(), Help: "a line of a body is NAME LAYER(…) -> …, or NAME = VALUE",
		Message: fmt.Sprintf("unexpected %s after the name %s", describe(p.token()), name.Text)}
	if p.token().kind == tokenNewline {
		d.Message = fmt.Sprintf("nothing follows the name %s", name.Text)
	}
	panic(failure{d})
}

// use = "use" ( setting | call ) {"," ( setting | call )} .
func (p *parser) uses() []Statement {
	var uses []Statement
	for first := true; first || p.accept(","); first = false {
		start := p.at
		u := &Use{}
		if p.tokenAt(p.at+1).text == "=" {
			s := p.setting()
			u.Name, u.Value = s.Name, s.Value
		} else {
			u.Call = p.call()
			u.Name = u.Call.Name
		}
		u.Span = p.span(start)
		uses = append(uses, u)
	}
	return uses
}

// input = "input" name "[" expression {"," expression} [","] "]" .
func (p *parser) input(start int) *Input {
	in := &Input{Name: p.name("a name")}
	p.want("[")
	p.some("]", "a value", func() { in.Dims = append(in.Dims, p.expression()) })
	in.Span = p.span(start)
	return in
}

// require = "require" expression ["~" expression "within" expression] .
func (p *parser) require(start int) *Require {
	r := &Require{Left: p.expression()}
	if p.accept("~") {
		r.Near = p.expression()
		p.want("within")
		r.Within = p.expression()
	}
	r.Span = p.span(start)
	return r
}

// rule = name "(" name {"," name} [","] ")" "=" expression .
func (p *parser) rule(name Name, start int) *Rule {
	r := &Rule{Name: name}
	p.want("(")
	p.some(")", "a name", func() { r.Params = append(r.Params, p.name("a name")) })
	p.want("=")
	r.Value = p.expression()
	r.Span = p.span(start)
	return r
}

// flow = name part {"," part} .
func (p *parser) flow(name Name, start int) *Flow {
	f := &Flow{Name: name, Parts: []*Part{p.part()}}
	for p.accept(",") {
		f.Parts = append(f.Parts, p.part())
	}
	f.Span = p.span(start)
	return f
}

// part = call {"->" call} ["x" pipe] ["if" expression] .
//
// The repeat count is no choice unless in brackets: the "if" that follows it is the part's.
func (p *parser) part() *Part {
	start := p.at
	part := &Part{Steps: []*Call{p.call()}}
	part.Steps = append(part.Steps, p.steps()...)
	if p.accept("x") {
		part.Repeat = p.pipe()
	}
	if p.accept("if") {
		part.If = p.expression()
	}
	part.Span = p.span(start)
	return part
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
