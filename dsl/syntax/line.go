package syntax

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/netc-lang/netc/dsl/diag"
)

var declarationWords = []string{"import", "block", "function", "network", "scaling", "family"}

// file = { declaration lineEnd } .
func (p *parser) declarations(f *File) {
	for p.newlines(); p.token().kind != tokenEnd; p.newlines() {
		start := p.at
		if p.attempt(func() { p.declaration(f) }) {
			p.afterDeclaration()
		} else {
			p.skipHead(start)
		}
	}
}

// afterDeclaration goes past the end of the line of a declaration.
func (p *parser) afterDeclaration() {
	if p.unclosed {
		p.unclosed = false
	} else if !p.attempt(p.lineEnd) {
		p.skipDeclaration(p.at)
	}
}

// declaration = "import" string | "primitive" block | "block" block body | "function" function |
// "network" scalable body | "scaling" scalable body | "family" family variants .
// function    = name params ( "=" expression | body ) .
func (p *parser) declaration(f *File) {
	if word := p.token(); word.text != "primitive" && !slices.Contains(declarationWords, word.text) ||
		word.kind == tokenString {
		p.noDeclaration()
	}
	switch g := readLine(p, p.grammar.head); {
	case g.Import != nil:
		f.Imports = append(f.Imports, p.asString(*g.Import))
	case g.Primitive != nil:
		f.Primitives = append(f.Primitives, p.asBlock(g.Primitive))
	case g.Block != nil:
		b := p.asBlock(g.Block)
		b.Body = p.body()
		f.Blocks = append(f.Blocks, b)
	case g.Function != nil:
		fn := &Function{Name: p.asName(g.Function.Name), Params: p.asParams(g.Function.Params), Value: g.Function.Value}
		if fn.Value == nil {
			fn.Body = p.body()
		}
		f.Functions = append(f.Functions, fn)
	case g.Network != nil:
		f.Networks = append(f.Networks, &Network{p.asName(g.Network.Name), p.asParams(g.Network.Params), p.body()})
	case g.Scaling != nil:
		f.Scalings = append(f.Scalings, &Scaling{p.asName(g.Scaling.Name), p.asParams(g.Scaling.Params), p.body()})
	case g.Family != nil:
		family := &Family{Name: p.asName(g.Family.Name), Of: asCall(g.Family.Of), By: asCall(g.Family.By)}
		family.Variants = p.variants()
		f.Families = append(f.Families, family)
	}
}

func (p *parser) noDeclaration() {
	d := diag.Diagnostic{Code: diag.NoDeclaration, Span: p.here(), Message: "unexpected " + describe(p.token()),
		Label: "expected a declaration"}
	if t := p.token(); t.kind == tokenName {
		d.Help = diag.Suggest(t.text, declarationWords)
	}
	if p.is("}") {
		d.Label, d.Help = "it closes nothing", ""
	} else if d.Help == "" {
		d.Help = "a declaration begins with one of " + strings.Join(declarationWords, ", ")
	}
	panic(failure{d})
}

// variants = "{" { variant lineEnd } "}" .
func (p *parser) variants() []*Variant {
	var variants []*Variant
	p.lines(func() { variants = append(variants, p.asVariant(readLine(p, p.grammar.variant))) })
	return variants
}

// body = "{" { statement lineEnd } "}" .
func (p *parser) body() []Statement {
	var body []Statement
	p.lines(func() {
		start := p.at
		p.statementStart()
		g := readLine(p, p.grammar.statement)
		body = append(body, p.asStatements(g, p.span(start))...)
	})
	return body
}

// statementStart fails where the first words of a line begin no statement: participle would not say it in words for
// people.
func (p *parser) statementStart() {
	name := p.token()
	if name.kind == tokenKeyword && slices.Contains([]string{"use", "input", "return", "require"}, name.text) {
		return
	}
	if beginsDeclaration(name, p.tokenAt(p.at+1)) {
		panic(failure{diag.Diagnostic{Code: diag.NoStatement, Span: p.here(),
			Message: fmt.Sprintf("a %s cannot be declared within a body", name.text),
			Help:    "declare it beside what uses it: declarations stand in any order"}})
	}
	if name.kind != tokenName {
		p.unexpected("a statement")
	}
	next := p.tokenAt(p.at + 1)
	if next.kind == tokenName || next.kind == tokenSymbol && (next.text == "(" || next.text == "=") {
		return
	}
	p.at++
	d := diag.Diagnostic{Code: diag.NoStatement, Span: p.here(), Help: statementHelp(name, next),
		Message: fmt.Sprintf("unexpected %s after the name %s", describe(next), name.text)}
	if next.kind == tokenNewline {
		d.Message = fmt.Sprintf("nothing follows the name %s", name.text)
	}
	panic(failure{d})
}

