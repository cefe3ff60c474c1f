package amd64

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/printer"
)

// TestEncodings has LLVM's disassembler read every instruction of the checked-in assembly that is written as bytes, and
// compares it with the comment above it.
func TestEncodings(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "kernel", "*_amd64.s"))
	if err != nil || len(files) == 0 {
		t.Fatal("no assembly for amd64: ", err)
	}
	count := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		count += disassembled(t, filepath.Base(file), string(text))
	}
	if count < 100 {
		t.Errorf("found %d instructions only", count)
	}
}

// TestEncoders does so with every register and tile that an instruction can have.
func TestEncoders(t *testing.T) {
	c := build.NewContext()
	c.Function("f")
	k := &matrixKernel{emitter: &emitter{c}}
	tile := 0
	for base := range numbers {
		for index := range numbers {
			for _, displacement := range []int{0, 64, 0x7bcdef40} {
				k.load(tile%8, base, index, displacement)
				k.store(tile%8, base, index, displacement)
				tile++
			}
		}
		k.configure(base, 64)
	}
	for pixels := range 8 {
		for weights := range 8 {
			for sums := range 8 {
				if pixels != weights && pixels != sums && weights != sums { // others fault
					k.multiply(pixels, weights, sums)
				}
			}
		}
	}
	k.release()
	file, err := c.Result()
	if err != nil {
		t.Fatal(err)
	}
	text, err := printer.NewGoAsm(printer.Config{}).Print(file)
	if err != nil {
		t.Fatal(err)
	}
	const want = 14*14*3*2 + 14 + 8*7*6 + 1
	if count := disassembled(t, "all", string(text)); count != want {
		t.Errorf("%d instructions, want %d", count, want)
	}
}

var (
	// commented is a comment and the data below it.
	commented = regexp.MustCompile(`(?m)^\t// (.*)\n((?:\t(?:LONG|WORD|BYTE) +\$0x[0-9a-f]+\n)+)`)
	datum     = regexp.MustCompile(`(?m)^\t(LONG|WORD|BYTE|QUAD)\b *\$?(0x[0-9a-f]+)?`)
	sizes     = map[string]int{"LONG": 4, "WORD": 2, "BYTE": 1}
)

// disassembled compares the instructions of a text that are bytes with their comments, and returns how many there are.
func disassembled(t *testing.T, name, text string) int {
	t.Helper()
	const tool = "llvm-mc-19"
	if _, err := exec.LookPath(tool); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("needs Debian's llvm-19: ", err)
	}
	var bytes strings.Builder
	var want, code []string
	data := 0
	for _, m := range commented.FindAllStringSubmatch(text, -1) {
		start := bytes.Len()
		for _, d := range datum.FindAllStringSubmatch(m[2], -1) {
			data++
			value, err := strconv.ParseUint(d[2], 0, 8*sizes[d[1]])
			if err != nil {
				t.Fatal(err)
			}
			for range sizes[d[1]] {
				fmt.Fprintf(&bytes, "0x%02x ", byte(value))
				value >>= 8
			}
		}
		want, code = append(want, m[1]), append(code, bytes.String()[start:])
	}
	if n := len(datum.FindAllString(text, -1)); n != data {
		t.Errorf("%s: %d of %d words of data lie below a comment that says what they are", name, data, n)
	}
	if len(want) == 0 {
		return 0
	}
	cmd := exec.Command(tool, "--disassemble", "-triple=x86_64", "-mattr=+amx-tile,+amx-bf16", "--output-asm-variant=1")
	cmd.Stdin = strings.NewReader(bytes.String())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var got []string
	for _, line := range strings.Split(string(out), "\n") {
		if line = strings.Join(strings.Fields(line), " "); line != "" && !strings.HasPrefix(line, ".") {
			got = append(got, strings.ReplaceAll(line, " + riz", "")) // no index
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%s: %d instructions were disassembled, of %d:\n%s", name, len(got), len(want), out)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s: %sis %q, meant as %q", name, code[i], got[i], want[i])
		}
	}
	return len(want)
}
