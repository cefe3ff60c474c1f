package syntax

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/netc-lang/netc/dsl/diag"
)

// What stands in a text but belongs to no token: it is reported, and where it is plain what was meant, scanning goes on
// with that.

// meant lists what other languages and keyboards write for the symbols and words of this one, the longest first where
// one begins another.
var meant = []struct{ written, symbol, help string }{
	{"→", "->", `write "->"`}, {"⇒", "->", `write "->"`}, {"−", "-", `write "-"`}, {"–", "-", `write "-"`},
	{"·", "*", `write "*"`},
	{"÷", "/", `write "/"`}, {"≈", "~", `write "~"`}, {"≤", "<=", `write "<="`}, {"≥", ">=", `write ">="`},
	{"≠", "!=", `write "!="`},
	{"&&", "and", `write "and"`}, {"&", "and", `write "and"`}, {"||", "or", `write "or"`}, {"|", "or", `write "or"`},
	{"!", "not", `write "not"`}, {"%", "mod", `the remainder of a division is "mod"`},
	{"×", "", `"x" repeats a stage, and "*" multiplies`}, {"?", "", "a choice is A if CONDITION else B"},
	{"\u00a0", " ", "this is a space that does not break; write a plain one"},
	{"\ufeff", " ", "this is a byte order mark; save the file without it"},
}

// meaningless reports what no token begins with.
func (s *scanner) meaningless(rest string) {
	r, size := utf8.DecodeRuneInString(rest)
	switch {
	case foreignLetter(rest):
		s.foreignName(rest)
	case strings.HasPrefix(rest, "/*"):
		s.comment(rest, 2, `"/*" begins no comment`)
	case r == '#':
		s.comment(rest, 1, `the character '#' has no meaning here`)
	case rest[0] == '.':
		n := 1 + prefixLength(rest[1:], isPart)
		if s.at > 0 && isPart(s.text[s.at-1]) {
			s.fail(diag.UnknownCharacter, n, "names consist of letters, digits and underscores",
				"a name has no point in it")
		} else {
			s.fail(diag.BadNumber, n, "write 0"+rest[:n], "a number does not begin with its point")
		}
		s.emit(tokenBad, "", n)
	case strings.ContainsRune("'‘’“”„`", r):
		s.otherQuotes(rest, size)
	case r == ';':
		s.semicolon()
	default:
		s.otherSymbol(rest, r, size)
	}
}

func (s *scanner) otherSymbol(rest string, r rune, size int) {
	const message = "the character %q has no meaning here"
	for _, m := range meant {
		if !strings.HasPrefix(rest, m.written) {
			continue
		}
		if size < len(m.written) {
			s.fail(diag.UnknownCharacter, len(m.written), m.help, "%q has no meaning here", m.written)
		} else {
			s.fail(diag.UnknownCharacter, size, m.help, message, r)
		}
		switch {
		case m.symbol == " ":
			s.at += len(m.written)
		case m.symbol == "":
			s.emit(tokenBad, "", len(m.written))
		case isLetter(m.symbol[0]):
			s.emit(tokenKeyword, m.symbol, len(m.written))
		default:
			s.emit(tokenSymbol, m.symbol, len(m.written))
		}
		return
	}
	s.fail(diag.UnknownCharacter, size, "", message, r)
	n := size
	for next, size := utf8.DecodeRuneInString(rest[n:]); n < len(rest) && next == r; next,
		size = utf8.DecodeRuneInString(rest[n:]) {
		n += size // a row of one character is one mistake
	}
	s.emit(tokenBad, "", n)
}

// comment reports a comment of another language, and goes past it.
func (s *scanner) comment(rest string, length int, message string) {
	s.fail(diag.UnknownCharacter, length, `comments begin with "//"`, "%s", message)
	line := firstLine(rest)
	if _, after, closed := strings.Cut(rest, "*/"); length == 2 && closed {
		s.at += len(rest) - len(after)
		return
	}
	s.at += len(line)
}

// semicolon stands for a comma within brackets, and for nothing at the end of a line.
func (s *scanner) semicolon() {
	const message = "the character ';' has no meaning here"
	switch {
	case s.inBrackets():
		s.fail(diag.UnknownCharacter, 1, `write ","`, message)
		s.emit(tokenSymbol, ",", 1)
	default:
		s.fail(diag.UnknownCharacter, 1, "a statement ends with its line", message)
		s.at++
		s.newline(s.at)
	}
}

// otherQuotes reads a text in quotes of another kind.
func (s *scanner) otherQuotes(rest string, size int) {
	line := firstLine(rest)
	end := strings.IndexAny(line[size:], "'’”“`\"")
	if end < 0 {
		n := len(strings.TrimRight(line, " \t\r"))
		s.fail(diag.UnclosedText, n, "a text stands in double quotes, on one line", "this text has no closing quote")
		s.emit(tokenBad, "", n)
		return
	}
	inner := line[size : size+end]
	_, closing := utf8.DecodeRuneInString(line[size+end:])
	n := size + end + closing
	s.fail(diag.UnknownCharacter, n, fmt.Sprintf("write \"%s\"", inner), "a text stands in double quotes")
	s.emit(tokenString, `"`+inner+`"`, n)
}

// foreignLetter reports whether a text begins with a letter or digit that is not ASCII.
func foreignLetter(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return r >= utf8.RuneSelf && r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// foreignName reports a name with letters of other alphabets.
func (s *scanner) foreignName(rest string) {
	n := strings.IndexFunc(rest, func(r rune) bool {
		return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
	if n < 0 {
		n = len(rest)
	}
	foreign := strings.IndexFunc(rest, func(r rune) bool { return r >= utf8.RuneSelf })
	r, _ := utf8.DecodeRuneInString(rest[foreign:])
	s.fail(diag.UnknownCharacter, n, "names consist of the letters A to Z and a to z, digits and underscores",
		"a name cannot have the character %q", r)
	s.emit(tokenBad, "", n)
}

// wholeNumber returns the length of what begins like a number and was meant as one, of which n bytes are a number.
func wholeNumber(text string, n int) int {
	whole := n + prefixLength(text[n:], isPart)
	for whole < len(text) && text[whole] == '.' && (whole+1 == len(text) || !isLetter(text[whole+1])) {
		whole++
		whole += prefixLength(text[whole:], isPart)
	}
	return whole
}

// badNumber reports a number that something follows without a space.
func (s *scanner) badNumber(number, rest string) {
	message, help := fmt.Sprintf("the number %s ends in %q", number, rest), ""
	switch digits := strings.ReplaceAll(rest, "_", ""); {
	case rest[0] == '.':
		if message = "a number has digits on both sides of its one point"; rest == "." {
			help = "write " + number + ".0"
		}
	case rest[0] == '_' && prefixLength(digits, isDigit) == len(digits):
		help = "the digits of a number stand together: " + number + digits
	case rest == "x":
		help = "how often a stage repeats is written x " + number
	case number == "0" && (rest[0] == 'x' || rest[0] == 'X'):
		help = "numbers are decimal"
	default:
		help = "numbers have no units, and names do not begin with a digit"
	}
	s.fail(diag.BadNumber, len(number)+len(rest), help, "%s", message)
	s.emit(tokenBad, "", len(number)+len(rest))
}
