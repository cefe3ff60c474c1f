package resolve

import (
	"maps"
	"testing"

	"github.com/netc-lang/netc/dsl/syntax"
)

// TestLost: what one of several files has lost is lost of the program, whatever the files after it have.
func TestLost(t *testing.T) {
	named := func(names ...string) (l syntax.Lost) {
		for _, n := range names {
			l.Names = append(l.Names, syntax.Name{Text: n})
		}
		return l
	}
	for _, tt := range []struct {
		files []syntax.Lost
		want  lost
	}{
		{[]syntax.Lost{{}, {}}, lost{map[string]bool{}, false, false}},
		{[]syntax.Lost{{}, {Family: true}}, lost{map[string]bool{}, true, false}},
		{[]syntax.Lost{{Family: true}, {}}, lost{map[string]bool{}, true, false}},
		{[]syntax.Lost{{}, {Anything: true}}, lost{map[string]bool{}, false, true}},
		{[]syntax.Lost{{Anything: true}, {}}, lost{map[string]bool{}, false, true}},
		{[]syntax.Lost{named("a", "b"), named("b", "c")}, lost{map[string]bool{"a": true, "b": true, "c": true}, false,
			false}},
	} {
		got := lost{names: map[string]bool{}}
		for _, f := range tt.files {
			got.add(f)
		}
		if got.family != tt.want.family || got.anything != tt.want.anything || !maps.Equal(got.names, tt.want.names) {
			t.Errorf("%+v: got %+v, want %+v", tt.files, got, tt.want)
		}
	}
}
