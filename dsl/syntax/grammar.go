package syntax

import (
	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// The grammar, as participle reads it from the tags. These structs only live during parsing; convert.go makes the
// syntax tree of them. Operators are parsed as flat lists there, and precedence is applied in convert.go, so that a deep
// table of precedences does not become a deep recursion.

type gFile struct {
	Decls []*gDecl `parser:"Newline* (@@ Newline+)*"`
}

type gDecl struct {
	Pos       lexer.Position
	Import    *gImport    `parser:"  @@"`
	Primitive *gPrimitive `parser:"| @@"`
	Block     *gBlock     `parser:"| @@"`
	Function  *gFunction  `parser:"| @@"`
	Network   *gNetwork   `parser:"| @@"`
	Scaling   *gScaling   `parser:"| @@"`
	Family    *gFamily    `parser:"| @@"`
	EndPos    lexer.Position
}

type gName struct {
	Pos    lexer.Position
	Text   string `parser:"@Name"`
	EndPos lexer.Position
}

type gString struct {
	Pos    lexer.Position
	Text   string `parser:"@String"`
	EndPos lexer.Position
}

type gImport struct {
	Path gString `parser:"'import' @@"`
}

type gPrimitive struct {
	Name   gName     `parser:"'primitive' @@"`
	Params []*gParam `parser:"('(' (@@ (',' @@)* ','?)? ')')?"`
	Inputs []*gInput `parser:"'(' @@ (',' @@)* ')'"`
}

type gInput struct {
	Pos    lexer.Position
	List   bool  `parser:"( @'['"`
	Name   gName `parser:"  @@ ']' | @@ )"`
	EndPos lexer.Position
}

type gParam struct {
	Pos     lexer.Position
	Name    gName  `parser:"@@"`
	Type    gType  `parser:"':' @@"`
	Default *gExpr `parser:"('=' @@)?"`
	EndPos  lexer.Position
}

type gType struct {
	Pos    lexer.Position
	List   bool  `parser:"( @'['"`
	Name   gName `parser:"  @@ ']' | @@ )"`
	EndPos lexer.Position
}

type gBlock struct {
	Name   gName     `parser:"'block' @@"`
	Params []*gParam `parser:"'(' (@@ (',' @@)* ','?)? ')'"`
	Inputs []*gInput `parser:"'(' @@ (',' @@)* ')'"`
	Body   *gBody    `parser:"@@"`
}

type gFunction struct {
	Name   gName     `parser:"'function' @@"`
	Params []*gParam `parser:"'(' (@@ (',' @@)* ','?)? ')'"`
	Value  *gExpr    `parser:"( '=' @@"`
	Body   *gBody    `parser:"| @@ )"`
}

type gNetwork struct {
	Name   gName     `parser:"'network' @@"`
	Params []*gParam `parser:"('(' (@@ (',' @@)* ','?)? ')')?"`
	Body   *gBody    `parser:"@@"`
}

type gScaling struct {
	Name   gName     `parser:"'scaling' @@"`
	Params []*gParam `parser:"('(' (@@ (',' @@)* ','?)? ')')?"`
	Body   *gBody    `parser:"@@"`
}

type gFamily struct {
	Name     gName       `parser:"'family' @@"`
	Of       *gCall      `parser:"('of' @@)?"`
	By       *gCall      `parser:"('by' @@)?"`
	Variants []*gVariant `parser:"'{' Newline* (@@ Newline+)* '}'"`
}

type gVariant struct {
	Pos      lexer.Position
	Name     *gName      `parser:"( @@"`
	Quoted   *gString    `parser:"| @@ ) ':'"`
	Settings []*gSetting `parser:"(@@ (',' @@)*)?"`
	EndPos   lexer.Position
}

type gSetting struct {
	Pos    lexer.Position
	Name   gName `parser:"@@"`
	Value  gExpr `parser:"'=' @@"`
	EndPos lexer.Position
}

type gBody struct {
	Statements []*gStatement `parser:"'{' Newline* (@@ Newline+)* '}'"`
}

type gStatement struct {
	Pos     lexer.Position
	Use     []*gUse      `parser:"  'use' @@ (',' @@)*"`
	Input   *gInputImage `parser:"| 'input' @@"`
	Return  *gExpr       `parser:"| 'return' @@"`
	Require *gRequire    `parser:"| 'require' @@"`
	Rule    *gRule       `parser:"| @@"`
	Assign  *gSetting    `parser:"| @@"`
	Flow    *gFlow       `parser:"| @@"`
	EndPos  lexer.Position
}

type gUse struct {
	Pos    lexer.Position
	Assign *gSetting `parser:"  @@"`
	Call   *gCall    `parser:"| @@"`
	EndPos lexer.Position
}

type gInputImage struct {
	Name gName    `parser:"@@"`
	Dims []*gExpr `parser:"'[' @@ (',' @@)* ']'"`
}

type gRequire struct {
	Left   *gExpr `parser:"@@"`
	Near   *gExpr `parser:"('~' @@"`
	Within *gExpr `parser:" 'within' @@)?"`
}

type gRule struct {
	Name   gName   `parser:"@@"`
	Params []gName `parser:"'(' @@ (',' @@)* ')'"`
	Value  gExpr   `parser:"'=' @@"`
}

type gFlow struct {
	Name  gName    `parser:"@@"`
	Parts []*gPart `parser:"@@ (',' @@)*"`
}

type gPart struct {
	Pos    lexer.Position
	Steps  []gCall `parser:"@@ ('->' @@)*"`
	Repeat *gPipe  `parser:"('x' @@)?"` // a choice stands in brackets: the if that follows is the part's
	If     *gExpr  `parser:"('if' @@)?"`
	EndPos lexer.Position
}

type gCall struct {
	Pos    lexer.Position
	Name   gName  `parser:"@@"`
	Args   *gArgs `parser:"@@?"`
	EndPos lexer.Position
}

type gArgs struct {
	Args []*gArg `parser:"'(' (@@ (',' @@)* ','?)? ')'"`
}

type gArg struct {
	Pos    lexer.Position
	Name   *gName `parser:"(@@ ':')?"`
	Value  gExpr  `parser:"@@"`
	EndPos lexer.Position
}

// gExpr is VALUE [if CONDITION [else VALUE]].
type gExpr struct {
	Pos       lexer.Position
	Value     *gPipe `parser:"@@"`
	Condition *gPipe `parser:"('if' @@"`
	Else      *gExpr `parser:" ('else' @@)?)?"`
	EndPos    lexer.Position
}

type gPipe struct {
	Pos    lexer.Position
	Head   *gBinary `parser:"@@"`
	Steps  []gCall  `parser:"('->' @@)*"`
	EndPos lexer.Position
}

type gBinary struct {
	First *gUnary   `parser:"@@"`
	Rest  []*gRight `parser:"@@*"`
}

type gRight struct {
	Operator string  `parser:"@('+' | '-' | '*' | '/' | '^' | 'div' | 'mod' | '==' | '!=' | '<' | '<=' | '>' | '>=' | 'and' | 'or')"`
	Operand  *gUnary `parser:"@@"`
}

type gUnary struct {
	Pos       lexer.Position
	Operators []string  `parser:"@('-' | 'not' | 'fixed')*"`
	Operand   *gPostfix `parser:"@@"`
	EndPos    lexer.Position
}

type gPostfix struct {
	Pos      lexer.Position
	Primary  *gPrimary  `parser:"@@"`
	Suffixes []*gSuffix `parser:"@@*"`
	EndPos   lexer.Position
}

type gSuffix struct {
	Field  *gName `parser:"  '.' @@"`
	Index  *gExpr `parser:"| '[' @@ ']'"`
	Args   *gArgs `parser:"| @@"`
	EndPos lexer.Position
}

type gPrimary struct {
	Pos    lexer.Position
	Int    *string `parser:"  @Int"`
	Float  *string `parser:"| @Float"`
	String *string `parser:"| @String"`
	Bool   *string `parser:"| @('true' | 'false')"`
	Name   *gName  `parser:"| @@"`
	Group  *gExpr  `parser:"| '(' @@ ')'"`
	List   *gList  `parser:"| @@"`
	EndPos lexer.Position
}

type gList struct {
	First  *gExpr   `parser:"'[' (@@"`
	Name   *gName   `parser:"  (  'for' @@"`
	Over   *gPipe   `parser:"     'in' @@"`
	State  *gName   `parser:"     ('from' @@"`
	From   *gExpr   `parser:"      '=' @@)?"`
	Others []*gExpr `parser:"  |  ',' (@@ (',' @@)* ','?)? )? )? ']'"`
}

// newParser builds the parser. One token of lookahead (of which participle does not count the first) decides every choice, so
// that an error is reported in the branch that the text took and not in one it left.
func newParser() *participle.Parser[gFile] {
	return participle.MustBuild[gFile](participle.Lexer(definition{}), participle.UseLookahead(1))
}
