package torch

import (
	"strconv"
	"strings"
)

// keywords are the words of Python that cannot be names.
const keywords = " False None True and as assert async await break class continue def del elif else except finally " +
	"for from " +
	"global if import in is lambda nonlocal not or pass raise return try while with yield match case print "

// attributes are the names nn.Module, nn.Sequential and the modules of this package use themselves, besides those that
// start with an underscore, named_, get_, set_, register_ or share_.
const attributes = " T_destination add_module append apply bfloat16 buffers call_super_init children compile cpu " +
	"cuda double dump_patches eval extend extra_repr float forward forward_features forward_head half insert ipu " +
	"load_state_dict modules mtia parameters pop " +
	"requires_grad_ state_dict to to_empty train training type xpu zero_grad "

// isReserved reports whether PyTorch's modules use the name themselves: a layer of that name can only be reached
// through _modules.
func isReserved(name string) bool {
	for _, prefix := range []string{"_", "named_", "get_", "set_", "register_", "share_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return isWord(attributes, name)
}

func isWord(words, name string) bool {
	return !strings.Contains(name, " ") && strings.Contains(words, " "+name+" ")
}

// isIdentifier reports whether the name is a plain Python name.
func isIdentifier(name string) bool {
	for i, r := range name {
		if r != '_' && !isLetter(r) && (i == 0 || !isDigit(r)) {
			return false
		}
	}
	return name != "" && !isWord(keywords, name)
}

// isAttribute reports whether a layer of that name can be an attribute of a module.
func isAttribute(name string) bool { return isIdentifier(name) && !isReserved(name) }

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// identifier makes a Python name of any text.
func identifier(name string) string {
	clean := strings.Map(func(r rune) rune {
		if isLetter(r) || isDigit(r) {
			return r
		}
		return '_'
	}, name)
	if isDigit(rune(clean[0])) {
		clean = "x" + clean
	}
	if isWord(keywords, clean) {
		clean += "_"
	}
	return clean
}

// camel makes "SqueezeExcite" of "squeeze_excite" and leaves "MBConv" as it is.
func camel(name string) string {
	var b strings.Builder
	start := true
	for _, r := range name {
		if !isLetter(r) && !isDigit(r) {
			start = true
			continue
		}
		if start && r >= 'a' && r <= 'z' {
			r += 'A' - 'a'
		}
		start = false
		b.WriteRune(r)
	}
	return b.String()
}

// quote writes a text as a Python string.
func quote(s string) string { return strconv.QuoteToASCII(s) }

// inDocstring makes a text safe within triple quotes.
func inDocstring(s string) string {
	quoted := strconv.Quote(s)
	return quoted[1 : len(quoted)-1]
}

// names hands out names that are not taken.
type names struct{ taken map[string]bool }

func newNames(taken ...string) *names {
	n := &names{taken: map[string]bool{}}
	for _, name := range taken {
		n.taken[name] = true
	}
	return n
}

// add returns the name, with a number behind it when it is taken.
func (n *names) add(name string) string {
	free := name
	for i := 2; n.taken[free]; i++ {
		free = name + strconv.Itoa(i)
	}
	n.taken[free] = true
	return free
}