// lines reads "{" { line lineEnd } "}". A mistake costs its line.
func (p *parser) lines(line func()) {
	if p.token().kind == tokenNewline && p.tokenAt(p.at+1).text == "{" {
		p.at++
		p.report(diag.Diagnostic{Code: diag.Unexpected, Span: p.here(), Message: "the body begins on a line of its own",
			Help: "the \"{\" stands on the line of what it opens"})
	}
	opener := p.at
	p.want("{")
	for p.newlines(); !p.is("}"); p.newlines() {
		if p.token().kind == tokenEnd || p.leavesBody(opener) {
			p.report(diag.Diagnostic{Code: diag.OpenBracket, Span: p.here(),
				Message: fmt.Sprintf("missing \"}\" before %s", describe(p.token())),
				Related: []diag.Label{{Span: p.place(p.tokens[opener]), Text: "this body is still open"}}})
			p.unclosed = true
			return
		}
		start := p.at
		if !p.attempt(func() {
			line()
			p.lineEnd()
		}) {
			p.skipLine(start)
		}
	}
	p.at++
}

// leavesBody reports whether the current line begins a declaration that stands beside, and not within, the one whose
// body opens at a token.
func (p *parser) leavesBody(opener int) bool {
	return beginsDeclaration(p.token(), p.tokenAt(p.at+1)) &&
		p.column(p.token().start) <= p.column(p.lineBegin(opener).start)
}

// lineBegin is the first token of the statement or declaration that a token is in.
func (p *parser) lineBegin(i int) token {
	for i > 0 && p.tokens[i-1].kind != tokenNewline && p.tokens[i-1].text != "{" && p.tokens[i-1].text != "}" {
		i--
	}
	return p.tokens[i]
}

func (p *parser) column(offset int) int {
	_, column := p.file.Position(offset)
	return column
}

// readLine has one of participle's parsers make sense of the tokens up to the end of the line, or to the body that it
// opens or closes.
func readLine[G any](p *parser, parser *participle.Parser[G]) *G {
	end := p.at
	for t := p.tokenAt(end); t.kind != tokenEnd && t.kind != tokenNewline &&
		!(t.kind == tokenSymbol && (t.text == "{" || t.text == "}")); t = p.tokenAt(end) {
		end++
	}
	p.line, p.failed = p.at, nil
	peeking, err := lexer.Upgrade(&line{p.tokens[p.at:end], p.tokenAt(end).start})
	if err != nil {
		panic(err) // line gives none
	}
	tree, err := parser.ParseFromLexer(peeking)
	if err != nil {
		p.reject(err)
	}
	p.at = end
	return tree
}

// within reads an expression in a line of participle's.
func within(p *parser, lex *lexer.PeekingLexer, read func() Expr) (e Expr, err error) {
	p.at = p.line + int(lex.RawCursor())
	start := p.at
	defer func() {
		switch f := recover().(type) {
		case nil:
		case failure:
			if p.failed == nil || f.diagnostic.Span.Start >= p.failed.diagnostic.Span.Start {
				p.failed = &f
			}
			err = participle.Errorf(lexer.Position{Offset: f.diagnostic.Span.Start}, "%s", f.diagnostic.Message)
		default:
			panic(f)
		}
	}()
	e = read()
	for range p.at - start {
		lex.Next()
	}
	return e, nil
}

// reject fails with the furthest mistake in a line: that of an expression, or participle's, in words for someone who
// has not read the grammar.
func (p *parser) reject(err error) {
	var located participle.Error
	if !errors.As(err, &located) {
		panic(err)
	}
	offset := located.Position().Offset
	if p.failed != nil && p.failed.diagnostic.Span.Start >= offset {
		panic(*p.failed)
	}
	for p.at = p.line; p.token().kind != tokenEnd && p.token().start < offset; {
		p.at++
	}
	p.unexpected(expectation(located))
}

// expectation names what the grammar wanted, when that is one simple thing.
func expectation(err participle.Error) string {
	_, text, found := strings.Cut(err.Message(), "(expected ")
	text = strings.TrimSuffix(text, ")")
	switch {
	case !found:
		return lineEnds
	case strings.HasPrefix(text, "\""):
		word, _, _ := strings.Cut(text[1:], "\"")
		return fmt.Sprintf("%q", word)
	}
	for _, want := range []struct{ prefix, words string }{
		{"<name>", "a name"}, {"GName", "a name"}, {"CallExpr", "a name"}, {"GTensor", "a name"}, {"GParam ", "a name"},
		{"GPart", "a name"},
		{"GSetting", "a name"}, {"<string>", "a quoted text"}, {"GString", "a quoted text"}, {"GType", "a type"},
		{"GParams", `"("`},
		{"Expr", "a value"}, {"PipeExpr", "a value"},
	} {
		if strings.HasPrefix(text+" ", want.prefix) {
			return want.words
		}
	}
	return ""
}
