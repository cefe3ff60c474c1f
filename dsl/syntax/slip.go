package syntax

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// What was probably meant by a usual slip of the pen, or by a habit from another language.

// lineEnds is what is expected where nothing more can follow.
const lineEnds = "the end of the line"

// slip returns the help for the current token, which cannot stand here; "" when there is none.
func (p *parser) slip(expected string) string {
	t, last := p.token(), p.tokenAt(max(0, p.at-1))
	adjacent := last.end == t.start && last.kind == tokenSymbol
	next := p.tokenAt(p.at + 1)
	switch {
	case t.kind == tokenKeyword:
		return p.keywordSlip(t, expected)
	case t.text == "=" && next.text == ">" && t.end == next.start:
		return `the arrow is "->"`
	case t.kind == tokenSymbol && t.text == "=":
		return p.equalsSlip(last, expected)
	case t.text == ":" && expected == `"="`:
		return fmt.Sprintf("here a setting is given with \"=\": %s = …", last.text)
	case t.text == "*" && last.text == "*" && adjacent:
		return `a power is written "^"`
	case t.text == ")" || t.text == "]":
		if p.openBracket() < 0 {
			return "nothing is open that it could close"
		}
	case t.text == "," && expected == `")"` && p.tokenAt(p.openBracket()).text == "(":
		return "round brackets hold one value; a list is [a, b]"
	case expected == "a quoted text" && t.kind == tokenName:
		return `a path stands in double quotes, such as "std/mobile"`
	}
	return p.headSlip(t, expected)
}

// headSlip is slip for what depends on the line more than on the token.
func (p *parser) headSlip(t token, expected string) string {
	first, last, next := p.tokenAt(p.line), p.tokenAt(max(0, p.at-1)), p.tokenAt(p.at+1)
	isFlow := expected == lineEnds && first.kind == tokenName && p.tokenAt(p.line+1).kind == tokenName
	switch {
	case p.isVariant(expected):
		return p.variantSlip(first, t)
	case p.isNameless():
		if unicode.IsUpper(rune(first.text[0])) { // a layer, as they are called
			return fmt.Sprintf("a line begins with a name of its own: NAME %s(…)", first.text)
		}
		return fmt.Sprintf("a line begins with a name of its own: NAME %s(…); a rule has a value: %[1]s(NAME) = VALUE",
			first.text)
	case first.text == "input" && t.text == ":":
		return "write input NAME[channels, height, width]"
	case first.text == "block" && expected == `"("` && p.tokenAt(p.at-1).text == ")":
		return "a block names the tensors that it takes: block NAME(SETTINGS)(x)"
	case first.text == "use" && t.text == ":":
		return fmt.Sprintf("a layer is named with \"=\": use %s = …", p.tokenAt(p.at-1).text)
	case t.text == ":" && expected == `")"` && p.tokenAt(p.at-1).kind == tokenName:
		return `a default is given with "="`
	case t.kind == tokenInt && p.at == p.line && p.tokenAt(p.at+1).text == ":":
		return fmt.Sprintf("a name that begins with a digit stands in double quotes: %q", t.text)
	case first.text == "input" && expected == `"["`:
		return "write input NAME[channels, height, width]"
	case expected == lineEnds && p.tokenAt(p.line+1).text == ":" && p.tokenAt(p.at+1).text == ":":
		return "each variant stands on a line of its own"
	case isFlow && t.kind == tokenInt && last.text == "x":
		return "how often a stage repeats stands behind its layers, without a comma"
	case isFlow && t.kind == tokenInt && last.kind == tokenName:
		return fmt.Sprintf("settings stand in brackets: %s(%s)", last.text, t.text)
	case isFlow && slices.Contains([]string{"+", "-", "*"}, t.text) && next.kind == tokenName:
		return fmt.Sprintf("layers and sums stand on lines of their own: after this line, sum = %s %s %s",
			first.text, t.text, next.text)
	case isFlow && (t.kind == tokenInt || t.text == "*" && p.tokenAt(p.at+1).kind == tokenInt):
		return "how often a stage repeats is written x " + strings.Trim(t.text,
			"*") + strings.Trim(p.tokenAt(p.at+1).text, "\n")
	case isFlow && repeatName.MatchString(t.text):
		return "how often a stage repeats is written x " + t.text[1:]
	case isFlow && t.kind == tokenName && last.kind == tokenInt:
		return `the definitions of a stage are separated by ","`
	case isFlow && t.kind == tokenName:
		return `the layers of a chain are joined by "->"`
	}
	return ""
}

