package syntax

import (
	"fmt"
	"strings"
	"unicode"
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
	tokenBad // what has no meaning and has been reported: the statement that holds it is left out
)

// Keywords are the words that cannot be names.
var keywords = []string{
	"import", "primitive", "block", "function", "network", "scaling", "family", "by", "use", "input", "return",
	"require",
	"within", "if", "else", "fixed", "for", "in", "and", "or", "not", "div", "mod", "true", "false",
}

// symbols, the longest first where one begins another.
var symbols = []string{
	"->", "==", "!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "^", "~", "(", ")", "[", "]", "{", "}", ",", ":",
	".",
}

// token is a piece of the text, as written or, after a mistake, as it was meant, and the offsets where it starts and
// ends.
type token struct {
	kind       tokenKind
	text       string
	start, end int
}

// scanner turns a file into tokens. White space is dropped and comments are kept apart. A line end becomes a Newline
// token unless the statement visibly goes on: inside ( ) or [ ], after an operator or a comma, and before a line that
// begins with "->".
//
// After a mistake, scanning goes on, unless a limit is exceeded.
type scanner struct {
	file      *source.File
	text      string
	at        int
	tokens    []token
	comments  []source.Span
	brackets  []byte // open brackets, innermost last
	joined    int    // up to this offset, line ends are known not to end the statement
	continued int    // where in tokens the last line begins that goes on with a statement, or -1
	statement int    // tokens since the last line end
	problems  diag.List
	stopped   bool // nothing more is to be scanned
}

// scan returns a file's tokens and its comments, both in the order of the text. There are no tokens where a limit is
// exceeded.
func scan(file *source.File) ([]token, []source.Span, diag.List) {
	s := &scanner{file: file, text: file.Text(), continued: -1}
	if len(s.text) > MaxFileSize {
		s.problems.Addf(diag.FileTooLarge, source.Span{File: file}, "the file has %d bytes, more than the limit of %d",
			len(s.text), MaxFileSize)
		return nil, nil, s.problems
	}
	if i := badByte(s.text); i >= 0 {
		s.problems.Add(diag.Diagnostic{Code: diag.NotText, Span: source.Span{File: file, Start: i, End: i + 1},
			Message: "this is not a text file", Label: fmt.Sprintf("byte 0x%02x", s.text[i]),
			Help: "netc reads UTF-8 text"})
		return nil, nil, s.problems
	}
	s.reportHidden()
	s.tokens = make([]token, 0, len(s.text)/4) // more than most texts have
	for !s.stopped && s.next() {
	}
	if s.stopped {
		return nil, nil, s.problems
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

// reportHidden reports the first character that shows a text as another than it is. It may stand in a comment, too: a
// carriage return by itself, at which some programs begin a line and netc does not, and what changes the direction of
// writing.
func (s *scanner) reportHidden() {
	for i, r := range s.text {
		message, help := "", "remove it"
		switch {
		case r == '\r' && !strings.HasPrefix(s.text[i:], "\r\n"):
			message, help = "a carriage return without a line feed ends no line", "lines end in LF, or in CR LF"
		case r == '\u0085' || r == '\u2028' || r == '\u2029':
			message, help = fmt.Sprintf("the character %U ends no line", r), "lines end in LF, or in CR LF"
		case unicode.Is(unicode.Bidi_Control, r):
			message = fmt.Sprintf("the character %U changes the direction of writing, and shows the text as another "+
				"than it is", r)
		case unicode.IsControl(r) && r >= '\u007f':
			message = fmt.Sprintf("the character %U is a control character", r)
		default:
			continue
		}
		s.problems.Add(diag.Diagnostic{Code: diag.UnknownCharacter, Message: message, Help: help,
			Span: source.Span{File: s.file, Start: i, End: i + utf8.RuneLen(r)}})
		return
	}
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
	n := prefixLength(rest, isPart)
	switch {
	case foreignLetter(rest[n:]):
		s.foreignName(rest)
		return
	case n > MaxNameLength:
		s.fail(diag.NameTooLong, n, "", "this name has %d characters, more than the limit of %d", n, MaxNameLength)
		s.emit(tokenBad, "", n)
		return
	}
	kind := tokenName
	for _, k := range keywords {
		if rest[:n] == k {
			kind = tokenKeyword
		}
	}
	s.emit(kind, rest[:n], n)
}

func isPart(c byte) bool { return isLetter(c) || isDigit(c) }

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
	if whole := wholeNumber(rest, n); whole > n {
		s.badNumber(rest[:n], rest[n:whole])
		return
	}
	s.emit(kind, rest[:n], n)
}

func (s *scanner) quoted(rest string) {
	line := firstLine(rest)
	end := strings.IndexByte(line[1:], '"')
	if end < 0 {
		n := len(strings.TrimRight(line, " \t\r"))
		s.fail(diag.UnclosedText, n, "a text ends on the line on which it begins", "this text has no closing quote")
		s.emit(tokenBad, "", n)
		return
	}
	s.emit(tokenString, line[:end+2], end+2)
}

func (s *scanner) symbol(rest string) {
	if strings.HasPrefix(rest, "/*") || rest[0] == '.' && len(rest) > 1 && isDigit(rest[1]) {
		s.meaningless(rest)
		return
	}
	for _, symbol := range symbols {
		if strings.HasPrefix(rest, symbol) {
			s.emit(tokenSymbol, symbol, len(symbol))
			return
		}
	}
	s.meaningless(rest)
}

// bracket keeps count of what is open. A closing bracket without its opener is left to the parser to report.
func (s *scanner) bracket(symbol string) {
	n := len(s.brackets)
	switch symbol {
	case "(", "[", "{":
		s.brackets = append(s.brackets, symbol[0])
		if len(s.brackets) > MaxNesting {
			s.fail(diag.NestedTooDeep, 1, "", "brackets are nested more than %d deep, the limit", MaxNesting)
			s.stopped = true
		}
	case ")", "]":
		if n > 0 && s.brackets[n-1] != '{' {
			s.brackets = s.brackets[:n-1]
		}
	case "}":
		if n > 0 {
			s.brackets = s.brackets[:n-1]
		}
	}
}

// emit appends a token of the given text for the next length bytes.
func (s *scanner) emit(kind tokenKind, text string, length int) {
	t := token{kind, text, s.at, s.at + length}
	s.closeForgotten(t)
	if kind == tokenSymbol {
		s.bracket(text)
	}
	if text == "}" {
		s.newline(s.at) // the last statement of a body needs no line end of its own
	}
	s.tokens = append(s.tokens, t)
	if s.statement++; s.statement > MaxStatement {
		s.at += length
		s.fail(diag.StatementTooLong, 0, "", "this statement has more than %d words and symbols, the limit",
			MaxStatement)
		s.stopped = true
		return
	}
	s.at += length
}

// newline ends the statement, unless it goes on.
func (s *scanner) newline(at int) {
	if len(s.tokens) == 0 {
		return
	}
	last := s.tokens[len(s.tokens)-1]
	if last.kind == tokenNewline || last.text == "{" {
		return
	}
	if at < len(s.text) && (s.inBrackets() || continues(last)) {
		s.continued = len(s.tokens)
		return
	}
	if at < s.joined && at < len(s.text) {
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

// fail reports a problem at the next length bytes.
func (s *scanner) fail(code diag.Code, length int, help, format string, args ...any) {
	s.problems.Add(diag.Diagnostic{Code: code, Span: source.Span{File: s.file, Start: s.at, End: s.at + length},
		Help:    help,
		Message: fmt.Sprintf(format, args...)})
	s.stopped = s.stopped || len(s.problems) >= maxMistakes
}
