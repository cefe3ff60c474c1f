package resolve

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// arguments holds a call's arguments against the parameters of what it calls. A partial call may leave any out.
func (c *checker) arguments(call *syntax.Call, s *scope, partial bool) {
	for _, a := range call.Args {
		c.expr(a.Value, s)
	}
	var params []*syntax.Param
	var declared source.Span
	if b := c.program.Blocks[call.Name.Text]; b != nil {
		params, declared = b.Params, b.Name.Span
	} else if f := c.program.Functions[call.Name.Text]; f != nil {
		params, declared = f.Params, f.Name.Span
	} else {
		c.builtin(call)
		return
	}
	_, problems := Match(call.Args, params)
	if len(problems) == 0 && !partial {
		problems = missing(call, params)
	}
	for _, d := range problems {
		if declared.IsValid() && declared.File.Name() != "std/primitives.net" {
			d.Related = append(d.Related,
				diag.Label{Span: declared, Text: fmt.Sprintf("%s is declared here", call.Name.Text)})
		}
		c.problems.Add(d)
	}
}

func (c *checker) builtin(call *syntax.Call) {
	want, ok := Builtins[call.Name.Text]
	if ok && (want >= 0 && len(call.Args) != want || want < 0 && len(call.Args) == 0) {
		c.problems.Addf(diag.ArgumentCount, call.Span, "%s takes %s, got %d", call.Name.Text,
			plural(max(want, 1), "argument"), len(call.Args))
	}
	for _, a := range call.Args {
		if ok && a.Name != nil {
			c.problems.Add(diag.Diagnostic{Code: diag.UnknownSetting, Span: a.Name.Span,
				Message: fmt.Sprintf("the arguments of %s have no names", call.Name.Text),
				Help:    "give the value alone"})
		}
	}
}

func thereAre(n int, word string) string {
	if n == 1 {
		return "there is " + plural(n, word)
	}
	return "there are " + plural(n, word)
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// Match pairs arguments with parameters: positional ones first, in order, then by name. The result has an argument, or
// nil, for each parameter, and what is wrong with the others.
func Match(args []*syntax.Arg, params []*syntax.Param) (matched []*syntax.Arg, problems diag.List) {
	matched = make([]*syntax.Arg, len(params))
	named, surplus := false, false // values after the first without a name, or too many, are the same mistake
	for i, a := range args {
		at := i
		switch {
		case a.Name != nil:
			named = true
			if at = slices.IndexFunc(params, func(p *syntax.Param) bool { return p.Name.Text == a.Name.Text }); at < 0 {
				problems.Add(diag.Diagnostic{Code: diag.UnknownSetting, Span: a.Name.Span,
					Message: fmt.Sprintf("no setting is called %s", a.Name.Text),
					Help:    suggestParam(a.Name.Text, params)})
				continue
			}
		case named && surplus:
			continue
		case named:
			surplus = true
			problems.Add(diag.Diagnostic{Code: diag.ValueAfterNamed, Span: a.Span,
				Message: "a value without a name stands after one with a name", Help: "write NAME: VALUE"})
			continue
		case i >= len(params):
			if !surplus {
				problems.Add(diag.Diagnostic{Code: diag.TooManyValues, Span: a.Span,
					Message: fmt.Sprintf("one value too many: %s", thereAre(len(params), "setting"))})
			}
			surplus = true
			continue
		}
		if matched[at] != nil {
			problems.Add(diag.Diagnostic{Code: diag.GivenTwice, Span: a.Span,
				Message: fmt.Sprintf("%s is given twice", params[at].Name.Text),
				Related: []diag.Label{{Span: matched[at].Span, Text: "first given here"}}})
			continue
		}
		matched[at] = a
	}
	return matched, problems
}

func suggestParam(name string, params []*syntax.Param) string {
	var names []string
	for _, p := range params {
		names = append(names, p.Name.Text)
	}
	if help := foreignSetting(name, params); help != "" {
		return help
	}
	if help := diag.Suggest(name, names); help != "" || len(names) == 0 {
		return help
	}
	return "the settings are " + strings.Join(names, ", ")
}

// missing reports the settings without a default that a call leaves out, in one message.
func missing(call *syntax.Call, params []*syntax.Param) diag.List {
	matched, _ := Match(call.Args, params)
	var names, types []string
	for i, p := range params {
		if p.Default == nil && matched[i] == nil {
			names = append(names, p.Name.Text)
			types = append(types, p.Name.Text+": "+p.Type.Name.Text)
		}
	}
	if len(names) == 0 {
		return nil
	}
	word := "setting"
	if len(names) > 1 {
		word = "settings"
	}
	return diag.List{{Code: diag.MissingSetting, Span: call.Span,
		Message: fmt.Sprintf("%s needs the %s %s", call.Name.Text, word, strings.Join(names, " and ")),
		Help:    "add " + strings.Join(types, ", ")}}
}
