package routine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDispatchAll: with all routines, the files are those of package kernel.
func TestDispatchAll(t *testing.T) {
	for _, k := range Kinds() {
		for _, arch := range []string{"amd64", "arm64"} {
			want, err := os.ReadFile(filepath.Join("..", "..", "kernel", k.File(arch)))
			if err != nil {
				t.Fatal(err)
			}
			if got := Dispatch(k, arch, func(string) bool { return true }); string(got) != string(want) {
				t.Errorf("%s is not what is written: run go generate ./codegen/kernel", k.File(arch))
			}
		}
	}
}

// TestDispatchNone: where a package has no routine of a kind, nothing is left that cannot be reached, as go vet asks.
func TestDispatchNone(t *testing.T) {
	for _, k := range Kinds() {
		for _, arch := range []string{"amd64", "arm64"} {
			all := Dispatch(k, arch, func(string) bool { return true })
			none := Dispatch(k, arch, func(string) bool { return false })
			sets := strings.Count(string(all), "\tswitch ")
			if got := strings.Count(string(none), "\treturn "); got != sets {
				t.Errorf("%s of %s: %d statements return, want one for each of %d sets:\n%s", k, arch, got, sets, none)
			}
		}
	}
}
