package syntax

import (
	"slices"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/netc-lang/netc/dsl/source"
)

// What participle made of a line, as nodes of the syntax tree.

// between is the text from a position to the last token before another: participle's end positions are where the next
// token begins.
func (p *parser) between(from, to lexer.Position) source.Span {
	i, _ := slices.BinarySearchFunc(p.tokens, to.Offset, func(t token, offset int) int { return t.start - offset })
	end := from.Offset
	if i > 0 {
		end = max(end, p.tokens[i-1].end)
	}
	return source.Span{File: p.file, Start: from.Offset, End: end}
}

func (p *parser) asName(g gName) Name {
	return Name{g.Text, source.Span{File: p.file, Start: g.Pos.Offset, End: g.Pos.Offset + len(g.Text)}}
}

func (p *parser) asString(g gString) *String {
	return &String{g.Text[1 : len(g.Text)-1], source.Span{File: p.file, Start: g.Pos.Offset,
		End: g.Pos.Offset + len(g.Text)}}
}

// asCall returns a call that may be missing.
func asCall(e callExpr) *Call {
	call, _ := e.(*Call)
	return call
}

func (p *parser) asBlock(g *gBlock) *Block {
	b := &Block{Name: p.asName(g.Name), Params: p.asParams(g.Params)}
	for _, in := range g.Inputs {
		b.Inputs = append(b.Inputs, TensorInput{p.asName(in.Name), in.List})
	}
	return b
}

func (p *parser) asParams(g *gParams) []*Param {
	if g == nil {
		return nil
	}
	params := make([]*Param, len(g.List))
	for i, param := range g.List {
		params[i] = &Param{Name: p.asName(param.Name), Default: param.Default, Span: p.between(param.Pos, param.EndPos),
			Type: Type{Name: p.asName(param.Type.Name), List: param.Type.List,
				Span: p.between(param.Type.Pos, param.Type.EndPos)}}
	}
	return params
}

func (p *parser) asVariant(g *gVariant) *Variant {
	v := &Variant{}
	if g.Name != nil {
		v.Name = p.asName(*g.Name)
	} else {
		s := p.asString(*g.Quoted)
		v.Name = Name{s.Text, s.Span}
	}
	for _, s := range g.Settings {
		v.Settings = append(v.Settings, p.asSetting(s))
	}
	return v
}

func (p *parser) asSetting(g *gSetting) *Setting {
	return &Setting{p.asName(g.Name), g.Value, p.between(g.Pos, g.EndPos)}
}

// asStatements converts one line of a body, of the given extent; "use a, b" becomes two statements.
func (p *parser) asStatements(g *gStatement, span source.Span) []Statement {
	switch {
	case g.Use != nil:
		var uses []Statement
		for _, u := range g.Use {
			uses = append(uses, p.asUse(u))
		}
		return uses
	case g.Input != nil:
		return []Statement{&Input{p.asName(g.Input.Name), g.Input.Dims, span}}
	case g.Return != nil:
		r := &Return{Span: span}
		for _, e := range g.Return {
			r.Results = append(r.Results, e.(*result).Result)
		}
		return []Statement{r}
	case g.Require != nil:
		return []Statement{&Require{g.Require.Left, g.Require.Near, g.Require.Within, span}}
	case g.Rule != nil:
		r := &Rule{Name: p.asName(g.Rule.Name), Value: g.Rule.Value, Span: span}
		for _, param := range g.Rule.Params {
			r.Params = append(r.Params, p.asName(*param))
		}
		return []Statement{r}
	case g.Assign != nil:
		return []Statement{&Assign{p.asName(g.Assign.Name), g.Assign.Value, span}}
	}
	return []Statement{p.asFlow(g.Flow, span)}
}

func (p *parser) asUse(g *gUse) *Use {
	u := &Use{Span: p.between(g.Pos, g.EndPos)}
	if g.Setting != nil {
		u.Name, u.Value = p.asName(g.Setting.Name), g.Setting.Value
	} else {
		u.Call = asCall(g.Call)
		u.Name = u.Call.Name
	}
	return u
}

func (p *parser) asFlow(g *gFlow, span source.Span) *Flow {
	f := &Flow{Name: p.asName(g.Name), Span: span}
	for _, part := range g.Parts {
		converted := &Part{If: part.If, Span: p.between(part.Pos, part.EndPos)}
		if part.Repeat != nil {
			converted.Repeat = part.Repeat
		}
		for _, step := range part.Steps {
			converted.Steps = append(converted.Steps, asCall(step))
		}
		f.Parts = append(f.Parts, converted)
	}
	return f
}
