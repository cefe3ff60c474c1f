package syntax

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/source/sourcetest"
)

// specified returns the text of the only fenced block of SPEC.md that begins with the given word.
func specified(t *testing.T, kind string) string {
	t.Helper()
	spec, err := os.ReadFile("../SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(spec), "\n```"+kind+"\n")
	text, _, closed := strings.Cut(rest, "\n```\n")
	if !found || !closed {
		t.Fatalf("SPEC.md has no block %s", kind)
	}
	return text
}

// TestWords holds the keywords and symbols of SPEC.md to being the scanner's.
func TestWords(t *testing.T) {
	for kind, want := range map[string][]string{"keywords": keywords, "symbols": symbols} {
		got, want := strings.Fields(specified(t, kind)), slices.Clone(want)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("SPEC.md has the %s %q, the scanner %q", kind, got, want)
		}
	}
}

// continued is where a rule goes on in the next line: SPEC.md has the bar there, comments have it here.
var continued = regexp.MustCompile(`\n +\||\|\n//`)

var ruleLine = regexp.MustCompile(`^([a-zA-Z]+) += (.+) \.$`)

// rules reads lines of the form "name = … ." to the right sides by the left ones, in one spelling.
func rules(t *testing.T, text, prefix string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for line := range strings.Lines(continued.ReplaceAllString(text, " |")) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), prefix)
		m := ruleLine.FindStringSubmatch(rest)
		if !ok || m == nil {
			continue
		}
		if found[m[1]] != "" {
			t.Errorf("the rule %s is given twice", m[1])
		}
		found[m[1]] = strings.Join(symbolsOf(m[2]), " ")
	}
	return found
}

var ebnfSymbol = regexp.MustCompile(`"[^"]*"|[a-zA-Z]+|[][{}()|]`)

func symbolsOf(rule string) []string { return ebnfSymbol.FindAllString(rule, -1) }

// TestRules holds the grammar of SPEC.md to being that of the comments of the parser's functions.
func TestRules(t *testing.T) {
	want := map[string]string{}
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for name, rule := range rules(t, string(text), "// ") {
			want[name] = rule
		}
	}
	got := rules(t, specified(t, "ebnf"), "")
	if len(got) < 30 {
		t.Fatalf("only %d rules were found", len(got))
	}
	for name, rule := range want {
		if got[name] != rule {
			t.Errorf("the parser's rule is\n  %s = %s\nSPEC.md has\n  %s = %s", name, rule, name, got[name])
		}
	}
	for name := range got {
		if want[name] == "" {
			t.Errorf("no comment of the parser has the rule %s of SPEC.md", name)
		}
	}
}

// recognizer finds out whether tokens follow the grammar of SPEC.md, by trying every alternative.
type recognizer struct {
	rules  map[string]node
	tokens []token
	known  map[string]map[int][]int // of a rule, of where it begins: where it can end
}

// node is a part of a rule: it returns where what it stands for can end, for every place where it can begin.
type node func(r *recognizer, from []int) []int

// ends merges and orders places.
func ends(places []int) []int {
	slices.Sort(places)
	return slices.Compact(places)
}

func (r *recognizer) rule(name string, from int) []int {
	if r.known[name] == nil {
		r.known[name] = map[int][]int{}
	}
	if _, ok := r.known[name][from]; !ok {
		r.known[name][from] = r.rules[name](r, []int{from})
	}
	return r.known[name][from]
}

// accepts reports whether the tokens are a file.
func (r *recognizer) accepts(tokens []token) bool {
	r.tokens, r.known = tokens, map[string]map[int][]int{}
	return slices.Contains(r.rule("file", 0), len(tokens))
}

// terminals are the classes of tokens that rules name.
var terminals = map[string]tokenKind{"name": tokenName, "int": tokenInt, "float": tokenFloat, "string": tokenString,
	"lineEnd": tokenNewline}

func newRecognizer(t *testing.T) *recognizer {
	r := &recognizer{rules: map[string]node{}}
	for name, rule := range rules(t, specified(t, "ebnf"), "") {
		reader := &ebnfReader{symbols: symbolsOf(rule)}
		r.rules[name] = reader.alternatives()
		if len(reader.symbols) > 0 {
			t.Fatalf("the rule %s does not end where it should: %v", name, reader.symbols)
		}
	}
	return r
}

// ebnfReader reads the right side of a rule.
type ebnfReader struct{ symbols []string }

func (e *ebnfReader) next() string {
	s := e.symbols[0]
	e.symbols = e.symbols[1:]
	return s
}

