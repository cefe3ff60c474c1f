package resolve

import (
	"fmt"
	"slices"

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
	_, d := Match(call.Args, params)
	if d == nil && !partial {
		d = missing(call, params)
	}
	if d != nil {
		if declared.IsValid() && declared.File.Name() != "std/primitives.net" {
			d.Related = append(d.Related, diag.Label{Span: declared, Text: fmt.Sprintf("%s is declared here", call.Name.Text)})
		}
		c.problems.Add(*d)
	}
}

func (c *checker) builtin(call *syntax.Call) {
	want, ok := Builtins[call.Name.Text]
	if ok && (want >= 0 && len(call.Args) != want || want < 0 && len(call.Args) == 0) {
		c.problems.Addf(diag.ArgumentCount, call.Span, "%s takes %s, got %d", call.Name.Text, plural(max(want, 1), "argument"), len(call.Args))
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

// Match pairs arguments with parameters: positional ones first, in order, then by name. The result has an argument, or nil, for
// each parameter.
func Match(args []*syntax.Arg, params []*syntax.Param) ([]*syntax.Arg, *diag.Diagnostic) {
	matched := make([]*syntax.Arg, len(params))
	named := false
	for i, a := range args {
		at := i
		switch {
		case a.Name != nil:
			named = true
			if at = slices.IndexFunc(params, func(p *syntax.Param) bool { return p.Name.Text == a.Name.Text }); at < 0 {
				return nil, &diag.Diagnostic{Code: diag.UnknownSetting, Span: a.Name.Span, Message: fmt.Sprintf("no setting is called %s", a.Name.Text), Help: suggestParam(a.Name.Text, params)}
			}
		case named:
			return nil, &diag.Diagnostic{Code: diag.ValueAfterNamed, Span: a.Span, Message: "a value without a name stands after one with a name", Help: "write NAME: VALUE"}
		case i >= len(params):
			return nil, &diag.Diagnostic{Code: diag.TooManyValues, Span: a.Span, Message: fmt.Sprintf("one value too many: %s", thereAre(len(params), "setting"))}
		}
		if matched[at] != nil {
			return nil, &diag.Diagnostic{Code: diag.GivenTwice, Span: a.Span, Message: fmt.Sprintf("%s is given twice", params[at].Name.Text),
				Related: []diag.Label{{Span: matched[at].Span, Text: "first given here"}}}
		}
		matched[at] = a
	}
	return matched, nil
}

func suggestParam(name string, params []*syntax.Param) string {
	var names []string
	for _, p := range params {
		names = append(names, p.Name.Text)
	}
	if help := diag.Suggest(name, names); help != "" || len(names) == 0 {
		return help
	}
	return fmt.Sprintf("the settings are %v", names)
}

func missing(call *syntax.Call, params []*syntax.Param) *diag.Diagnostic {
	matched, _ := Match(call.Args, params)
	for i, p := range params {
		if p.Default == nil && matched[i] == nil {
			return &diag.Diagnostic{Code: diag.MissingSetting, Span: call.Span, Message: fmt.Sprintf("%s needs the setting %s", call.Name.Text, p.Name.Text),
				Help: fmt.Sprintf("add %s: %s", p.Name.Text, p.Type.Name.Text)}
		}
	}
	return nil
}