var repeatName = regexp.MustCompile(`^x[0-9]+$`)

// keywordSlip is slip for a keyword.
func (p *parser) keywordSlip(t token, expected string) string {
	next := p.tokenAt(p.at + 1).text
	switch {
	case expected == "a name" || expected == "" || next == ":" || next == "=" && expected != "a statement":
		return fmt.Sprintf("%q is a word of the language, and no name", t.text)
	case t.text == "if" && expected == "a statement":
		return "a condition follows what it applies to: NAME LAYER if CONDITION"
	case t.text == "else" && expected == "a statement":
		return "a choice stands on one line: NAME = A if CONDITION else B"
	case t.text == "for" && expected == "a statement":
		return "a stage repeats with x N, and a list is [ITEM for NAME in LIST]"
	}
	return ""
}

// isNameless reports whether the line begins as a layer or rule does, and no "=" follows its brackets: what is meant is
// mostly a layer without the name that its line needs.
func (p *parser) isNameless() bool {
	if p.tokenAt(p.line).kind != tokenName || p.tokenAt(p.line+1).text != "(" {
		return false
	}
	open := 0
	for i := p.line + 1; ; i++ {
		switch t := p.tokenAt(i); {
		case t.kind == tokenEnd || t.kind == tokenNewline:
			return open <= 0
		case t.kind != tokenSymbol:
		case t.text == "(":
			open++
		case t.text == ")":
			open--
		case t.text == "=" && open == 0:
			return false
		}
	}
}

// isVariant reports whether the line is one of a family's, and what stands behind the variant's name is wrong.
func (p *parser) isVariant(expected string) bool {
	return expected == `":"` && p.at == p.line+1 && p.tokenAt(p.line).kind == tokenName
}

// variantSlip is slip for a variant.
func (p *parser) variantSlip(name, t token) string {
	if t.kind == tokenNewline {
		return fmt.Sprintf("a variant without settings is written %s:", name.text)
	}
	return fmt.Sprintf("a variant's settings stand behind a colon: %s: NAME = VALUE", name.text)
}

// equalsSlip is slip for "=".
func (p *parser) equalsSlip(last token, expected string) string {
	before := p.tokenAt(max(0, p.at-2)).text
	isName := last.kind == tokenName
	switch {
	case p.isVariant(expected):
		return p.variantSlip(last, p.token())
	case isName && p.tokenAt(p.line).text == "return" && slices.Contains([]string{"return", ","}, before):
		return fmt.Sprintf("an output is named with \":\": %s: …", last.text)
	case isName && expected == `":"`:
		return fmt.Sprintf("a setting is declared with its type: %s: int = …", last.text)
	case isName && (before == "(" || before == ",") && p.openBracket() >= 0:
		return fmt.Sprintf("here a setting is given with \":\": %s: …", last.text)
	case isName && p.at == p.line+2 && p.tokenAt(p.line).kind == tokenName:
		return fmt.Sprintf("a value is named by NAME = VALUE alone: %s = …", last.text)
	}
	return `"=" gives a name its value; equality is "=="`
}

// statementHelp is the help for a line that begins with a name and goes on with what cannot follow it.
func statementHelp(name, next token) string {
	switch {
	case name.text == "end" && next.kind == tokenNewline:
		return `a body ends with "}"`
	case next.text == ":":
		return fmt.Sprintf("layers stand beside the name, %s Conv(8), and a value after \"=\", %s = 8", name.text,
			name.text)
	case next.text == "==":
		return `"=" gives a name its value`
	}
	return "a line of a body is NAME LAYER(…) -> …, or NAME = VALUE"
}

// endsValue reports whether the token before the current one can be the last of a value.
func (p *parser) endsValue() bool {
	last := p.tokenAt(max(0, p.at-1))
	return last.kind != tokenSymbol && last.kind != tokenKeyword || slices.Contains([]string{")", "]", "true", "false"},
		last.text)
}

// beginsValue reports whether a token can be the first of a value.
func beginsValue(t token) bool {
	switch t.kind {
	case tokenName, tokenInt, tokenFloat, tokenString:
		return true
	}
	return t.text == "true" || t.text == "false"
}
