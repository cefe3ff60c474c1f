package format_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/netc-lang/netc/dsl/format"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/source/sourcetest"
	"github.com/netc-lang/netc/dsl/syntax"
)

// FuzzSource holds formatting to what it promises of every text that parses: the formatted text parses to the same tree
// and has the same comments, formatting it again changes nothing, and its lines end as lines do. A text that does not
// parse is an error.
func FuzzSource(f *testing.F) {
	for _, text := range sourcetest.All(f) {
		f.Add(text.Text)
		f.Add(strings.Join(strings.Fields(text.Text), "\n"))
		f.Add(strings.ReplaceAll(text.Text, ",", " // c\n,"))
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := source.NewFile("fuzz.net", text)
		tree, problems := syntax.Parse(file)
		got, err := format.Source(file)
		if (err != nil) != (len(problems) > 0) {
			t.Fatalf("parsing gives %v, formatting %v", problems, err)
		}
		if err != nil {
			return
		}
		result := source.NewFile("formatted.net", got)
		again, problems := syntax.Parse(result)
		if len(problems) > 0 {
			t.Fatalf("the result does not parse: %v\n%s", problems.Err(), got)
		}
		if !same(reflect.ValueOf(tree), reflect.ValueOf(again)) {
			t.Errorf("the result has another tree:\n%s", got)
		}
		if want, got := comments(file), comments(result); !reflect.DeepEqual(got, want) {
			t.Errorf("the comments are %q, want %q", got, want)
		}
		if twice := formatted(t, got); twice != got {
			t.Errorf("once:\n%s\ntwice:\n%s", got, twice)
		}
		for _, line := range strings.Split(got, "\n") {
			if strings.TrimRight(line, " \t") != line {
				t.Errorf("%q ends in a blank", line)
			}
		}
	})
}

// same reports whether two syntax trees are alike but for their places.
func same(a, b reflect.Value) bool {
	if a.Type() == reflect.TypeFor[source.Span]() || a.Type() == reflect.TypeFor[*source.File]() {
		return true
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		return a.Elem().Type() == b.Elem().Type() && same(a.Elem(), b.Elem())
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !same(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		for i := range a.NumField() {
			if !same(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	}
	return a.Interface() == b.Interface()
}

func comments(file *source.File) []string {
	var texts []string
	tokens, _ := syntax.Tokens(file)
	for _, t := range tokens {
		if t.Kind == syntax.KindComment {
			texts = append(texts, strings.TrimRight(t.Text, " \t\r"))
		}
	}
	return texts
}
