package golang

import (
	"slices"
	"strings"
	"testing"
)

// TestPrune keeps what is mentioned by something that stays, in Go or in assembly, and nothing else.
func TestPrune(t *testing.T) {
	const code = `package p

import (
	"fmt"
	"math/rand/v2"
)

// used is called.
func used() int { return also.value() }

// also is what used has.
var also = made{}

type made struct{ x int }

func (m made) value() int { return rand.Int() }

func (m made) String() string { return "" }

func (m made) unused() { fmt.Println(alone) }

// alone is mentioned by what goes.
var alone = 1

// Exported is for others.
func Exported() {}

type lost struct{}

func (lost) used() { inner() }

func (lost) String() string { return "" }

func inner() {}

const first, second = 1, 2
`
	const declared = "package p\n\nfunc fromMacro()\n\n" +
		"//go:noescape\nfunc addAVX2(x *byte)\n\n//go:noescape\nfunc maxAVX2(x *byte)\n\n" +
		"func reluAVX2()\n\nfunc reluAVX2Address() uintptr\n\nfunc meanAVX2()\n\nfunc meanAVX2Address() uintptr\n"
	assembly := include
	for _, name := range []string{"add", "max", "relu", "mean"} {
		assembly += "\n// func " + name + "AVX2()\nTEXT ·" + name + "AVX2(SB), NOSPLIT, $0\n\tRET\n"
	}
	assembly += "\n#define SHARED \\\n\tCALL ·fromMacro(SB)\n" // behind a routine that goes, and of no routine
	for _, name := range []string{"relu", "mean"} {
		assembly += "\n// func " + name + "AVX2Address() uintptr\nTEXT ·" + name + "AVX2Address(SB), NOSPLIT, $0\n" +
			"\tLEAQ ·" + name + "AVX2(SB), AX\n\tRET\n"
	}
	got, err := prune([]File{{"code.go", []byte(code)}, {"declared_amd64.go", []byte(declared)},
		{"routines_amd64.s", []byte(assembly)}, {"gone.go", []byte("package p\n\nfunc gone() {}\n")}},
		[]byte("package p\n\nfunc main() { used(); addAVX2(nil); reluAVX2Address() }\n"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	var text strings.Builder
	for _, f := range got {
		names = append(names, f.Name)
		text.Write(f.Data)
	}
	if want := []string{"code.go", "declared_amd64.go", "routines_amd64.s"}; !slices.Equal(names, want) {
		t.Errorf("the files are %v, want %v", names, want)
	}
	for _, want := range []string{"func used", "// also is what", "var also", "type made", "made) value",
		"made) String", "func Exported", "const first, second", `import (
	"math/rand/v2"
)`, "func addAVX2", "TEXT ·addAVX2(SB)", "func fromMacro()", "func reluAVX2()", "TEXT ·reluAVX2(SB)",
		"TEXT ·reluAVX2Address(SB)"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q has gone", want)
		}
	}
	for _, rest := range []string{"fmt", "unused", "alone", "lost", "inner", "max", "mean", "gone"} {
		if strings.Contains(text.String(), rest) {
			t.Errorf("%q is still there", rest)
		}
	}
	if t.Failed() {
		t.Log(text.String())
	}
}
