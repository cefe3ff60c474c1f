package routine

import (
	"strings"
	"testing"
)

// TestDispatchNone: where a package has no routine of a kind, nothing is left that cannot be reached, as go vet asks.
func TestDispatchNone(t *testing.T) {
	for _, k := range Kinds() {
		for _, arch := range []string{"amd64", "arm64"} {
			all, err := Dispatch(k, arch, func(string) bool { return true })
			if err != nil {
				t.Fatal(err)
			}
			none, err := Dispatch(k, arch, func(string) bool { return false })
			if err != nil {
				t.Fatal(err)
			}
			sets := strings.Count(string(all), "\tswitch ")
			if got := strings.Count(string(none), "\treturn "); got != sets {
				t.Errorf("%s of %s: %d statements return, want one for each of %d sets:\n%s", k, arch, got, sets, none)
			}
		}
	}
}
