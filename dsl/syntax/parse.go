// Package syntax turns the text of a .net file into its syntax tree.
//
// Parse is the one entry point: lexer.go makes tokens; parse.go cuts them into lines, of which a participle grammar
// (grammar.go) makes sense one by one, with the expressions in them read by expression.go; convert.go makes the tree of
// ast.go, which is what the rest of netc sees. Every rule of the grammar is also stated in EBNF, above what reads it.
// After a mistake the line that holds it is left out and parsing goes on, so that one run reports several mistakes:
// recover.go says how, forgotten.go does the same for brackets in the lexer, and slip.go says what was probably meant.
package syntax

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
)

// maxMistakes is how many mistakes of one file are looked for: what follows many is rarely a mistake of its own.
const maxMistakes = 8

// parser reads tokens.
type parser struct {
	file     *source.File
	tokens   []token
	grammar  *grammar
	at       int      // the current token
	line     int      // the first token of the current line
	failed   *failure // the furthest mistake in an expression of the current line, or nil
	unclosed bool     // the last body has no closing brace: nothing is to follow it on its line
	lost     Lost
	problems diag.List
}

// failure is a mistake in the form of the text. It unwinds the parser, as a panic, to the statement or declaration that
// holds it.
type failure struct {
	diagnostic diag.Diagnostic // without a code when it has been reported
}

// tooMany unwinds the parser to its entry.
type tooMany struct{}

// parse reads the tokens of a file in which scanning has found problems, or none.
func parse(file *source.File, tokens []token, problems diag.List) (*File, diag.List) {
	p := &parser{file: file, tokens: tokens, problems: problems}
	p.grammar = grammars.Get().(*grammar)
	p.grammar.user = p
	defer func() {
		p.grammar.user = nil
		grammars.Put(p.grammar)
	}()
	tree := &File{Source: file}
	func() {
		defer func() {
			switch f := recover(); f {
			case nil:
			case tooMany{}:
				p.lost.Anything = true
			default:
				panic(f)
			}
		}()
		p.declarations(tree)
	}()
	tree.Lost = p.lost
	return tree, p.problems
}

// token is the current token.
func (p *parser) token() token { return p.tokenAt(p.at) }

func (p *parser) tokenAt(i int) token {
	if i < len(p.tokens) {
		return p.tokens[i]
	}
	end := 0
	if len(p.tokens) > 0 {
		end = p.tokens[len(p.tokens)-1].end
	}
	return token{tokenEnd, "", end, end}
}

// is reports whether the current token is the symbol, keyword or word.
func (p *parser) is(text string) bool { return p.token().text == text }

// accept goes past the current token if it is the symbol, keyword or word.
func (p *parser) accept(text string) bool {
	if p.is(text) {
		p.at++
		return true
	}
	return false
}

// want goes past the symbol or keyword, which must be the current token.
func (p *parser) want(text string) {
	if !p.accept(text) {
		p.unexpected(fmt.Sprintf("%q", text))
	}
}

// lineEnd goes past the end of a line.
func (p *parser) lineEnd() {
	if p.token().kind != tokenNewline {
		p.unexpected(lineEnds)
	}
	p.at++
}

// newlines goes past empty lines.
func (p *parser) newlines() {
	for p.token().kind == tokenNewline {
		p.at++
	}
}

// span is the text from a token to the last one read.
func (p *parser) span(from int) source.Span {
	start := p.tokenAt(from).start
	return source.Span{File: p.file, Start: start, End: max(start, p.tokenAt(p.at-1).end)}
}

func (p *parser) place(t token) source.Span {
	return source.Span{File: p.file, Start: t.start, End: t.end}
}

// name reads a name; what says what is expected.
func (p *parser) name(what string) Name {
	t := p.token()
	if t.kind != tokenName {
		p.unexpected(what)
	}
	p.at++
	return Name{t.text, p.place(t)}
}

// list reads [ITEM {"," ITEM} [","]] up to a closing bracket, which it goes past.
func (p *parser) list(closing string, item func()) {
	for !p.accept(closing) {
		item()
		if !p.accept(",") && !p.is(closing) {
			p.unexpected(fmt.Sprintf("%q", closing))
		}
	}
}

// unexpected fails at the current token.
func (p *parser) unexpected(expected string) {
	t := p.token()
	d := diag.Diagnostic{Code: diag.Unexpected, Span: p.here(), Message: "unexpected " + describe(t),
		Help: p.slip(expected)}
	if expected != "" {
		d.Label = "expected " + expected
	}
	opener := p.openBracket()
	closing := expected == `")"` || expected == `"]"`
	switch ends := t.kind == tokenEnd || t.kind == tokenNewline || t.kind == tokenSymbol &&
		strings.Contains("{})]", t.text); {
	case opener < 0:
	case closing && !ends && p.endsValue() && beginsValue(t):
		d.Message, d.Label = "missing \",\" before "+describe(t), ""
	case closing && ends:
		d.Code, d.Message, d.Label = diag.OpenBracket, "missing "+expected+" before "+describe(t), ""
		d.Related = []diag.Label{{Span: p.place(p.tokens[opener]), Text: "this bracket is still open"}}
	case t.kind == tokenEnd || t.text == "}":
		d.Code = diag.OpenBracket
		d.Related = []diag.Label{{Span: p.place(p.tokens[opener]), Text: "this bracket is still open"}}
	}
	panic(failure{d})
}

// here is the place of the current token; a line end has no extent.
func (p *parser) here() source.Span {
	t := p.token()
	if t.kind == tokenNewline {
		t.end = t.start
	}
	return p.place(t)
}

func describe(t token) string {
	switch t.kind {
	case tokenEnd:
		return "end of file"
	case tokenNewline:
		return "end of line"
	case tokenKeyword:
		return fmt.Sprintf("keyword %q", t.text)
	}
	return fmt.Sprintf("%q", t.text)
}

// openBracket returns the index of the innermost ( or [ that is open before the current token, or -1.
func (p *parser) openBracket() int {
	depth := 0
	for i := min(p.at, len(p.tokens)) - 1; i >= 0; i-- {
		switch p.tokens[i].text {
		case ")", "]":
			depth++
		case "(", "[":
			if depth == 0 {
				return i
			}
			depth--
		case "{", "}":
			return -1
		}
	}
	return -1
}
