package golang

import (
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dave/jennifer/jen"

	"github.com/netc-lang/netc/codegen/plan"
)

// portName is what one input or output of the network is called in the generated package.
type portName struct {
	field     string // of Inputs or Outputs, where there are several: "Logits"
	parameter string // of Infer, where there is one: "logits", and "images" for the input image
	length    string // the constant: "LogitsLength"
}

// reserved are the names that the generated code uses for other things where the name of an only input or output lives.
var reserved = []string{
	"m", "ctx", "err", "image", "images", "n", "i", "class", "score", "len", "fmt", "context", "Image", "Input",
	"inputs", "outputs", "compiled", "in", "out", "pixels", "model", "log", "errors",
}

// namer gives names of which no two are the same.
type namer map[string]bool

// name returns what an input or output is called, by the last word of its name: with the ending, and a number, where
// that is taken. An only one is a parameter, and none of the words that the code uses for other things.
func (n namer) name(name, ending string, only bool) portName {
	words := strings.Split(name, ".")
	base := identifier(words[len(words)-1])
	field := base
	for i := 2; n.taken(field, only); i++ {
		field = base + ending
		if i > 2 {
			field += strconv.Itoa(i - 1)
		}
	}
	n[field] = true
	return portName{field, lowerFirst(field), field + "Length"}
}

func (n namer) taken(field string, only bool) bool {
	parameter := lowerFirst(field)
	return n[field] || only && (token.IsKeyword(parameter) || types.Universe.Lookup(field) != nil ||
		types.Universe.Lookup(parameter) != nil || slices.Contains(reserved, field) ||
		slices.Contains(reserved, parameter))
}

// namesOf names the inputs and the outputs.
func namesOf(p *plan.Plan) (inputs, outputs []portName) {
	names := namer{}
	for _, in := range p.Inputs {
		if len(p.Inputs) == 1 && in.Name == "image" {
			names["Image"] = true
			inputs = append(inputs, portName{"Image", "images", "ImageLength"})
			continue
		}
		inputs = append(inputs, names.name(in.Name, "Input", len(p.Inputs) == 1))
	}
	for _, o := range p.Outputs {
		outputs = append(outputs, names.name(o.Name, "Output", len(p.Outputs) == 1))
	}
	return inputs, outputs
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
