package mapping

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/netc-lang/netc/compiler/layout"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
)

// Limits of a mapping's text.
const (
	maxText  = 1 << 20
	maxRules = 20_000
)

// Load reads and parses a mapping. The error is a diag.List when the text is wrong.
func Load(path string) (*Mapping, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	file := source.NewFile(path, "")
	fail := func(message string) error {
		return diag.List{{Code: diag.WrongMapping, Span: source.Span{File: file}, Message: message, Help: help}}.Err()
	}
	if !info.Mode().IsRegular() || info.Size() > maxText {
		return nil, fail("a mapping is a text file of at most a megabyte")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(text) > maxText || slices.Contains(text, 0) {
		return nil, fail("a mapping is a text file of at most a megabyte")
	}
	return Parse(source.NewFile(path, string(text)))
}

const help = "a rule is OURS = THEIRS, such as stage{s}.{b}.project.conv = blocks.{s-1}.{b}.conv_pwl; see " +
	"docs/weights.md"

// Parse parses a mapping. The error is a diag.List with every mistake.
func Parse(file *source.File) (*Mapping, error) {
	p := &parser{file: file, mapping: &Mapping{Name: file.Name()}}
	if !utf8.ValidString(file.Text()) {
		p.fail(source.Span{File: file}, "a mapping is text in UTF-8", help)
		return nil, p.problems.Err()
	}
	for n := 1; n <= file.LineCount(); n++ {
		p.line(n)
	}
	p.endSection()
	if p.used != nil {
		p.mapping.build(p.used)
	}
	if m := p.mapping; len(m.rules) == 0 && len(m.ignored) > 0 { // the names are the network's own
		m.rules = Identity().rules
	}
	if len(p.mapping.rules) == 0 && len(p.problems) == 0 {
		p.fail(source.Span{File: file}, "the mapping has no rule", help)
	}
	if err := p.problems.Err(); err != nil {
		return nil, err
	}
	return p.mapping, nil
}

type parser struct {
	file     *source.File
	mapping  *Mapping
	heads    []section // that the indented rules are for; none at the left margin
	filled   bool      // they have a rule
	used     *Mapping  // whose rules follow; nil without "use"
	problems diag.List
}

// section is the beginning that its indented rules share.
type section struct {
	ours, theirs  string
	with, without []string
	span          source.Span
}

func (p *parser) fail(span source.Span, message, help string) {
	p.problems.Add(diag.Diagnostic{Code: diag.WrongMapping, Span: span, Message: message, Help: help})
}

// endSection ends the section, which must have a rule.
func (p *parser) endSection() {
	if len(p.heads) > 0 && !p.filled {
		p.fail(p.heads[len(p.heads)-1].span, "no indented rule follows", "")
	}
	p.heads = nil
}

// line parses one line.
func (p *parser) line(n int) {
	text, _, _ := strings.Cut(p.file.Line(n), "#")
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return
	}
	start := p.file.LineStart(n) + strings.Index(text, trimmed)
	span := source.Span{File: p.file, Start: start, End: start + len(trimmed)}
	indented := text[0] == ' ' || text[0] == '\t'
	another := strings.HasSuffix(trimmed, ":") && !p.filled // beginning that the rules are for
	if !indented && !another {
		p.endSection()
	} else if indented && len(p.heads) == 0 {
		p.fail(span, "nothing with a colon stands above this indented rule", help)
		return
	}
	first, rest, _ := strings.Cut(trimmed, " ")
	switch {
	case first == "ignore" && !indented && !strings.Contains(rest, "="):
		if pattern := p.pattern(span, strings.TrimSpace(rest)); pattern != nil {
			p.mapping.ignored = append(p.mapping.ignored, pattern)
		}
	case isArithmetic(first) && !indented && !strings.Contains(rest, "="):
		p.arithmetic(span, strings.Fields(trimmed))
	case trimmed == "proposal" && !indented:
		p.mapping.Proposal = true
	case first == "use" && !indented && !strings.Contains(rest, "="):
		p.use(span, strings.TrimSpace(rest))
	case first == "layout" && !indented && !strings.HasPrefix(strings.TrimSpace(rest), "="):
		p.layout(span, rest)
	case first == "number" && !indented && strings.Contains(rest, "="):
		p.number(span, rest)
	default:
		p.rule(span, trimmed, indented)
	}
}

