package resolve

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/std"
	"github.com/netc-lang/netc/dsl/syntax"
)

// maxSuggestions is how many mistakes get a suggestion, which is a search through all names; no more are shown.
const maxSuggestions = 50

// maxLost is up to how many names that a mistake of form has left out are searched for a suggestion.
const maxLost = 1000

// texts are what paddings, inits and modes can be, and what people leave the quotes out of.
var texts = []string{"same", "symmetric", "valid", "fan_out", "fan_in", "xavier", "normal", "torch", "nearest",
	"bilinear"}

// callee looks a name up and takes note that it is read. It returns nil when it is unknown, which it reports.
func (c *checker) callee(name syntax.Name, s *scope) any {
	switch found := c.find(name, s).(type) {
	case nil:
	case syntax.Name:
		if declared, ok := s.names[name.Text]; ok {
			c.reads.names[declared] = true
		} else {
			c.reads.uses[name.Text] = true
		}
		return found
	default:
		c.mention(s, name)
		return found
	}
	if c.isLost(name) || s.open && Rules[name.Text] > 0 {
		return name
	}
	c.problems.Add(c.unknown(name, s))
	return nil
}

// unknown makes the diagnostic of a name that means nothing in a scope.
func (c *checker) unknown(name syntax.Name, s *scope) diag.Diagnostic {
	d := diag.Diagnostic{Code: diag.UnknownName, Span: name.Span, Message: fmt.Sprintf("unknown name %s", name.Text)}
	if defined, ok := s.later[name.Text]; ok {
		d.Message, d.Help = fmt.Sprintf("%s has no value yet", name.Text), "lines are evaluated from top to bottom: "+
			"define it above"
		d.Related = []diag.Label{{Span: defined, Text: "defined here"}}
		return d
	}
	if slices.Contains(texts, name.Text) {
		d.Help = fmt.Sprintf("a text stands in double quotes: %q", name.Text)
		return d
	}
	if len(c.problems) >= maxSuggestions {
		return d
	}
	if giver := c.giver(name); s.network && giver != "" {
		d.Help = fmt.Sprintf("the scaling %s gives it to the networks of families that scale by it: family NAME by %s",
			giver, giver)
		return d
	}
	d.Help = c.suggest(name, c.known(s))
	return d
}

// giver returns the first scaling that has a parameter or dimension of a name, or "".
func (c *checker) giver(name syntax.Name) string {
	for _, scaling := range slices.Sorted(maps.Keys(c.program.Scalings)) {
		s := &scope{names: map[string]source.Span{}}
		if c.scalingNames(c.program.Scalings[scaling], s); s.names[name.Text].IsValid() {
			return scaling
		}
	}
	return ""
}

// suggest says what an unknown name was probably meant to be: what a part of the standard library declares, or one of
// the names that could stand there or that a mistake of form has left out.
func (c *checker) suggest(name syntax.Name, known []string) string {
	if part := std.Declares(name.Text); part != "" {
		return fmt.Sprintf("the standard library declares it: import %q", part)
	}
	written := func(other string) bool { return strings.EqualFold(other, name.Text) }
	if help := foreignName(name.Text); help != "" && !slices.ContainsFunc(known, written) {
		return help
	}
	if len(c.lost.names) <= maxLost {
		known = slices.AppendSeq(known, maps.Keys(c.lost.names))
	}
	slices.Sort(known)
	return diag.Suggest(name.Text, known)
}

// find looks a name up: a local, a declaration, a builtin or what some "use" names. It returns nil when it is unknown.
func (c *checker) find(name syntax.Name, s *scope) any {
	if _, ok := s.names[name.Text]; ok {
		return name
	}
	if b := c.program.Blocks[name.Text]; b != nil {
		return b
	}
	if f := c.program.Functions[name.Text]; f != nil {
		return f
	}
	if _, ok := Builtins[name.Text]; ok || c.program.Uses[name.Text] {
		return name
	}
	return nil
}

// isLost reports whether a name that nothing declares may be declared by what a mistake of form has left out.
func (c *checker) isLost(name syntax.Name) bool { return c.lost.anything || c.lost.names[name.Text] }

// passes notes a block that is a value rather than a step of a chain.
func (c *checker) passes(name syntax.Name, s *scope) {
	if _, local := s.names[name.Text]; !local {
		c.reads.passed[name.Text] = true
	}
}

func (c *checker) mention(s *scope, name syntax.Name) {
	if s.owner != name.Text {
		c.reads.used[name.Text] = true
	}
	if s.owner != "" {
		c.calls[s.owner] = append(c.calls[s.owner], name)
	}
}

// known lists every name that could have been meant.
func (c *checker) known(s *scope) []string {
	names := slices.Collect(maps.Keys(s.names))
	names = slices.AppendSeq(names, maps.Keys(c.program.Blocks))
	names = slices.AppendSeq(names, maps.Keys(c.program.Functions))
	names = slices.AppendSeq(names, maps.Keys(c.program.Uses))
	names = slices.AppendSeq(names, maps.Keys(Builtins))
	return names
}
