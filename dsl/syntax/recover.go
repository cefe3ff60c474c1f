package syntax

import (
	"slices"

	"github.com/netc-lang/netc/dsl/diag"
)

// Recovery: how parsing goes on after a mistake. What is left out is a statement, or the head of a declaration; the
// names in it are kept, so that nobody calls them unknown.

// attempt parses something and reports whether it has its form. A mistake is noted, and the current token stays where
// it is.
func (p *parser) attempt(parse func()) (ok bool) {
	defer func() {
		switch f := recover().(type) {
		case nil:
		case failure:
			if f.diagnostic.Code != "" {
				p.report(f.diagnostic)
			}
		default:
			panic(f)
		}
	}()
	p.readable()
	parse()
	return true
}

// report notes a mistake.
func (p *parser) report(d diag.Diagnostic) {
	if p.problems.Add(d); len(p.problems) >= maxMistakes {
		panic(tooMany{})
	}
}

// readable fails, without a mistake of its own, where a line holds what the scanner has reported.
func (p *parser) readable() {
	for i := p.at; i < len(p.tokens); i++ {
		switch t := p.tokens[i]; {
		case t.kind == tokenBad:
			panic(failure{})
		case t.kind == tokenNewline, t.text == "{" && t.kind == tokenSymbol:
			return
		}
	}
}

// lose keeps the names from a token up to the current one.
func (p *parser) lose(from int) {
	for _, t := range p.tokens[from:min(p.at, len(p.tokens))] {
		if t.kind == tokenName {
			p.lost.Names = append(p.lost.Names, Name{t.text, p.place(t)})
		}
	}
}

// skipLine goes past the end of the line, and of the bodies that it opens, but not out of the body that it is in.
func (p *parser) skipLine(from int) {
	for depth := 0; ; p.at++ {
		switch t := p.token(); {
		case t.kind == tokenEnd, t.text == "}" && depth == 0:
			p.lose(from)
			return
		case t.text == "{":
			depth++
		case t.text == "}":
			depth--
		case t.kind == tokenNewline && depth == 0:
			p.at++
			p.lose(from)
			return
		}
	}
}

// skipHead goes to the body of a declaration whose head, from the given token on, has a mistake, and reads it for the
// mistakes in it. Without a body, it goes to the next declaration.
func (p *parser) skipHead(from int) {
	word := p.tokenAt(from)
	isDeclaration := word.kind == tokenKeyword && slices.Contains(declarationWords, word.text)
	p.at = max(p.at, from)
	for p.token().kind != tokenEnd && p.token().kind != tokenNewline && !p.is("{") {
		p.at++
	}
	p.loseDeclaration(from, isDeclaration)
	if !isDeclaration || !p.is("{") {
		p.skipDeclaration(from)
		return
	}
	p.lose(from)
	if word.text == "family" {
		p.variants()
	} else {
		p.body()
	}
	p.afterDeclaration()
}

// loseDeclaration keeps what the loss of a declaration means. Where a name follows the word that it begins with, or
// seems to, it declares that name; otherwise it may declare anything.
func (p *parser) loseDeclaration(from int, isDeclaration bool) {
	word, bad := p.tokenAt(from), false
	for _, t := range p.tokens[from:min(p.at, len(p.tokens))] {
		bad = bad || t.kind == tokenBad
	}
	meant := word.text
	if !isDeclaration {
		meant = diag.Nearest(meant, declarationWords)
	}
	switch {
	case word.text == "}":
	case meant == "import" || bad || p.tokenAt(from+1).kind != tokenName:
		p.lost.Anything = true
	default:
		p.lost.Family = p.lost.Family || meant == "family" || meant == ""
	}
}

// skipDeclaration goes to the next declaration: what stands before it belongs to the one that has a mistake.
func (p *parser) skipDeclaration(from int) {
	for p.token().kind != tokenEnd {
		t, next := p.token(), p.tokenAt(p.at+1)
		begins := p.at == 0 || p.tokens[p.at-1].kind == tokenNewline || p.tokens[p.at-1].text == "}"
		if p.at > from && begins && beginsDeclaration(t, next) {
			break
		}
		p.at++
	}
	p.lose(from)
}
