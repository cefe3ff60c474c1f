package syntax

import (
	"sort"
	"strconv"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
)

// converter makes the syntax tree of participle's parse tree.
type converter struct {
	file     *source.File
	tokens   []token
	problems diag.List
}

// span returns the text from a position to the end of the last token before another: participle's end positions
// are where the next token begins.
func (c *converter) span(from, to lexer.Position) source.Span {
	i := sort.Search(len(c.tokens), func(i int) bool { return c.tokens[i].Pos.Offset >= to.Offset })
	end := from.Offset
	for i > 0 && c.tokens[i-1].Pos.Offset >= from.Offset {
		i--
		if c.tokens[i].Type != tokenNewline {
			end = c.tokens[i].end
			break
		}
	}
	return source.Span{File: c.file, Start: from.Offset, End: end}
}

func (c *converter) name(g gName) Name { return Name{g.Text, c.span(g.Pos, g.EndPos)} }

func (c *converter) text(g gString) *String {
	return &String{g.Text[1 : len(g.Text)-1], c.span(g.Pos, g.EndPos)}
}

func (c *converter) convert(g *gFile) *File {
	f := &File{Source: c.file}
	for _, d := range g.Decls {
		switch {
		case d.Import != nil:
			f.Imports = append(f.Imports, c.text(d.Import.Path))
		case d.Primitive != nil:
			p := d.Primitive
			f.Primitives = append(f.Primitives, &Block{Name: c.name(p.Name), Params: c.params(p.Params), Inputs: c.inputs(p.Inputs)})
		case d.Block != nil:
			b := d.Block
			f.Blocks = append(f.Blocks, &Block{c.name(b.Name), c.params(b.Params), c.inputs(b.Inputs), c.body(b.Body)})
		case d.Function != nil:
			fn := &Function{Name: c.name(d.Function.Name), Params: c.params(d.Function.Params)}
			if d.Function.Value != nil {
				fn.Value = c.expr(d.Function.Value)
			} else {
				fn.Body = c.body(d.Function.Body)
			}
			f.Functions = append(f.Functions, fn)
		case d.Network != nil:
			f.Networks = append(f.Networks, &Network{c.name(d.Network.Name), c.params(d.Network.Params), c.body(d.Network.Body)})
		case d.Scaling != nil:
			f.Scalings = append(f.Scalings, &Scaling{c.name(d.Scaling.Name), c.params(d.Scaling.Params), c.body(d.Scaling.Body)})
		case d.Family != nil:
			f.Families = append(f.Families, c.family(d.Family))
		}
	}
	return f
}

func (c *converter) params(list []*gParam) []*Param {
	params := make([]*Param, len(list))
	for i, g := range list {
		params[i] = &Param{Name: c.name(g.Name), Span: c.span(g.Pos, g.EndPos),
			Type: Type{Name: c.name(g.Type.Name), List: g.Type.List, Span: c.span(g.Type.Pos, g.Type.EndPos)}}
		if g.Default != nil {
			params[i].Default = c.expr(g.Default)
		}
	}
	return params
}

func (c *converter) inputs(list []*gInput) []TensorInput {
	inputs := make([]TensorInput, len(list))
	for i, g := range list {
		inputs[i] = TensorInput{c.name(g.Name), g.List}
	}
	return inputs
}

func (c *converter) family(g *gFamily) *Family {
	f := &Family{Name: c.name(g.Name)}
	if g.Of != nil {
		f.Of = c.call(*g.Of)
	}
	if g.By != nil {
		f.By = c.call(*g.By)
	}
	for _, v := range g.Variants {
		variant := &Variant{}
		if v.Name != nil {
			variant.Name = c.name(*v.Name)
		} else {
			s := c.text(*v.Quoted)
			variant.Name = Name{s.Text, s.Span}
		}
		for _, s := range v.Settings {
			variant.Settings = append(variant.Settings, c.setting(s))
		}
		f.Variants = append(f.Variants, variant)
	}
	return f
}

func (c *converter) setting(g *gSetting) *Setting {
	return &Setting{c.name(g.Name), c.expr(&g.Value), c.span(g.Pos, g.EndPos)}
}

