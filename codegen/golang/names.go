package golang

import (
	"go/token"
	"go/types"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dave/jennifer/jen"

	"github.com/netc-lang/netc/codegen/plan"
)

// outputName is what one output of the network is called in the generated package.
type outputName struct {
	parameter string // of Infer: "logits"
	length    string // the constant: "LogitsLength"
}

// reserved are the names that the generated code uses for other things where an output's names live.
var reserved = []string{
	"m", "ctx", "err", "image", "images", "n", "i", "class", "score", "len", "fmt", "context", "Image", "Input",
	"inputs", "outputs", "compiled",
}

// namesOf names the outputs by the last word of their nodes' names.
func namesOf(p *plan.Plan) []outputName {
	taken := map[string]bool{}
	for _, word := range append(types.Universe.Names(), reserved...) {
		taken[word] = true
	}
	names := make([]outputName, len(p.Outputs))
	for i, o := range p.Outputs {
		words := strings.Split(o.Name, ".")
		exported := identifier(words[len(words)-1])
		parameter := lowerFirst(exported)
		for n := 2; taken[exported] || taken[parameter] || token.IsKeyword(parameter); n++ {
			exported = identifier(words[len(words)-1]) + "Output"
			if n > 2 {
				exported += strconv.Itoa(n - 1)
			}
			parameter = lowerFirst(exported)
		}
		taken[exported], taken[parameter] = true, true
		names[i] = outputName{parameter, exported + "Length"}
	}
	return names
}

// identifier makes an exported Go name of any text: "global_pool" becomes "GlobalPool".
func identifier(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return !isASCIILetter(r) && (r < '0' || r > '9') })
	var b strings.Builder
	for _, w := range words {
		b.WriteString(strings.ToUpper(w[:1]) + w[1:])
	}
	name := b.String()
	if name == "" || !isASCIILetter(rune(name[0])) {
		name = "Value" + name
	}
	return name
}

func isASCIILetter(r rune) bool { return r < unicode.MaxASCII && unicode.IsLetter(r) }

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// oneLine keeps a text from ending the comment it is put into.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// commenter is what takes comments: a file or a group.
type commenter interface {
	Comment(text string) *jen.Statement
}

// comment writes a comment. Paragraphs, between empty lines, are filled; those that begin with a blank are left as they
// are.
func comment(to commenter, text string) {
	for i, paragraph := range strings.Split(strings.Trim(text, "\n"), "\n\n") {
		if i > 0 {
			to.Comment("//")
		}
		if !strings.HasPrefix(paragraph, " ") && !strings.HasPrefix(paragraph, "\t") {
			paragraph = filled(paragraph)
		}
		for _, line := range strings.Split(paragraph, "\n") {
			to.Comment("// " + line)
		}
	}
}

// filled breaks a paragraph into lines that a person can read.
func filled(paragraph string) string {
	const columns = 116
	var b strings.Builder
	line := 0
	for _, word := range strings.Fields(paragraph) {
		length := utf8.RuneCountInString(word)
		switch {
		case line == 0:
		case line+1+length > columns:
			b.WriteByte('\n')
			line = 0
		default:
			b.WriteByte(' ')
			line++
		}
		b.WriteString(word)
		line += length
	}
	return b.String()
}
