package syntax

import (
	"errors"
	"io"
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// The grammar, as participle reads it from the tags. It is that of one line: the head of a declaration, a statement of
// a body, or a variant of a family; parse.go cuts a file into lines. These structs only live during parsing; convert.go
// makes the syntax tree of them. Expressions and calls are productions of their own (expression.go), since precedence
// of operators is easier said there.

// gHead is a declaration without its body.
type gHead struct {
	Import    *gString   `parser:"  'import' @@"`
	Primitive *gBlock    `parser:"| 'primitive' @@"`
	Block     *gBlock    `parser:"| 'block' @@"`
	Function  *gFunction `parser:"| 'function' @@"`
	Network   *gScalable `parser:"| 'network' @@"`
	Scaling   *gScalable `parser:"| 'scaling' @@"`
	Family    *gFamily   `parser:"| 'family' @@"`
}

type gName struct {
	Pos  lexer.Position
	Text string `parser:"@Name"`
}

type gString struct {
	Pos  lexer.Position
	Text string `parser:"@String"`
}

// block  = name params "(" tensor {"," tensor} [","] ")" .
// tensor = name | "[" name "]" .
type gBlock struct {
	Name   gName      `parser:"@@"`
	Params *gParams   `parser:"@@"`
	Inputs []*gTensor `parser:"'(' @@ (',' @@)* ','? ')'"`
}

type gTensor struct {
	List bool  `parser:"( @'['"`
	Name gName `parser:"  @@ ']' | @@ )"`
}

// params = "(" [param {"," param} [","]] ")" .
// param  = name ":" type ["=" expression] .
// type   = name | "[" name "]" .
type gParams struct {
	List []*gParam `parser:"'(' (@@ (',' @@)* ','?)? ')'"`
}

type gParam struct {
	Pos     lexer.Position
	Name    gName `parser:"@@"`
	Type    gType `parser:"':' @@"`
	Default Expr  `parser:"('=' @@)?"`
	EndPos  lexer.Position
}

type gType struct {
	Pos    lexer.Position
	List   bool  `parser:"( @'['"`
	Name   gName `parser:"  @@ ']' | @@ )"`
	EndPos lexer.Position
}

// gFunction is a function without its body: see declaration for the rule.
type gFunction struct {
	Name   gName    `parser:"@@"`
	Params *gParams `parser:"@@"`
	Value  Expr     `parser:"('=' @@)?"`
}

// scalable = name [params] .
type gScalable struct {
	Name   gName    `parser:"@@"`
	Params *gParams `parser:"@@?"`
}

// family = name ["of" call] ["by" call] .
type gFamily struct {
	Name gName    `parser:"@@"`
	Of   callExpr `parser:"('of' @@)?"`
	By   callExpr `parser:"('by' @@)?"`
}

// variant = ( name | string ) ":" [setting {"," setting}] .
type gVariant struct {
	Name     *gName      `parser:"( @@"`
	Quoted   *gString    `parser:"| @@ ) ':'"`
	Settings []*gSetting `parser:"(@@ (',' @@)*)?"`
}

// setting = name "=" expression .
type gSetting struct {
	Pos    lexer.Position
	Name   gName `parser:"@@"`
	Value  Expr  `parser:"'=' @@"`
	EndPos lexer.Position
}

// statement = "use" use {"," use} | "input" input | "return" results | "require" require | rule | setting | flow .
// results   = result {"," result} .
type gStatement struct {
	Use     []*gUse      `parser:"  'use' @@ (',' @@)*"`
	Input   *gInput      `parser:"| 'input' @@"`
	Return  []resultExpr `parser:"| 'return' @@ (',' @@)*"`
	Require *gRequire    `parser:"| 'require' @@"`
	Rule    *gRule       `parser:"| @@"`
	Assign  *gSetting    `parser:"| @@"`
	Flow    *gFlow       `parser:"| @@"`
}

// use = setting | call .
type gUse struct {
	Pos     lexer.Position
	Setting *gSetting `parser:"  @@"`
	Call    callExpr  `parser:"| @@"`
	EndPos  lexer.Position
}

// input = name "[" expression {"," expression} [","] "]" .
type gInput struct {
	Name gName  `parser:"@@"`
	Dims []Expr `parser:"'[' @@ (',' @@)* ','? ']'"`
}

// require = expression ["~" expression "within" expression] .
type gRequire struct {
	Left   Expr `parser:"@@"`
	Near   Expr `parser:"('~' @@"`
	Within Expr `parser:" 'within' @@)?"`
}

// rule = name "(" name {"," name} [","] ")" "=" expression .
type gRule struct {
	Name   gName    `parser:"@@"`
	Params []*gName `parser:"'(' @@ (',' @@)* ','? ')'"`
	Value  Expr     `parser:"'=' @@"`
}

// flow = name part {"," part} .
type gFlow struct {
	Name  gName    `parser:"@@"`
	Parts []*gPart `parser:"@@ (',' @@)*"`
}

// part = call {"->" call} ["x" pipe] ["if" expression] .
//
// The repeat count is no choice unless in brackets: the "if" that follows it is the part's.
type gPart struct {
	Pos    lexer.Position
	Steps  []callExpr `parser:"@@ ('->' @@)*"`
	Repeat pipeExpr   `parser:"('x' @@)?"`
	If     Expr       `parser:"('if' @@)?"`
	EndPos lexer.Position
}

// callExpr and pipeExpr are expressions of one form, so that the grammar can ask for them. A resultExpr is none, but an
// item of a line as they are.
type (
	callExpr   interface{ Expr }
	pipeExpr   interface{ Expr }
	resultExpr interface{ Expr }
)

// grammar holds participle's parsers of each kind of line. Their expressions are read by the parser that uses the
// grammar at the time.
type grammar struct {
	user      *parser
	head      *participle.Parser[gHead]
	statement *participle.Parser[gStatement]
	variant   *participle.Parser[gVariant]
}

// grammars keeps grammars that nobody uses: participle takes longer to make one than to read a short file.
var grammars = sync.Pool{New: func() any { return newGrammar() }}

// newGrammar makes the parsers. One token of lookahead (of which participle does not count the first) decides every
// choice, so that a mistake is reported in the branch that the text took and not in one it left.
func newGrammar() *grammar {
	g := &grammar{}
	options := []participle.Option{
		participle.Lexer(definition{}), participle.UseLookahead(1),
		participle.ParseTypeWith(func(lex *lexer.PeekingLexer) (Expr, error) {
			return within(g.user, lex,
				g.user.expression)
		}),
		participle.ParseTypeWith(func(lex *lexer.PeekingLexer) (pipeExpr, error) {
			return within(g.user, lex,
				g.user.pipe)
		}),
		participle.ParseTypeWith(func(lex *lexer.PeekingLexer) (callExpr, error) {
			return within(g.user, lex, func() Expr { return g.user.call() })
		}),
		participle.ParseTypeWith(func(lex *lexer.PeekingLexer) (resultExpr, error) {
			return within(g.user, lex, func() Expr { return g.user.result() })
		}),
	}
	g.head, g.statement = participle.MustBuild[gHead](options...), participle.MustBuild[gStatement](options...)
	g.variant = participle.MustBuild[gVariant](options...)
	return g
}

// definition satisfies participle, which asks it for the kinds of tokens. The tokens come from scan.
type definition struct{}

func (definition) Symbols() map[string]lexer.TokenType {
	return map[string]lexer.TokenType{
		"EOF": lexer.EOF, "Name": lexer.TokenType(tokenName), "Keyword": lexer.TokenType(tokenKeyword),
		"Int":   lexer.TokenType(tokenInt),
		"Float": lexer.TokenType(tokenFloat), "String": lexer.TokenType(tokenString),
		"Symbol":  lexer.TokenType(tokenSymbol),
		"Newline": lexer.TokenType(tokenNewline),
	}
}

func (definition) Lex(string, io.Reader) (lexer.Lexer, error) {
	return nil, errors.New("syntax: files are scanned before they are parsed")
}

// line hands the tokens of a line to participle.
type line struct {
	tokens []token
	end    int // offset of what follows them
}

func (l *line) Next() (lexer.Token, error) {
	if len(l.tokens) == 0 {
		return lexer.EOFToken(lexer.Position{Offset: l.end}), nil
	}
	t := l.tokens[0]
	l.tokens = l.tokens[1:]
	return lexer.Token{Type: lexer.TokenType(t.kind), Value: t.text, Pos: lexer.Position{Offset: t.start}}, nil
}
