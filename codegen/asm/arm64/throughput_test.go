package arm64

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/netc-lang/netc/codegen/asm/routine"
)

// cores are the models of llvm-mca that are worth asking, with the multiply-adds of a register that the core begins in
// a cycle. (Cortex-A72 has none of float16.) The models of Cortex-A76 and Apple M1 are not among them: they say 1 and 3
// where the hardware does 2 and 4. Neoverse N1 stands for the former (Raspberry Pi 5, Graviton 2), Neoverse V2 for the
// latter and Graviton 4, Cortex-A72 for the Raspberry Pi 4.
var cores = []struct {
	name string
	peak float64
}{{"neoverse-n1", 2}, {"neoverse-v2", 4}, {"cortex-a72", 1}, {"cortex-a55", 1}}

// TestThroughput simulates the inner loops of the widest tiles: how many multiply-adds they begin in a cycle, with
// all data in the first-level cache; and SiLU. It prints the table of docs/performance.md and holds it to nine tenths
// of the peak for products and seven for depthwise convolutions, on the cores whose models are good.
func TestThroughput(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the kernels for arm64")
	}
	tools := []string{"aarch64-linux-gnu-objdump", "llvm-mca-19"}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip("needs Debian's binutils-aarch64-linux-gnu and llvm-19: ", err)
		}
	}
	program := filepath.Join(t.TempDir(), "kernel")
	build := exec.Command("go", "test", "-c", "-o", program, "../../kernel")
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	type row struct {
		name  string
		loop  int // 0 being the one with the most multiply-adds
		share float64
	}
	var routines []row
	for _, set := range []*routine.Set{routine.NEON, routine.Half} {
		product := set.Product(1, set.MostPixels[0])
		// Whole blocks, those with half of the outputs, any window.
		routines = append(routines, row{product, 0, 0.9}, row{product, 1, 0.9}, row{product, 2, 0.9})
		for _, window := range set.Windows() {
			for _, stride := range routine.Strides {
				routines = append(routines, row{set.Slide(window, stride, slices.Max(set.SlideSizes(window))), 0, 0.7})
			}
		}
	}
	for _, name := range []string{"tileInputNEON", "tileFilterNEON", "tileOutputNEON"} {
		routines = append(routines, row{name, 0, 0}) // which load and store as much as they compute
	}
	for _, r := range routines {
		loop := innerLoop(t, program, "github.com/netc-lang/netc/codegen/kernel."+r.name+".abi0", r.loop)
		line := fmt.Sprintf("%-15s %3d instructions, %2d multiply-adds; a cycle:", r.name, len(loop),
			multiplyAdds(loop))
		for i, core := range cores {
			if core.name == "cortex-a72" && strings.HasSuffix(r.name, routine.Half.Name) {
				continue
			}
			rate := float64(multiplyAdds(loop)) / cycles(t, loop, core.name)
			line += fmt.Sprintf("  %s %.2f of %g", core.name, rate, core.peak)
			if i < 2 && rate < r.share*core.peak {
				t.Errorf("%s reaches %.2f of %g multiply-adds a cycle on %s", r.name, rate, core.peak, core.name)
			}
		}
		t.Log(line)
	}
	for _, s := range []struct {
		set       *routine.Set
		numbers   string
		registers int
		most      float64
	}{
		{routine.NEON, "four float32, of 24 registers", 24, 9.6}, {routine.NEON, "four float32, of 16", 16, 9.4},
		{routine.Half, "eight float16, of 24", 24, 8.8}, {routine.Half, "eight float16, of 16", 16, 8.9},
	} {
		silu := withoutBranches(t, program, s.set.Function("silu"), s.registers > 16)
		perRegister := float64(s.registers)
		line := fmt.Sprintf("SiLU of %s: %.0f instructions; cycles:", s.numbers, float64(len(silu))/perRegister)
		for _, core := range cores {
			if core.name == "cortex-a72" && s.set == routine.Half {
				continue
			}
			n := cycles(t, silu, core.name) / perRegister
			line += fmt.Sprintf("  %s %.1f", core.name, n)
			if core.name == "neoverse-n1" && n > s.most {
				t.Errorf("SiLU of %s takes %.1f cycles on %s", s.numbers, n, core.name)
			}
		}
		t.Log(line)
	}
}