func (e *ebnfReader) alternatives() node {
	choices := []node{e.sequence()}
	for len(e.symbols) > 0 && e.symbols[0] == "|" {
		e.next()
		choices = append(choices, e.sequence())
	}
	return func(r *recognizer, from []int) []int {
		var all []int
		for _, c := range choices {
			all = append(all, c(r, from)...)
		}
		return ends(all)
	}
}

func (e *ebnfReader) sequence() node {
	var parts []node
	for len(e.symbols) > 0 && !strings.Contains("|)]}", e.symbols[0]) {
		parts = append(parts, e.part())
	}
	return func(r *recognizer, from []int) []int {
		for _, p := range parts {
			if from = p(r, from); len(from) == 0 {
				return nil
			}
		}
		return from
	}
}

func (e *ebnfReader) part() node {
	switch s := e.next(); s {
	case "(", "[", "{":
		inner := e.alternatives()
		e.next()
		switch s {
		case "(":
			return inner
		case "[":
			return func(r *recognizer, from []int) []int { return ends(append(inner(r, from), from...)) }
		}
		return func(r *recognizer, from []int) []int {
			all, last := slices.Clone(from), from
			for len(last) > 0 {
				last = slices.DeleteFunc(slices.Clone(inner(r, last)),
					func(at int) bool { return slices.Contains(all, at) })
				all = append(all, last...)
			}
			return ends(all)
		}
	default:
		return terminalOrRule(s)
	}
}

func terminalOrRule(s string) node {
	class, isClass := terminals[s]
	text := strings.Trim(s, `"`)
	if !isClass && text == s {
		return func(r *recognizer, from []int) []int {
			var all []int
			for _, at := range from {
				all = append(all, r.rule(s, at)...)
			}
			return ends(all)
		}
	}
	return func(r *recognizer, from []int) []int {
		var all []int
		for _, at := range from {
			if at < len(r.tokens) && (isClass && r.tokens[at].kind == class || !isClass && r.tokens[at].text == text) {
				all = append(all, at+1)
			}
		}
		return all
	}
}

// parses reports whether the parser takes tokens for a file. Numbers that are too large and calls of what is no name
// have the form of a file.
func parses(file *source.File, tokens []token) bool {
	_, problems := parse(file, tokens, nil)
	return !slices.ContainsFunc(problems, func(d diag.Diagnostic) bool {
		return d.Code != diag.BadNumber &&
			d.Code != diag.NotCallable
	})
}

// TestGrammar holds the parser to taking exactly the texts that the grammar of SPEC.md describes: all of the project,
// and these with tokens left out, doubled, exchanged or replaced.
func TestGrammar(t *testing.T) {
	r := newRecognizer(t)
	random := rand.New(rand.NewPCG(1, 2))
	var pool []token
	right, wrong := 0, 0
	for _, text := range sourcetest.All(t) {
		file := source.NewFile(text.Path, text.Text)
		tokens, _, problems := scan(file)
		if len(problems) > 0 || len(tokens) > 600 {
			continue
		}
		pool = append(pool, tokens...)
		for i := range 40 {
			changed := tokens
			if i > 0 {
				changed = mutated(random, tokens, pool)
			}
			want := r.accepts(changed)
			if got := parses(file, changed); got != want {
				t.Fatalf("%s: the parser says %t, the grammar %t, of\n%s", text.Path, got, want, spelt(changed))
			}
			if want {
				right++
			} else {
				wrong++
			}
		}
	}
	if t.Logf("%d right and %d wrong texts", right, wrong); right < 200 || wrong < 200 {
		t.Errorf("%d right and %d wrong texts compare little", right, wrong)
	}
}

// mutated changes up to three tokens. Line ends stand where the scanner can put them.
func mutated(random *rand.Rand, tokens, pool []token) []token {
	changed := slices.Clone(tokens)
	for range 1 + random.IntN(3) {
		if len(changed) < 2 {
			break
		}
		switch i := random.IntN(len(changed) - 1); random.IntN(4) {
		case 0:
			changed = slices.Delete(changed, i, i+1)
		case 1:
			changed = slices.Insert(changed, i, changed[i])
		case 2:
			changed[i], changed[i+1] = changed[i+1], changed[i]
		case 3:
			changed[i] = pool[random.IntN(len(pool))]
		}
	}
	kept := changed[:0]
	for _, t := range changed {
		if t.kind == tokenNewline && (len(kept) == 0 || kept[len(kept)-1].kind == tokenNewline ||
			kept[len(kept)-1].text == "{") {
			continue
		}
		kept = append(kept, t)
	}
	return kept
}

func spelt(tokens []token) string {
	var b strings.Builder
	for _, t := range tokens {
		fmt.Fprintf(&b, "%s ", t.text)
	}
	return b.String()
}
