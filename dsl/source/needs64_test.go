package source

import (
	"go/build"
	"testing"
)

// TestNeeds64 holds platforms of 32 bits, and no others, to the file that refuses them.
func TestNeeds64(t *testing.T) {
	for arch, refused := range map[string]bool{
		"386": true, "arm": true, "mips": true, "mipsle": true,
		"amd64": false, "arm64": false, "loong64": false, "mips64": false, "ppc64le": false, "riscv64": false,
		"s390x": false, "wasm": false,
	} {
		context := build.Default
		context.GOARCH = arch
		if got, err := context.MatchFile(".", "needs64.go"); err != nil || got != refused {
			t.Errorf("%s: refused %t, want %t (%v)", arch, got, refused, err)
		}
	}
}
