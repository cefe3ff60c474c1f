package syntax

import (
	"strings"

	"github.com/netc-lang/netc/dsl/diag"
)

var declarationWords = []string{"import", "block", "function", "network", "scaling", "family"}

// file = { declaration lineEnd } .
func (p *parser) declarations(f *File) {
	for p.newlines(); p.token().kind != tokenEnd; p.newlines() {
		p.attempt(func() {
			p.declaration(f)
			p.lineEnd()
		})
		if p.is("}") { // it closes nothing
			p.at++
		}
	}
}

// declaration = import | primitive | block | function | network | scaling | family .
// import      = "import" string .
func (p *parser) declaration(f *File) {
	t := p.token()
	p.at++
	switch t.text {
	case "import":
		f.Imports = append(f.Imports, p.text())
	case "primitive":
		f.Primitives = append(f.Primitives, p.block(false))
	case "block":
		f.Blocks = append(f.Blocks, p.block(true))
	case "function":
		f.Functions = append(f.Functions, p.function())
	case "network":
		f.Networks = append(f.Networks, &Network{p.name("a name"), p.optionalParams(), p.body()})
	case "scaling":
		f.Scalings = append(f.Scalings, &Scaling{p.name("a name"), p.optionalParams(), p.body()})
	case "family":
		f.Families = append(f.Families, p.family())
	default:
		p.at--
		p.noDeclaration()
	}
}

func (p *parser) noDeclaration() {
	d := diag.Diagnostic{Code: diag.NoDeclaration, Span: p.here(), Message: "unexpected " + describe(p.token()), Label: "expected a declaration"}
	if t := p.token(); t.kind == tokenName {
		d.Help = diag.Suggest(t.text, declarationWords)
	}
	if d.Help == "" {
		d.Help = "a declaration begins with one of " + strings.Join(declarationWords, ", ")
	}
	panic(failure{d})
}

// primitive = "primitive" name params inputs .
// block     = "block" name params inputs body .
// inputs    = "(" tensor {"," tensor} [","] ")" .
func (p *parser) block(body bool) *Block {
	b := &Block{Name: p.name("a name")}
	b.Params = p.params()
	p.want("(")
	p.some(")", "a name", func() { b.Inputs = append(b.Inputs, p.tensorInput()) })
	if body {
		b.Body = p.body()
	}
	return b
}

// tensor = name | "[" name "]" .
func (p *parser) tensorInput() TensorInput {
	if !p.accept("[") {
		return TensorInput{p.name("a name"), false}
	}
	in := TensorInput{p.name("a name"), true}
	p.want("]")
	return in
}

// function = "function" name params ( "=" expression | body ) .
func (p *parser) function() *Function {
	f := &Function{Name: p.name("a name"), Params: p.params()}
	if p.accept("=") {
		f.Value = p.expression()
	} else {
		f.Body = p.body()
	}
	return f
}

// network = "network" name [params] body .
// scaling = "scaling" name [params] body .
func (p *parser) optionalParams() []*Param {
	if p.is("(") {
		return p.params()
	}
	return nil
}

// params = "(" [param {"," param} [","]] ")" .
func (p *parser) params() []*Param {
	params := []*Param{}
	p.want("(")
	p.list(")", func() { params = append(params, p.param()) })
	return params
}

// param = name ":" type ["=" expression] .
// type  = name | "[" name "]" .
func (p *parser) param() *Param {
	start := p.at
	param := &Param{Name: p.name("a name")}
	p.want(":")
	from := p.at
	if param.Type.List = p.accept("["); param.Type.List {
		param.Type.Name = p.name("a type")
		p.want("]")
	} else {
		param.Type.Name = p.name("a type")
	}
	param.Type.Span = p.span(from)
	if p.accept("=") {
		param.Default = p.expression()
	}
	param.Span = p.span(start)
	return param
}

// family = "family" name ["of" call] ["by" call] "{" { variant lineEnd } "}" .
func (p *parser) family() *Family {
	f := &Family{Name: p.name("a name")}
	if p.accept("of") {
		f.Of = p.call()
	}
	if p.accept("by") {
		f.By = p.call()
	}
	p.lines(func() { f.Variants = append(f.Variants, p.variant()) })
	return f
}

// variant = ( name | string ) ":" [setting {"," setting}] .
func (p *parser) variant() *Variant {
	v := &Variant{}
	if p.token().kind == tokenString {
		s := p.text()
		v.Name = Name{s.Text, s.Span}
	} else {
		v.Name = p.name("a name")
	}
	p.want(":")
	if p.token().kind == tokenNewline {
		return v
	}
	v.Settings = append(v.Settings, p.setting())
	for p.accept(",") {
		v.Settings = append(v.Settings, p.setting())
	}
	return v
}

// setting = name "=" expression .
func (p *parser) setting() *Setting {
	start := p.at
	s := &Setting{Name: p.name("a name")}
	p.want("=")
	s.Value = p.expression()
	s.Span = p.span(start)
	return s
}

// lines reads "{" { line lineEnd } "}". A mistake costs its line.
func (p *parser) lines(line func()) {
	p.want("{")
	for p.newlines(); !p.is("}"); p.newlines() {
		if p.token().kind == tokenEnd {
			p.unexpected(`"}"`)
		}
		p.attempt(func() {
			line()
			p.lineEnd()
		})
	}
	p.at++
}
