package syntax

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
)

// Limits of one source file. Each has an error of its own.
const (
	MaxFileSize   = 1 << 20 // bytes
	MaxNesting    = 64      // brackets and braces inside each other
	MaxNameLength = 128     // bytes of one name
	MaxStatement  = 4096    // tokens between two line ends
)

// tokenKind says what a token is.
type tokenKind int

const (
	tokenEnd tokenKind = iota // of the file
	tokenName
	tokenKeyword
	tokenInt
	tokenFloat
	tokenString
	tokenSymbol
	tokenNewline
)

// Keywords are the words that cannot be names.
var keywords = []string{
	"import", "primitive", "block", "function", "network", "scaling", "family", "by", "use", "input", "return", "require",
	"within", "if", "else", "fixed", "for", "in", "and", "or", "not", "div", "mod", "true", "false",
}

// symbols, the longest first where one begins another.
var symbols = []string{
	"->", "==", "!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "^", "~", "(", ")", "[", "]", "{", "}", ",", ":", ".",
}

// token is a piece of the text, as written, and the offsets where it starts and ends.
type token struct {
	kind       tokenKind
	text       string
	start, end int
}

// scanner turns a file into tokens. White space is dropped and comments are kept apart. A line end becomes a Newline token unless
// the statement visibly goes on: inside ( ) or [ ], after an operator or a comma, and before a line that begins with "->".
type scanner struct {
	file      *source.File
	text      string
	at        int
	tokens    []token
	comments  []source.Span
	brackets  []byte // open brackets, innermost last
	joined    int    // up to this offset, line ends are known not to end the statement
	statement int    // tokens since the last line end
	problems  diag.List
}

// scan returns a file's tokens and its comments, both in the order of the text.
func scan(file *source.File) ([]token, []source.Span, diag.List) {
	s := &scanner{file: file, text: file.Text()}
	if len(s.text) > MaxFileSize {
		s.problems.Addf(diag.FileTooLarge, source.Span{File: file}, "the file has %d bytes, more than the limit of %d", len(s.text), MaxFileSize)
		return nil, nil, s.problems
	}
	if i := badByte(s.text); i >= 0 {
		s.problems.Add(diag.Diagnostic{Code: diag.NotText, Span: source.Span{File: file, Start: i, End: i + 1},
			Message: "this is not a text file", Label: fmt.Sprintf("byte 0x%02x", s.text[i]), Help: "netc reads UTF-8 text"})
		return nil, nil, s.problems
	}
	s.tokens = make([]token, 0, len(s.text)/4) // more than most texts have
	for len(s.problems) == 0 && s.next() {
	}
	s.newline(len(s.text))
	return s.tokens, s.comments, s.problems
}

// badByte returns the offset of the first byte that no UTF-8 text has, or -1.
func badByte(text string) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 || r < ' ' && r != '\n' && r != '\t' && r != '\r' {
			return i
		}
		i += size
	}
	return -1
}

