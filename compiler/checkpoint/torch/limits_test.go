package torch

import (
	"archive/zip"
	"strings"
	"testing"
)

// TestLimits looks for dictionaries up to a depth of eight, under paths of up to three hundred bytes.
func TestLimits(t *testing.T) {
	long := strings.Repeat("a", 301)
	for _, tt := range []struct {
		keys  []string
		found bool
	}{
		{nil, true}, {[]string{"model"}, true}, {[]string{long[:300]}, true}, {[]string{long}, false},
		{[]string{long[:150], long[:149]}, true}, {[]string{long[:150], long[:150]}, false},
		{strings.Split("a b c d e f g h", " "), true}, {strings.Split("a b c d e f g h i", " "), false},
	} {
		inner := dict("w", tensorOf(reference("torch.FloatStorage", "0", 4), "K\x00", "K\x04\x85", "K\x01\x85"))
		for i := range tt.keys {
			inner = dict(tt.keys[len(tt.keys)-1-i], inner)
		}
		states, err := read(archive(t, zip.Store, "data.pkl", start+inner+".", "data/0", fourOnes))
		name := strings.Join(tt.keys, ".")
		if found := err == nil && len(states) == 1 && states[0].Name == name; found != tt.found {
			t.Errorf("%d keys, %d bytes: %d states, %v", len(tt.keys), len(name), len(states), err)
		}
	}
}

// TestListLimits looks into lists and tuples as deep as into dictionaries.
func TestListLimits(t *testing.T) {
	for name, wrap := range map[string]func(v string) string{
		"list": func(v string) string { return "](" + v + "e" }, "tuple": func(v string) string { return v + "\x85" },
	} {
		inner := dict("w", tensorOf(reference("torch.FloatStorage", "0", 4), "K\x00", "K\x04\x85", "K\x01\x85"))
		for depth := range 12 {
			states, err := read(archive(t, zip.Store, "data.pkl", start+inner+".", "data/0", fourOnes))
			path := strings.TrimSuffix(strings.Repeat("0.", depth), ".")
			if found := err == nil && len(states) == 1 && states[0].Name == path; found != (depth <= maxDepth) {
				t.Errorf("%s, %d deep: %d states, %v", name, depth, len(states), err)
			}
			inner = wrap(inner)
		}
	}
}