// use parses "use NAME". The mapping's numbers can be spoken of from there on.
func (p *parser) use(span source.Span, name string) {
	switch used := shippedNamed(name); {
	case p.used != nil:
		p.fail(span, "a mapping builds on one other", "")
	case used == nil:
		p.fail(span, "no mapping "+strconv.Quote(name)+" comes with netc", diag.Suggest(name, shippedNames()))
	case len(p.mapping.rules)+len(p.mapping.numbers) > 0:
		p.fail(span, "use stands before the rules", "")
	default:
		p.used = used
		p.mapping.numbers = slices.Clone(used.numbers)
	}
}

// build adds what a mapping says to what stands before it.
func (m *Mapping) build(used *Mapping) {
	m.rules = append(m.rules, used.rules...)
	m.ignored = append(m.ignored, used.ignored...)
	m.layers = append(m.layers, used.layers...)
	if len(m.orders) == 0 {
		m.orders = used.orders
	}
	if len(m.stated) == 0 {
		m.stated = used.stated
	}
}

// layout parses "layout ORDER" and "layout LAYER = ORDER".
func (p *parser) layout(span source.Span, text string) {
	layer, order, found := strings.Cut(text, "=")
	if !found {
		layer, order = "", text
	}
	order = strings.TrimSpace(order)
	if !layout.Known(order) {
		p.fail(span, "an order of dimensions has the letters OIHW, IHWM, OI or OCHW", "layout HWIO")
		return
	}
	if !found {
		p.mapping.orders = append(p.mapping.orders, order)
	} else if pattern := p.pattern(span, strings.TrimSpace(layer)); pattern != nil {
		p.mapping.layers = append(p.mapping.layers, layerOrder{pattern, order})
	}
}

var word = regexp.MustCompile(`^[A-Za-z_][A-Za-z_0-9]*$`)

func (p *parser) number(span source.Span, text string) {
	name, parts, _ := strings.Cut(text, "=")
	name = strings.TrimSpace(name)
	if !word.MatchString(name) || slices.ContainsFunc(p.mapping.numbers,
		func(n number) bool { return n.name == name }) {
		p.fail(span, "a number needs a name of its own", "number block = stage{s}.{b}")
		return
	}
	if pattern := p.pattern(span, strings.TrimSpace(parts)); pattern != nil {
		p.mapping.numbers = append(p.mapping.numbers, number{name, pattern})
	}
}

// rule parses "OURS = THEIRS", conditions after it, and a colon that opens a section.
func (p *parser) rule(span source.Span, text string, indented bool) {
	text, opens := strings.CutSuffix(text, ":")
	if opens && indented {
		p.fail(span, "sections do not nest", "")
		return
	}
	ours, right, found := strings.Cut(text, "=")
	fields := strings.Fields(right)
	s := section{ours: strings.TrimSpace(ours), span: span}
	if !found || s.ours == "" || len(fields)%2 != 1 {
		p.fail(span, "this is no rule", help)
		return
	}
	s.theirs = fields[0]
	for i := 1; i < len(fields); i += 2 {
		switch fields[i] {
		case "with":
			s.with = append(s.with, fields[i+1])
		case "without":
			s.without = append(s.without, fields[i+1])
		default:
			p.fail(span, "after a rule only with PART and without PART may stand", help)
			return
		}
	}
	switch {
	case opens:
		p.heads, p.filled = append(p.heads, s.within(s.ours+".")), false
	case indented:
		p.filled = true
		for _, h := range p.heads {
			if !p.add(h.followedBy(s)) {
				return // one error for each mistake
			}
		}
	default:
		p.add(s)
	}
}

// within returns the section with conditions that speak of a place of the network.
func (s section) within(place string) section {
	in := func(parts []string) (all []string) {
		for _, part := range parts {
			all = append(all, place+part)
		}
		return all
	}
	s.with, s.without = in(s.with), in(s.without)
	return s
}