// multiplyAdds counts them.
func multiplyAdds(loop []string) int {
	return strings.Count(strings.Join(loop, "\n"), "fmla") + strings.Count(strings.Join(loop, "\n"), "fmls")
}

var (
	instruction = regexp.MustCompile(`^\s+([0-9a-f]+):\t([^/<]*)`)
	branch      = regexp.MustCompile(`^(b\.\w+|b|cbn?z\s+\w+,)\s+(?:0x)?([0-9a-f]+)$`)
)

// withoutBranches returns what a routine of functions does to many accumulators, the instructions before its first
// return, or to few of them, those before its last one.
func withoutBranches(t *testing.T, program, routine string, many bool) []string {
	t.Helper()
	all, _ := disassembled(t, program, "github.com/netc-lang/netc/codegen/kernel."+routine+".abi0")
	end := slices.Index(all, "ret")
	if end < 0 {
		t.Fatalf("%s does not return", routine)
	}
	for i := end; !many && i < len(all); i++ {
		if all[i] == "ret" {
			end = i
		}
	}
	start := end
	for start > 0 && all[start-1] != "ret" && !branch.MatchString(all[start-1]) {
		start--
	}
	return all[start:end]
}

// disassembled returns the instructions of a routine, and which each is by its address.
func disassembled(t *testing.T, program, routine string) (all []string, at map[string]int) {
	t.Helper()
	out, err := exec.Command("aarch64-linux-gnu-objdump", "-d", "--no-show-raw-insn", "--disassemble="+routine,
		program).Output()
	if err != nil {
		t.Fatal(err)
	}
	at = map[string]int{}
	for _, line := range strings.Split(string(out), "\n") {
		if m := instruction.FindStringSubmatch(line); m != nil {
			at[m[1]] = len(all)
			all = append(all, strings.TrimSpace(m[2]))
		}
	}
	return all, at
}

// innerLoop returns the instructions of one of the routine's loops that no other branch leaves or enters, by the
// multiply-adds that they have, those with the most first.
func innerLoop(t *testing.T, program, routine string, loopNumber int) []string {
	t.Helper()
	all, at := disassembled(t, program, routine)
	var loops [][]string
	for i, text := range all {
		m := branch.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		start, ok := at[m[2]]
		if !ok || start >= i {
			continue
		}
		loop := append([]string{}, all[start:i]...)
		plain := true
		for _, inner := range loop {
			plain = plain && !branch.MatchString(inner) || strings.HasPrefix(inner, "b.cs") // which fetches ahead
			if !plain {
				break
			}
		}
		if plain {
			loops = append(loops, append(loop, m[1]+" ."))
		}
	}
	slices.SortStableFunc(loops, func(a, b []string) int { return multiplyAdds(b) - multiplyAdds(a) })
	if len(loops) <= loopNumber || multiplyAdds(loops[loopNumber]) == 0 {
		t.Fatalf("%s has too few loops of multiply-adds", routine)
	}
	return loops[loopNumber]
}

// cycles asks llvm-mca how many cycles an iteration takes.
func cycles(t *testing.T, loop []string, core string) float64 {
	t.Helper()
	const iterations = 200
	var text []string
	for _, line := range loop {
		if m := branch.FindStringSubmatch(line); m != nil {
			line = m[1] + " ."
		}
		text = append(text, line)
	}
	mca := exec.Command("llvm-mca-19", "-mtriple=aarch64", "-mattr=+fullfp16", "-mcpu="+core,
		fmt.Sprintf("-iterations=%d", iterations))
	mca.Stdin = strings.NewReader(strings.Join(text, "\n"))
	out, err := mca.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	m := regexp.MustCompile(`Total Cycles: +(\d+)`).FindSubmatch(out)
	if m == nil {
		t.Fatalf("llvm-mca says\n%s", out)
	}
	total, _ := strconv.Atoi(string(m[1]))
	return float64(total) / iterations
}