func (c *converter) body(g *gBody) []Statement {
	var body []Statement
	for _, s := range g.Statements {
		body = append(body, c.statements(s)...)
	}
	return body
}

// statements converts one statement; "use a, b" becomes two.
func (c *converter) statements(g *gStatement) []Statement {
	span := c.span(g.Pos, g.EndPos)
	switch {
	case g.Use != nil:
		var uses []Statement
		for _, u := range g.Use {
			use := &Use{Span: c.span(u.Pos, u.EndPos)}
			if u.Assign != nil {
				use.Name, use.Value = c.name(u.Assign.Name), c.expr(&u.Assign.Value)
			} else {
				use.Call = c.call(*u.Call)
				use.Name = use.Call.Name
			}
			uses = append(uses, use)
		}
		return uses
	case g.Input != nil:
		return []Statement{&Input{c.name(g.Input.Name), c.exprs(g.Input.Dims), span}}
	case g.Return != nil:
		return []Statement{&Return{c.expr(g.Return), span}}
	case g.Require != nil:
		r := &Require{Left: c.expr(g.Require.Left), Span: span}
		if g.Require.Near != nil {
			r.Near, r.Within = c.expr(g.Require.Near), c.expr(g.Require.Within)
		}
		return []Statement{r}
	case g.Rule != nil:
		r := &Rule{Name: c.name(g.Rule.Name), Value: c.expr(&g.Rule.Value), Span: span}
		for _, p := range g.Rule.Params {
			r.Params = append(r.Params, c.name(p))
		}
		return []Statement{r}
	case g.Assign != nil:
		return []Statement{&Assign{c.name(g.Assign.Name), c.expr(&g.Assign.Value), span}}
	}
	flow := &Flow{Name: c.name(g.Flow.Name), Span: span}
	for _, p := range g.Flow.Parts {
		flow.Parts = append(flow.Parts, c.part(p))
	}
	return []Statement{flow}
}

func (c *converter) part(g *gPart) *Part {
	part := &Part{Steps: c.steps(g.Steps), Span: c.span(g.Pos, g.EndPos)}
	if g.Repeat != nil {
		part.Repeat = c.pipe(g.Repeat)
	}
	if g.If != nil {
		part.If = c.expr(g.If)
	}
	return part
}

func (c *converter) steps(list []gCall) []*Call {
	steps := make([]*Call, len(list))
	for i, g := range list {
		steps[i] = c.call(g)
	}
	return steps
}

func (c *converter) call(g gCall) *Call {
	call := &Call{Name: c.name(g.Name), Span: c.span(g.Pos, g.EndPos)}
	if g.Args != nil {
		call.HasArgs, call.Args = true, c.args(g.Args)
	}
	return call
}

func (c *converter) args(g *gArgs) []*Arg {
	args := make([]*Arg, len(g.Args))
	for i, a := range g.Args {
		args[i] = &Arg{Value: c.expr(&a.Value), Span: c.span(a.Pos, a.EndPos)}
		if a.Name != nil {
			name := c.name(*a.Name)
			args[i].Name = &name
		}
	}
	return args
}

func (c *converter) exprs(list []*gExpr) []Expr {
	values := make([]Expr, len(list))
	for i, g := range list {
		values[i] = c.expr(g)
	}
	return values
}

func (c *converter) expr(g *gExpr) Expr {
	value := c.pipe(g.Value)
	if g.Condition == nil {
		return value
	}
	e := &If{Then: value, Condition: c.pipe(g.Condition), Span: c.span(g.Pos, g.EndPos)}
	if g.Else != nil {
		e.Else = c.expr(g.Else)
	}
	return e
}

func (c *converter) pipe(g *gPipe) Expr {
	head := c.binary(g.Head)
	if len(g.Steps) == 0 {
		return head
	}
	return &Pipe{head, c.steps(g.Steps), c.span(g.Pos, g.EndPos)}
}

// precedence of the operators between operands; all group to the left except ^.
var precedence = map[string]int{
	"or": 1, "and": 2,
	"==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3,
	"+": 4, "-": 4, "*": 5, "/": 5, "div": 5, "mod": 5, "^": 7,
}