// next scans one token; false at the end of the text.
func (s *scanner) next() bool {
	s.at += len(s.text[s.at:]) - len(strings.TrimLeft(s.text[s.at:], " \t\r"))
	rest := s.text[s.at:]
	switch {
	case rest == "":
		return false
	case rest[0] == '\n':
		s.newline(s.at)
		s.at++
	case strings.HasPrefix(rest, "//"):
		n := len(firstLine(rest))
		s.comments = append(s.comments, source.Span{File: s.file, Start: s.at, End: s.at + n})
		s.at += n
	case isLetter(rest[0]):
		s.name(rest)
	case isDigit(rest[0]):
		s.number(rest)
	case rest[0] == '"':
		s.quoted(rest)
	default:
		s.symbol(rest)
	}
	return true
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

func prefixLength(text string, in func(byte) bool) int {
	for i := range len(text) {
		if !in(text[i]) {
			return i
		}
	}
	return len(text)
}

func (s *scanner) name(rest string) {
	n := prefixLength(rest, func(c byte) bool { return isLetter(c) || isDigit(c) })
	if n > MaxNameLength {
		s.fail(diag.NameTooLong, n, "this name has %d characters, more than the limit of %d", n, MaxNameLength)
	}
	kind := tokenName
	for _, k := range keywords {
		if rest[:n] == k {
			kind = tokenKeyword
		}
	}
	s.emit(kind, n)
}

func (s *scanner) number(rest string) {
	n := prefixLength(rest, isDigit)
	kind := tokenInt
	if n+1 < len(rest) && rest[n] == '.' && isDigit(rest[n+1]) {
		kind = tokenFloat
		n += 1 + prefixLength(rest[n+1:], isDigit)
	}
	if n < len(rest) && (rest[n] == 'e' || rest[n] == 'E') {
		exponent := rest[n+1:]
		sign := 0
		if exponent != "" && (exponent[0] == '-' || exponent[0] == '+') {
			sign = 1
		}
		if digits := prefixLength(exponent[sign:], isDigit); digits > 0 {
			kind = tokenFloat
			n += 1 + sign + digits
		}
	}
	if n < len(rest) && isLetter(rest[n]) {
		s.fail(diag.BadNumber, n+1, "a number ends in a letter")
	}
	s.emit(kind, n)
}

func (s *scanner) quoted(rest string) {
	line := firstLine(rest)
	end := strings.IndexByte(line[1:], '"')
	if end < 0 {
		s.fail(diag.UnclosedText, len(line), "this text has no closing quote")
		return
	}
	s.emit(tokenString, end+2)
}

func (s *scanner) symbol(rest string) {
	for _, symbol := range symbols {
		if strings.HasPrefix(rest, symbol) {
			s.bracket(symbol)
			s.emit(tokenSymbol, len(symbol))
			return
		}
	}
	r, size := utf8.DecodeRuneInString(rest)
	s.fail(diag.UnknownCharacter, size, "the character %q has no meaning here", r)
}

// bracket keeps count of what is open. A closing bracket without its opener is left to the parser to report.
func (s *scanner) bracket(symbol string) {
	switch symbol {
	case "(", "[", "{":
		s.brackets = append(s.brackets, symbol[0])
		if len(s.brackets) > MaxNesting {
			s.fail(diag.NestedTooDeep, 1, "brackets are nested more than %d deep, the limit", MaxNesting)
		}
	case ")", "]", "}":
		if n := len(s.brackets); n > 0 {
			s.brackets = s.brackets[:n-1]
		}
	}
}

func (s *scanner) emit(kind tokenKind, length int) {
	value := s.text[s.at : s.at+length]
	if value == "}" {
		s.newline(s.at) // the last statement of a body needs no line end of its own
	}
	s.tokens = append(s.tokens, token{kind, value, s.at, s.at + length})
	s.at += length
	if s.statement++; s.statement > MaxStatement {
		s.fail(diag.StatementTooLong, 0, "this statement has more than %d words and symbols, the limit", MaxStatement)
	}
}

// newline ends the statement, unless it goes on.
func (s *scanner) newline(at int) {
	if len(s.tokens) == 0 {
		return
	}
	last := s.tokens[len(s.tokens)-1]
	if n := len(s.brackets); n > 0 && s.brackets[n-1] != '{' && at < len(s.text) {
		return
	}
	if last.kind == tokenNewline || last.text == "{" {
		return
	}
	if at < len(s.text) && (continues(last) || at < s.joined) {
		return
	}
	if rest := s.afterBlank(at); strings.HasPrefix(rest, "->") {
		s.joined = len(s.text) - len(rest)
		return
	}
	s.tokens = append(s.tokens, token{tokenNewline, "\n", last.end, last.end})
	s.statement = 0
}

// continues reports whether no statement can end with this token.
func continues(t token) bool {
	switch t.kind {
	case tokenSymbol:
		return !strings.Contains(")]}:", t.text) // a variant without settings ends in ":"
	case tokenKeyword:
		return t.text == "and" || t.text == "or" || t.text == "not" || t.text == "else" || t.text == "if" ||
			t.text == "div" || t.text == "mod"
	}
	return false
}

// afterBlank returns the text after white space and comments.
func (s *scanner) afterBlank(at int) string {
	rest := s.text[at:]
	for {
		rest = strings.TrimLeft(rest, " \t\r\n")
		if !strings.HasPrefix(rest, "//") {
			return rest
		}
		rest = rest[len(firstLine(rest)):]
	}
}

// fail reports a problem at the next length bytes; scanning stops there.
func (s *scanner) fail(code diag.Code, length int, format string, args ...any) {
	s.problems.Addf(code, source.Span{File: s.file, Start: s.at, End: s.at + length}, format, args...)
}
