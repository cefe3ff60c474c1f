package source_test

import (
	"testing"

	"github.com/netc-lang/netc/dsl/source"
)

// TestPosition holds lines and columns to counting characters from 1, whatever ends a line.
func TestPosition(t *testing.T) {
	file := source.NewFile("a.net", "ab\r\n日本x\n\n")
	for _, c := range []struct{ offset, line, column int }{
		{-1, 1, 1}, {0, 1, 1}, {2, 1, 3}, {4, 2, 1}, {7, 2, 2}, {10, 2, 3}, {12, 3, 1}, {13, 4, 1}, {99, 4, 1},
	} {
		if line, column := file.Position(c.offset); line != c.line || column != c.column {
			t.Errorf("offset %d: got %d:%d, want %d:%d", c.offset, line, column, c.line, c.column)
		}
	}
	if got := source.NewFile("b.net", "a\nlast").Line(2); got != "last" {
		t.Errorf("the last line is %q", got)
	}
	for line, want := range []int{1: 0, 2: 4, 3: 12, 4: 13} {
		if got := file.LineStart(max(line, 1)); got != want {
			t.Errorf("line %d begins at %d, want %d", line, got, want)
		}
	}
	for line, want := range []string{"", "ab", "日本x", "", "", ""} {
		if got := file.Line(line); got != want {
			t.Errorf("line %d: got %q, want %q", line, got, want)
		}
	}
}

// TestTo holds the span of two to covering both, or to being the one that lies somewhere.
func TestTo(t *testing.T) {
	one, other := source.NewFile("a.net", "some text"), source.NewFile("b.net", "other text")
	a, b := source.Span{File: one, Start: 0, End: 4}, source.Span{File: one, Start: 5, End: 9}
	nowhere, elsewhere := source.Span{}, source.Span{File: other, Start: 7, End: 9}
	for _, c := range []struct{ of, to, want source.Span }{
		{a, b, source.Span{File: one, Start: 0, End: 9}}, {b, a, source.Span{File: one, Start: 0, End: 9}},
		{a, nowhere, a}, {nowhere, a, a}, {a, elsewhere, a}, {nowhere, nowhere, nowhere},
	} {
		if got := c.of.To(c.to); got != c.want {
			t.Errorf("%v to %v: got %v, want %v", c.of, c.to, got, c.want)
		}
	}
	if b.Text() != "text" || nowhere.String() != "-" || b.String() != "a.net:1:6" {
		t.Errorf("got %q, %s and %s", b.Text(), nowhere, b)
	}
}

// TestText: a span that lies outside its file, or nowhere, covers nothing.
func TestText(t *testing.T) {
	file := source.NewFile("a.net", "abc")
	for _, tt := range []struct {
		span source.Span
		want string
	}{
		{source.Span{File: file, Start: 0, End: 3}, "abc"}, {source.Span{File: file, Start: 1, End: 2}, "b"},
		{source.Span{File: file, Start: 3, End: 3}, ""}, {source.Span{Start: 0, End: 0}, ""},
		{source.Span{File: file, Start: -1, End: 2}, ""}, {source.Span{File: file, Start: 1, End: 4}, ""},
		{source.Span{File: file, Start: 2, End: 1}, ""},
	} {
		if got := tt.span.Text(); got != tt.want {
			t.Errorf("%d to %d: %q, want %q", tt.span.Start, tt.span.End, got, tt.want)
		}
	}
}
