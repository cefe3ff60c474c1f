package syntax_test

import (
	"reflect"
	"testing"

	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/source/sourcetest"
	"github.com/netc-lang/netc/dsl/syntax"
)

// FuzzParse holds the parser to ending without a panic, to problems that have a place in the file, a code and a
// message, and to a tree whose every span lies in the file.
func FuzzParse(f *testing.F) {
	for _, text := range sourcetest.All(f) {
		f.Add(text.Text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := source.NewFile("fuzz.net", text)
		tree, problems := syntax.Parse(file)
		for _, p := range problems {
			if p.Span.File != file || !within(p.Span, text) || p.Code == "" || p.Message == "" {
				t.Errorf("bad diagnostic: %+v", p)
			}
			for _, r := range p.Related {
				if r.Span.File != file || !within(r.Span, text) {
					t.Errorf("bad place: %+v of %+v", r, p)
				}
			}
		}
		checkSpans(t, reflect.ValueOf(tree), text, len(problems) == 0)
	})
}

func within(s source.Span, text string) bool {
	return 0 <= s.Start && s.Start <= s.End && s.End <= len(text)
}

// checkSpans looks at every span of a tree. In a text without problems none is empty.
func checkSpans(t *testing.T, v reflect.Value, text string, sound bool) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() && v.Type() != reflect.TypeFor[*source.File]() {
			checkSpans(t, v.Elem(), text, sound)
		}
	case reflect.Slice:
		for i := range v.Len() {
			checkSpans(t, v.Index(i), text, sound)
		}
	case reflect.Struct:
		if span, ok := v.Interface().(source.Span); ok {
			if !within(span, text) || sound && span.Start == span.End {
				t.Errorf("bad span %d to %d in a text of %d bytes", span.Start, span.End, len(text))
			}
			return
		}
		for i := range v.NumField() {
			checkSpans(t, v.Field(i), text, sound)
		}
	}
}