// unaryPrecedence: -a^2 is -(a^2), and -a*b is (-a)*b; "not a == b" is not (a == b).
var unaryPrecedence = map[string]int{"not": 3, "fixed": 0, "-": 6}

func (c *converter) binary(g *gBinary) Expr {
	r := &operatorReader{c: c, operands: []*gUnary{g.First}}
	for _, right := range g.Rest {
		r.operators = append(r.operators, right.Operator)
		r.operands = append(r.operands, right.Operand)
	}
	return r.expression(1)
}

// operatorReader applies precedence to a flat list of operators and operands.
type operatorReader struct {
	c         *converter
	operators []string
	operands  []*gUnary
}

// expression reads operators of at least the given precedence.
func (r *operatorReader) expression(least int) Expr {
	left := r.operand(0)
	for len(r.operators) > 0 && precedence[r.operators[0]] >= least {
		operator := r.operators[0]
		r.operators = r.operators[1:]
		next := precedence[operator] + 1
		if operator == "^" {
			next--
		}
		right := r.expression(next)
		left = &Binary{operator, left, right, left.Place().To(right.Place())}
	}
	return left
}

// operand reads the next operand, less the first skipped of its unary operators.
func (r *operatorReader) operand(skip int) Expr {
	g := r.operands[0]
	if skip == len(g.Operators) {
		r.operands = r.operands[1:]
		return r.c.postfix(g.Operand)
	}
	operator := g.Operators[skip]
	inner := r.operand(skip + 1)
	for len(r.operators) > 0 && precedence[r.operators[0]] > unaryPrecedence[operator] {
		operator := r.operators[0]
		r.operators = r.operators[1:]
		next := precedence[operator] + 1
		if operator == "^" {
			next--
		}
		right := r.expression(next)
		inner = &Binary{operator, inner, right, inner.Place().To(right.Place())}
	}
	return &Unary{operator, inner, r.c.span(g.Pos, g.EndPos).To(inner.Place())}
}

func (c *converter) postfix(g *gPostfix) Expr {
	e := c.primary(g.Primary)
	for _, s := range g.Suffixes {
		span := c.span(g.Pos, s.EndPos)
		switch {
		case s.Field != nil:
			e = &Field{e, c.name(*s.Field), span}
		case s.Index != nil:
			e = &Index{e, c.expr(s.Index), span}
		default:
			ref, ok := e.(*Ref)
			if !ok {
				c.problems.Add(diag.Diagnostic{Code: diag.NotCallable, Span: span, Message: "only a name can be called", Help: "write NAME(...)"})
				continue
			}
			e = &Call{ref.Name, c.args(s.Args), true, span}
		}
	}
	return e
}

func (c *converter) primary(g *gPrimary) Expr {
	span := c.span(g.Pos, g.EndPos)
	switch {
	case g.Int != nil:
		n, err := strconv.Atoi(*g.Int)
		if err != nil {
			c.problems.Addf(diag.BadNumber, span, "this number is too large")
		}
		return &Int{n, span}
	case g.Float != nil:
		x, err := strconv.ParseFloat(*g.Float, 64)
		if err != nil {
			c.problems.Addf(diag.BadNumber, span, "this number is too large")
		}
		return &Float{x, span}
	case g.String != nil:
		return &String{(*g.String)[1 : len(*g.String)-1], span}
	case g.Bool != nil:
		return &Bool{*g.Bool == "true", span}
	case g.Name != nil:
		return &Ref{c.name(*g.Name)}
	case g.Group != nil:
		return c.expr(g.Group)
	}
	if g.List.Name != nil {
		each := &Each{Item: c.expr(g.List.First), Name: c.name(*g.List.Name), Over: c.pipe(g.List.Over), Span: span}
		if g.List.State != nil {
			state := c.name(*g.List.State)
			each.State, each.First = &state, c.expr(g.List.From)
		}
		return each
	}
	list := &List{Span: span}
	if g.List.First != nil {
		list.Items = append([]Expr{c.expr(g.List.First)}, c.exprs(g.List.Others)...)
	}
	return list
}
