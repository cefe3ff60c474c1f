package syntax

import (
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
)

// Kind says what a Token is.
type Kind int

// The kinds of tokens. A LineEnd is a line end that ends a statement or declaration; it has no text.
const (
	KindName Kind = iota + 1
	KindKeyword
	KindNumber
	KindString
	KindSymbol
	KindComment
	KindLineEnd
)

// Token is a piece of a file's text, for tools that work on the text rather than on the tree.
type Token struct {
	Kind Kind
	Text string // as written: a string with its quotes, a comment with its slashes
	Span source.Span
}

// Tokens returns all tokens of a file in the order of the text, comments among them.
func Tokens(file *source.File) ([]Token, diag.List) {
	scanned, comments, problems := scan(file)
	tokens := make([]Token, 0, len(scanned)+len(comments))
	for _, t := range scanned {
		for len(comments) > 0 && comments[0].Start < t.start {
			tokens = append(tokens, Token{KindComment, comments[0].Text(), comments[0]})
			comments = comments[1:]
		}
		text := t.text
		if t.kind == tokenNewline {
			text = ""
		}
		tokens = append(tokens, Token{kinds[t.kind], text, source.Span{File: file, Start: t.start, End: t.end}})
	}
	for _, c := range comments {
		tokens = append(tokens, Token{KindComment, c.Text(), c})
	}
	return tokens, problems
}

var kinds = [...]Kind{
	tokenName: KindName, tokenKeyword: KindKeyword, tokenInt: KindNumber, tokenFloat: KindNumber,
	tokenString: KindString,
	tokenSymbol: KindSymbol, tokenNewline: KindLineEnd, tokenBad: KindSymbol,
}