// followedBy returns the rule that an indented one stands for. What its beginning gives stands where the rule has a
// star, or else in front of it.
func (s section) followedBy(inner section) section {
	place := s.ours + "."
	inner = inner.within(place)
	theirs := s.theirs + "." + inner.theirs
	if strings.Contains(inner.theirs, "*") {
		theirs = strings.Replace(inner.theirs, "*", s.theirs, 1)
	}
	return section{
		ours: place + inner.ours, theirs: theirs, span: inner.span,
		with: slices.Concat(s.with, inner.with), without: slices.Concat(s.without, inner.without),
	}
}

// add adds a rule, and reports whether it is one.
func (p *parser) add(s section) bool {
	r := rule{ours: p.pattern(s.span, s.ours)}
	if r.ours == nil {
		return false
	}
	known := slices.Clone(r.ours.captures)
	for _, n := range p.mapping.numbers {
		known = append(known, n.name)
	}
	ok := true
	one := func(text string) template {
		t, good := p.template(s.span, text, known)
		ok = ok && good
		return t
	}
	r.theirs = one(s.theirs)
	for _, w := range s.with {
		r.with = append(r.with, one(w))
	}
	for _, w := range s.without {
		r.without = append(r.without, one(w))
	}
	switch {
	case !ok:
	case len(p.mapping.rules) == maxRules:
		p.fail(s.span, "the mapping has over "+strconv.Itoa(maxRules)+" rules", "")
	default:
		p.mapping.rules = append(p.mapping.rules, r)
		return true
	}
	return false
}

// split cuts a text into what stands outside and inside braces, in turns.
func (p *parser) split(span source.Span, text string) ([]string, bool) {
	var parts []string
	for {
		outside, rest, open := strings.Cut(text, "{")
		if strings.ContainsAny(outside, "} \t*") {
			p.fail(span, "a name has letters, digits, dots and {numbers}", help)
			return nil, false
		}
		parts = append(parts, outside)
		if !open {
			return parts, true
		}
		inside, after, closed := strings.Cut(rest, "}")
		if !closed {
			p.fail(span, "the brace is not closed", "")
			return nil, false
		}
		parts, text = append(parts, inside), after
	}
}

func (p *parser) pattern(span source.Span, text string) *pattern {
	parts, ok := p.split(span, text)
	if !ok || text == "" {
		if ok {
			p.fail(span, "a name is missing", help)
		}
		return nil
	}
	result := &pattern{}
	for i, part := range parts {
		switch {
		case i%2 == 0:
			result.texts = append(result.texts, part)
			continue
		case !word.MatchString(part) || slices.Contains(result.captures, part):
			p.fail(span, "{"+part+"} is not the name of a number, or one that stands here twice", "")
			return nil
		case len(result.captures) == MaxCaptures:
			p.fail(span, "a name has over "+strconv.Itoa(MaxCaptures)+" numbers", "")
			return nil
		}
		result.captures = append(result.captures, part)
	}
	return result
}

var reference = regexp.MustCompile(`^([A-Za-z_][A-Za-z_0-9]*)(?:([+-]\d{1,6}))?(:a)?$`)

func (p *parser) template(span source.Span, text string, known []string) (template, bool) {
	parts, ok := p.split(span, text)
	if !ok {
		return nil, false
	}
	var t template
	for i := 0; i < len(parts); i += 2 {
		piece := piece{text: parts[i]}
		if i+1 < len(parts) {
			match := reference.FindStringSubmatch(parts[i+1])
			if match == nil {
				p.fail(span, "{"+parts[i+1]+"} is not a number, or one plus or minus a constant",
					"write {s}, {s+1}, {s-1}, or {b:a} for a letter")
				return nil, false
			}
			piece.name = match[1]
			if !slices.Contains(known, piece.name) {
				p.fail(span, "{"+piece.name+"} is not defined here", diag.Suggest(piece.name, known))
				return nil, false
			}
			piece.offset, _ = strconv.Atoi(match[2])
			piece.letter = match[3] != ""
		}
		t = append(t, piece)
	}
	return t, true
}
