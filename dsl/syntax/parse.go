// Package syntax turns the text of a .net file into its syntax tree.
//
// Parse is the one entry point: scan.go makes tokens, a participle grammar (grammar.go) makes a parse tree of them, and
// convert.go makes the tree of ast.go, which is what the rest of netc sees. After a mistake the statement that holds it
// is left out and parsing goes on, so that one run reports several mistakes.
package syntax

import (
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
)

// maxMistakes is how many mistakes of one file are looked for: each costs another parse.
const maxMistakes = 8

func parse(file *source.File, tokens []token) (*File, diag.List) {
	parser := newParser()
	var problems diag.List
	for {
		tree, err := parseTokens(parser, tokens)
		if err == nil {
			c := &converter{file: file, tokens: tokens}
			converted := c.convert(tree)
			return converted, append(problems, c.problems...)
		}
		var located participle.Error
		if !errors.As(err, &located) {
			problems.Addf(diag.Unexpected, source.Span{File: file}, "%v", err)
			return &File{Source: file}, problems
		}
		at := tokenAt(tokens, located.Position().Offset)
		problems.Add(explain(file, tokens, at, located))
		if len(problems) == maxMistakes || at == len(tokens) {
			return &File{Source: file}, problems
		}
		tokens = without(tokens, at)
	}
}

func parseTokens(parser *participle.Parser[gFile], tokens []token) (*gFile, error) {
	peeking, err := lexer.Upgrade(&tokenReader{tokens: tokens})
	if err != nil {
		return nil, err
	}
	return parser.ParseFromLexer(peeking)
}

// tokenReader hands tokens to participle.
type tokenReader struct {
	tokens []token
	at     int
}

func (r *tokenReader) Next() (lexer.Token, error) {
	if r.at == len(r.tokens) {
		end := lexer.Position{}
		if r.at > 0 {
			end = r.tokens[r.at-1].Pos
			end.Offset = r.tokens[r.at-1].end
		}
		return lexer.EOFToken(end), nil
	}
	r.at++
	return r.tokens[r.at-1].Token, nil
}

// tokenAt returns the index of the first token at or after an offset.
func tokenAt(tokens []token, offset int) int {
	for i, t := range tokens {
		if t.Pos.Offset >= offset {
			return i
		}
	}
	return len(tokens)
}

// explain turns participle's error into words for someone who has not read the grammar.
func explain(file *source.File, tokens []token, at int, err participle.Error) diag.Diagnostic {
	d := diag.Diagnostic{Code: diag.Unexpected, Span: source.Span{File: file, Start: err.Position().Offset, End: err.Position().Offset}}
	what := "the end of the file"
	if at < len(tokens) {
		t := tokens[at]
		d.Span = source.Span{File: file, Start: t.Pos.Offset, End: max(t.end, t.Pos.Offset+1)}
		what = fmt.Sprintf("%q", t.Value)
		if t.Type == tokenNewline {
			what = "the end of the line"
			d.Span.End = d.Span.Start
		}
		if t.Type == tokenKeyword {
			what = fmt.Sprintf("the keyword %q", t.Value)
		}
	}
	d.Message = "unexpected " + what
	if expected := expectation(err); expected != "" {
		d.Label = "expected " + expected
	}
	if opener := openBracket(tokens, at); opener >= 0 && (d.Label == `expected ")"` || d.Label == `expected "]"`) {
		d.Code = diag.OpenBracket
		t := tokens[opener]
		d.Related = []diag.Label{{Span: source.Span{File: file, Start: t.Pos.Offset, End: t.end}, Text: "this bracket is still open"}}
	}
	if at+1 < len(tokens) && tokens[at].Type == tokenName && startsStatement(tokens, at) && !atDeclaration(tokens, at) {
		// participle gives up on a statement at its first word when the second does not go on from it
		next := tokens[at+1]
		d.Span = source.Span{File: file, Start: next.Pos.Offset, End: max(next.end, next.Pos.Offset+1)}
		d.Message = fmt.Sprintf("unexpected %q after the name %s", next.Value, tokens[at].Value)
		if next.Type == tokenNewline {
			d.Span.End = d.Span.Start
			d.Message = fmt.Sprintf("nothing follows the name %s", tokens[at].Value)
		}
		d.Code, d.Label = diag.NoStatement, ""
		d.Help = "a line of a body is NAME LAYER(…) -> …, or NAME = VALUE"
	}
	if at < len(tokens) && tokens[at].Type == tokenName && atDeclaration(tokens, at) {
		d.Code, d.Label = diag.NoDeclaration, "expected a declaration"
		d.Help = diag.Suggest(tokens[at].Value, declarationWords)
		if d.Help == "" {
			d.Help = "a declaration begins with one of " + strings.Join(declarationWords, ", ")
		}
	}
	return d
}

var declarationWords = []string{"import", "block", "function", "network", "scaling", "family"}

// atDeclaration reports whether a token stands where a declaration begins.
func atDeclaration(tokens []token, at int) bool {
	depth := 0
	for _, t := range tokens[:at] {
		switch t.Value {
		case "{":
			depth++
		case "}":
			depth--
		}
	}
	return depth == 0 && (at == 0 || tokens[at-1].Type == tokenNewline)
}

// openBracket returns the index of the innermost ( or [ that is open before a token, or -1.
func openBracket(tokens []token, at int) int {
	depth := 0
	for i := min(at, len(tokens)) - 1; i >= 0; i-- {
		switch tokens[i].Value {
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

// startsStatement reports whether a token is the first of its line in a body.
func startsStatement(tokens []token, at int) bool {
	return at > 0 && (tokens[at-1].Type == tokenNewline || tokens[at-1].Value == "{")
}

// expectation names what the grammar wanted, when that is one simple thing.
func expectation(err participle.Error) string {
	_, text, found := strings.Cut(err.Message(), "(expected ")
	text = strings.TrimSuffix(text, ")")
	switch {
	case !found:
		return ""
	case strings.HasPrefix(text, "<name>"):
		return "a name"
	case strings.HasPrefix(text, "<newline>"):
		return "the end of the line"
	case strings.HasPrefix(text, "<string>"):
		return "a quoted text"
	case strings.HasPrefix(text, "\""):
		word, _, _ := strings.Cut(text[1:], "\"")
		return fmt.Sprintf("%q", word)
	case strings.HasPrefix(text, "GExpr"), strings.HasPrefix(text, "GPipe"), strings.HasPrefix(text, "GUnary"), strings.HasPrefix(text, "GPostfix"), strings.HasPrefix(text, "GPrimary"):
		return "a value"
	case strings.HasPrefix(text, "GBody"):
		return `"{"`
	case strings.HasPrefix(text, "GType"):
		return "a type"
	}
	return ""
}

// without returns the tokens less the statement that holds the token at the index: from the line end or "{" before it up
// to the line end after it, with every { } it opens.
func without(tokens []token, at int) []token {
	from := at
	for from > 0 && tokens[from-1].Type != tokenNewline && tokens[from-1].Value != "{" {
		from--
	}
	to, depth := from, 0
	for to < len(tokens) {
		switch tokens[to].Value {
		case "{":
			depth++
		case "}":
			depth--
		}
		if depth < 0 && to > at {
			break
		}
		to++
		if depth <= 0 && to > at && tokens[to-1].Type == tokenNewline {
			break
		}
	}
	if to <= from {
		to = from + 1
	}
	return append(append([]token(nil), tokens[:from]...), tokens[to:]...)
}
