package names

import (
	"slices"
	"testing"
)

// TestNatural sorts names whose numbers count. A name stands before those that go on with a digit where it has a
// separator, and numbers may be longer than any integer.
func TestNatural(t *testing.T) {
	want := []string{
		"a", "a/x", "a1/x", "a2", "a10", "a18446744073709551616", "a18446744073709551617",
		"block-2/kernel", "block-10/kernel", "conv2d/kernel", "conv2d_1/kernel", "conv2d_02/kernel", "conv2d_2/kernel",
	}
	for i := range want {
		for j := range want {
			if got := Natural(want[i], want[j]); sign(got) != sign(i-j) {
				t.Errorf("Natural(%q, %q) = %d", want[i], want[j], got)
			}
		}
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, Natural)
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func sign(n int) int { return min(max(n, -1), 1) }
