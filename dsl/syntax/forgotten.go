package syntax

import "slices"

// Brackets that somebody has forgotten to close are closed where what follows cannot stand in them, so that a mistake
// costs one statement and not the rest of the file.

// inBrackets reports whether the innermost open bracket is ( or [.
func (s *scanner) inBrackets() bool {
	n := len(s.brackets)
	return n > 0 && s.brackets[n-1] != '{'
}

// closeForgotten ends the statement before a token, or before the one before it where the two together show it.
func (s *scanner) closeForgotten(t token) {
	first := len(s.tokens) - 1
	switch {
	case t.kind == tokenSymbol && (t.text == "{" || t.text == "}"):
		s.closeBrackets()
	case s.continued < 0 || s.continued != first:
	case beginsStatement(s.tokens[first-1], s.tokens[first], t):
		s.closeBrackets()
		end := s.tokens[first-1].end
		s.tokens = slices.Insert(s.tokens, first, token{tokenNewline, "\n", end, end})
		s.statement = 1
	}
}

// closeBrackets closes ( and [ up to the body that they stand in.
func (s *scanner) closeBrackets() {
	for s.inBrackets() {
		s.brackets = s.brackets[:len(s.brackets)-1]
	}
	s.continued = -1
}

// beginsStatement reports whether a line whose first two tokens are these cannot go on with the statement that last
// belongs to.
func beginsStatement(last, first, second token) bool {
	switch first.kind {
	case tokenKeyword:
		switch first.text {
		case "use", "input":
			return second.kind == tokenName
		case "return", "require":
			return second.kind != tokenSymbol || second.text == "(" || second.text == "[" || second.text == "-"
		}
		return beginsDeclaration(first, second)
	case tokenName:
		switch {
		case second.kind == tokenName: // NAME LAYER, but not "list from state = 0" or "Block x count"
			return first.text != "from" && second.text != "from" && first.text != "x" && second.text != "x"
		case second.kind == tokenSymbol && second.text == "=":
			return !slices.Contains([]string{",", "(", "[", "from", "use"}, last.text)
		case second.kind == tokenSymbol && second.text == ":": // the next variant
			return last.kind == tokenBad
		}
	}
	return false
}

// beginsDeclaration reports whether two tokens are the beginning of a declaration.
func beginsDeclaration(first, second token) bool {
	if first.kind != tokenKeyword {
		return false
	}
	if first.text == "import" {
		return second.kind == tokenString
	}
	return first.text == "primitive" && second.kind == tokenName || slices.Contains(declarationWords, first.text) &&
		second.kind == tokenName
}
