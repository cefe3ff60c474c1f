package arm64

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestEncodings has GNU's disassembler read every word of the checked-in assembly and compares it with the comment
// beside it.
func TestEncodings(t *testing.T) {
	disassembler, err := exec.LookPath("aarch64-linux-gnu-objdump")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("needs Debian's binutils-aarch64-linux-gnu: ", err)
	}
	words := checkedInWords(t)
	if len(words) < 100 {
		t.Fatalf("found %d words only", len(words))
	}
	code := filepath.Join(t.TempDir(), "words")
	var bytes []byte
	var want []string
	for word, comment := range words {
		bytes = binary.LittleEndian.AppendUint32(bytes, word)
		want = append(want, comment)
	}
	if err := os.WriteFile(code, bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(disassembler, "-D", "-b", "binary", "-m", "aarch64", code).Output()
	if err != nil {
		t.Fatal(err)
	}
	// "   0:	4e20d400 	fadd	v0.4s, v0.4s, v0.4s"
	line := regexp.MustCompile(`(?m)^ *[0-9a-f]+:\t([0-9a-f]{8}) \t(.*)$`)
	found := line.FindAllStringSubmatch(string(out), -1)
	if len(found) != len(want) {
		t.Fatalf("%d instructions were disassembled, of %d", len(found), len(want))
	}
	for i, f := range found {
		if got := strings.Join(strings.Fields(f[2]), " "); got != want[i] {
			t.Errorf("%s is %q, meant as %q", f[1], got, want[i])
		}
	}
}

// checkedInWords returns the distinct words of the assembly for arm64, with their comments. A word of a macro is one
// for each register that the macro may be given.
func checkedInWords(t *testing.T) map[uint32]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "kernel", "*_arm64.s"))
	if err != nil || len(files) == 0 {
		t.Fatal("no assembly for arm64: ", err)
	}
	plain := regexp.MustCompile(`(?m)^\tWORD \$0x([0-9a-f]{8}) (?:// (.*)|/\* (.*) \*/(?: \\)?)$`)
	open := regexp.MustCompile(`(?m)^\tWORD \$\(0x([0-9a-f]{8})\+0x([0-9a-f]+)\*[xyzt]\) /\* (.*) \*/(?: \\)?$`)
	parameter := regexp.MustCompile(`\bv[xyzt]\.`)
	number := func(digits string) uint32 {
		n, err := strconv.ParseUint(digits, 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		return uint32(n)
	}
	words := map[uint32]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		fixed, opened := plain.FindAllStringSubmatch(string(text), -1), open.FindAllStringSubmatch(string(text), -1)
		if n := strings.Count(string(text), "WORD"); n != len(fixed)+len(opened) {
			t.Errorf("%s has %d words, %d of them with a comment", file, n, len(fixed)+len(opened))
		}
		for _, m := range fixed {
			words[number(m[1])] = m[2] + m[3]
		}
		for _, m := range opened {
			for x := range uint32(32) {
				words[number(m[1])+number(m[2])*x] = parameter.ReplaceAllString(m[3], fmt.Sprintf("v%d.", x))
			}
		}
	}
	return words
}
