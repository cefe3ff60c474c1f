package compiler_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
)

// TestOfWhichVariants: a mistake that not all variants have says which have it, and one that all have does not.
func TestOfWhichVariants(t *testing.T) {
	for variants, want := range map[string]string{
		"A: kernel = 9; B: kernel = 9; C: kernel = 9": "",
		"A: kernel = 3; B: kernel = 9; C: kernel = 5": "in the variant B",
		"A: kernel = 9; B: kernel = 3; C: kernel = 9": "in the variants A, C", "A: kernel = 9": "",
		"A: kernel = 9; B: kernel = 10": "in the variants A, B; the message is of A",
	} {
		text := "network N(kernel: int) {\n    input image[3, 8, 8]\n" +
			"    stem Conv(8, kernel: kernel, padding: 0)\n}\n\nfamily N {\n    " +
			strings.ReplaceAll(variants, "; ", "\n    ") + "\n}\n"
		program, err := compiler.LoadFile(source.NewFile("n.net", text))
		if err != nil {
			t.Fatal(err)
		}
		_, err = program.BuildAll()
		var list diag.List
		if !errors.As(err, &list) || len(list) != 1 {
			t.Errorf("%s: got %v", variants, err)
			continue
		}
		got := ""
		for _, r := range list[0].Related {
			got += r.Text
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", variants, got, want)
		}
	}
}

// TestWrongChoices: every value that a place may have is tried, and one that no network can have is a mistake.
func TestWrongChoices(t *testing.T) {
	for choice, want := range map[string]string{
		"8 in [8, 16]": "", `8 in [8, "a"]`: "out must be an int", "8 in [8, 0]": "",
		"8 in [8, true]": "out must be an int",
	} {
		program, err := compiler.LoadFile(source.NewFile("n.net", "network N {\n    input image[3, 8, 8]\n"+
			"    stem Conv("+choice+")\n}\n\nfamily N {\n    A:\n}\n"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = program.BuildAll(); (err == nil) != (want == "") ||
			err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", choice, err, want)
		}
	}
}

// TestOrderOfWarnings: warnings of whatever kinds stand in the order of the text.
func TestOrderOfWarnings(t *testing.T) {
	program, err := compiler.LoadFile(source.NewFile("n.net", `network N {
    input image[3, 8, 8]
    dead  = image -> Conv(8) -> ReLU
    stem  = image -> Conv(9)
    twice = stem -> Conv(8, stride: 2)
    other = image -> Conv(16) -> SiLU
    last  = twice -> Conv(8)
    return last
}

family N {
    A:
}
`))
	if err != nil {
		t.Fatal(err)
	}
	networks, err := program.BuildAll()
	if err != nil {
		t.Fatal(err)
	}
	warnings := program.Warnings(networks)
	var lines []int
	for _, w := range warnings {
		line, _ := w.Span.File.Position(w.Span.Start)
		lines = append(lines, line)
	}
	if len(lines) < 3 || !slices.IsSorted(lines) {
		t.Errorf("the lines are %v: %v", lines, warnings)
	}
}

// TestHashes: the hashes are those of the file and of what it imports, and do without the standard library where it is
// not to count.
func TestHashes(t *testing.T) {
	const body = "network N {\n    input image[3, 8, 8]\n    stem Conv(8)\n}\n\nfamily N {\n    A:\n}\n"
	own := map[string]string{}
	for _, tt := range []struct {
		name, imports, lib string
		all, own           bool // whether imports have a hash
	}{
		{"none", "", "", false, false}, {"std", "import \"std/mobile\"\n\n", "", true, false},
		{"lib", "import \"lib.net\"\n\n", "function f(n: int) = n\n", true, true},
		{"another lib", "import \"lib.net\"\n\n", "function f(n: int) = 2 * n\n", true, true},
		{"both", "import \"lib.net\"\nimport \"std/mobile\"\n\n", "function f(n: int) = n\n", true, true},
	} {
		folder := t.TempDir()
		for name, text := range map[string]string{"n.net": tt.imports + body, "lib.net": tt.lib} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		program, err := compiler.Load(filepath.Join(folder, "n.net"))
		if err != nil {
			t.Fatal(err)
		}
		file, all := program.Hashes()
		same, without := program.OwnHashes()
		if file != same || file != fmt.Sprintf("%x", sha256.Sum256([]byte(tt.imports+body))) ||
			(all != "") != tt.all || (without != "") != tt.own {
			t.Errorf("%s: file %s and %s, imports %q and %q", tt.name, file, same, all, without)
		}
		if own[tt.name] = without; (all == without) != (tt.name != "std" && tt.name != "both") {
			t.Errorf("%s: with the standard library %s, without %s", tt.name, all, without)
		}
	}
	if own["lib"] == own["another lib"] || own["lib"] != own["both"] {
		t.Errorf("the own imports have the hashes %v", own)
	}
}
