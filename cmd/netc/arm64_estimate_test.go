package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// simulated are the cores of the estimate, as llvm-mca calls their models, with their clocks in GHz: see
// codegen/asm/arm64/throughput_test.go for what the models are worth.
var simulated = []simulatedCore{
	{"neoverse-n1", "Cortex-A76 (Raspberry Pi 5)", 2.4},
	{"neoverse-v2", "Neoverse V2 (Graviton 4)", 2.8},
	{"cortex-a72", "Cortex-A72 (Raspberry Pi 4)", 1.5},
	{"cortex-a55", "Cortex-A55", 1.8},
}

type simulatedCore struct {
	model, what string
	clock       float64
}

// TestEstimateOnARM64 estimates how long an inference of EfficientNet-B0 takes on arm64, on one thread, with arithmetic
// of float32 and of float16: qemu counts how often each block of instructions is executed, and llvm-mca says how many
// cycles the block takes when it is executed again and again, with all data in the first-level cache. It prints the
// figures of docs/performance.md, with -large those of float16, too.
func TestEstimateOnARM64(t *testing.T) {
	if testing.Short() {
		t.Skip("not with -short")
	}
	for _, tool := range []string{"qemu-aarch64", "llvm-mca-19", "aarch64-linux-gnu-objdump"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip("needs Debian's qemu-user, llvm-19 and binutils-aarch64-linux-gnu: ", err)
		}
	}
	program, err := compiler.Load("../../examples/efficientnet/efficientnet.net")
	if err != nil {
		t.Fatal(err)
	}
	network, err := program.Build("B0", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []struct {
		arithmetic string
		options    []plan.Option
		lanes      float64 // of a register
		most       float64 // milliseconds on Cortex-A76
	}{
		{"float32", nil, 4, 30},
		{"float16", []plan.Option{plan.WithWeights(kernel.F16), plan.WithArithmetic(kernel.F16)}, 8, 19},
	} {
		t.Run(a.arithmetic, func(t *testing.T) {
			if a.lanes > 4 && !*large {
				t.Skip("only with -large, for it takes minutes")
			}
			blocks := executedOnARM64(t, network.Graph, a.options...)
			reportExecuted(t, blocks, float64(network.Graph.MACs()), a.lanes)
			for _, core := range simulated {
				if core.model == "cortex-a72" && a.lanes > 4 {
					continue // which has no arithmetic of float16
				}
				reportSimulated(t, blocks, core, a.most)
			}
		})
	}
}

// reportExecuted prints how many instructions an inference executes, and holds them against its multiply-accumulates,
// of which a register of float32 has four and one of float16 eight.
func reportExecuted(t *testing.T, blocks []codeBlock, macs, lanes float64) {
	t.Helper()
	var instructions, multiplyAdds, products float64
	for _, b := range blocks {
		instructions += float64(b.count * len(b.code))
		for _, text := range b.code {
			if strings.HasPrefix(text, "fmla ") {
				multiplyAdds += float64(b.count)
				if strings.Contains(text, ".8h") {
					products += 4 * float64(b.count)
				}
			}
		}
	}
	products += 4 * multiplyAdds
	t.Logf("an inference executes %.0f million instructions, %.2f for each multiply-accumulate, %.0f%% of them "+
		"multiplications with addition of a register", instructions/1e6, instructions/macs,
		100*multiplyAdds/instructions)
	if products < macs || instructions > 4/lanes*macs {
		t.Errorf("%.0f products of %.0f multiply-accumulates, %.0f instructions", products, macs, instructions)
	}
}

// reportSimulated prints how long the blocks take on a core, and which routines take most of it.
func reportSimulated(t *testing.T, blocks []codeBlock, core simulatedCore, most float64) {
	t.Helper()
	byRoutine, cycles := simulate(t, blocks, core.model), 0.0
	for _, n := range byRoutine {
		cycles += n
	}
	ms := cycles / core.clock / 1e6
	t.Logf("%s: %.1f million cycles, at %.1f GHz %.1f ms", core.what, cycles/1e6, core.clock, ms)
	if core.model != "neoverse-n1" {
		return
	}
	names := slices.SortedFunc(maps.Keys(byRoutine), func(a, b string) int {
		return cmp.Compare(byRoutine[b], byRoutine[a])
	})
	for _, name := range names[:min(20, len(names))] {
		t.Logf("  %4.1f%% %s", 100*byRoutine[name]/cycles, strings.TrimPrefix(name, "generated/network."))
	}
	if ms > most {
		t.Errorf("EfficientNet-B0 takes %.1f ms, by this estimate", ms)
	}
}

// codeBlock is a run of instructions without a jump into or out of it, and how often it is executed.
type codeBlock struct {
	routine string
	at      uint64 // its address
	words   []uint32
	code    []string
	count   int
}

// executedOnARM64 returns what one inference of a network executes: what the program takes beyond one that is given no
// image.
func executedOnARM64(t *testing.T, g *ir.Graph, options ...plan.Option) []codeBlock {
	t.Helper()
	path := buildRunner(t, platform{"linux", "arm64", nil}, g, params.Initializer(g, 3), options...)
	none, one := traced(t, path, nil), traced(t, path, eval.Noise(g, 5, 1)[0])
	var blocks []codeBlock
	for _, at := range slices.Sorted(maps.Keys(one)) {
		b := *one[at]
		if before := none[at]; before != nil {
			b.count -= before.count
		}
		if b.count > 0 && isInference(b.routine) {
			blocks = append(blocks, b)
		}
	}
	disassemble(t, blocks)
	return slices.DeleteFunc(joined(blocks), func(b codeBlock) bool { return b.count <= 0 })
}

// joined puts together what qemu has cut: it ends a block, wherever it is, at the end of a page, and after some two
// hundred instructions. The pieces would be simulated as if each ran again and again, a short one of them as a chain
// in which everything waits. The blocks are in the order of their addresses; what runs on into another is less often
// executed as that other one by itself.
func joined(blocks []codeBlock) []codeBlock {
	starts := map[uint64]int{}
	for i, b := range blocks {
		starts[b.at] = i
	}
	for i := len(blocks) - 1; i >= 0; i-- {
		b := &blocks[i]
		next, ok := starts[b.at+4*uint64(len(b.words))]
		if !ok || isJump(b.code[len(b.code)-1]) {
			continue
		}
		b.words, b.code = slices.Concat(b.words, blocks[next].words), slices.Concat(b.code, blocks[next].code)
		blocks[next].count -= b.count
	}
	return blocks
}

// isJump reports whether an instruction may go elsewhere than to the next.
func isJump(text string) bool {
	name, _, _ := strings.Cut(text, " ")
	return name == "ret" || name == "br" || name == "blr" || isDirectJump(name)
}

// isDirectJump reports whether it does so to an address that it names.
func isDirectJump(name string) bool {
	return name == "b" || name == "bl" || strings.HasPrefix(name, "b.") || strings.HasPrefix(name, "cb") ||
		strings.HasPrefix(name, "tb")
}

// isInference reports whether a routine is executed for an inference. What reads images and writes results is the
// test's own, and most of Go's runtime wakes up by the clock, which runs a hundred times as fast under qemu.
func isInference(routine string) bool {
	if of, ok := strings.CutPrefix(routine, "runtime."); ok {
		return strings.HasPrefix(of, "mem")
	}
	return strings.HasPrefix(routine, "generated/network.")
}

// disassemble fills in the text of instructions. (qemu, which prints it too, does not know those of float16.)
func disassemble(t *testing.T, blocks []codeBlock) {
	t.Helper()
	var words []byte
	for _, b := range blocks {
		for _, word := range b.words {
			words = binary.LittleEndian.AppendUint32(words, word)
		}
	}
	file := filepath.Join(t.TempDir(), "words")
	if err := os.WriteFile(file, words, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("aarch64-linux-gnu-objdump", "-D", "-z", "-b", "binary", "-m", "aarch64", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	// "   0:	54fffa01 	b.ne	0xffffffffffffff40  // b.any"
	line := regexp.MustCompile(`(?m)^ *[0-9a-f]+:\t[0-9a-f]{8} \t(.*?)(?:\s*//.*)?$`)
	texts := line.FindAllStringSubmatch(string(out), -1)
	if len(texts) != len(words)/4 {
		t.Fatalf("%d instructions were disassembled, of %d", len(texts), len(words)/4)
	}
	for i := range blocks {
		for _, text := range texts[:len(blocks[i].words)] {
			blocks[i].code = append(blocks[i].code, strings.Join(strings.Fields(text[1]), " "))
		}
		texts = texts[len(blocks[i].words):]
	}
}

// traced runs a program under qemu and returns the blocks that it executes, by their addresses.
func traced(t *testing.T, path string, images []float32) map[uint64]*codeBlock {
	t.Helper()
	log, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command("qemu-aarch64", "-d", "exec,nochain,in_asm", "-D", "/dev/fd/3", path)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=off")
	cmd.ExtraFiles = []*os.File{to}
	var in bytes.Buffer
	if err := binary.Write(&in, binary.LittleEndian, images); err != nil {
		t.Fatal(err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, io.Discard, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	to.Close()
	blocks, err := readTrace(log)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return blocks
}

// readTrace reads qemu's log:
//
//	IN: main.main
//	0x0008bb90:  f94003e0  ldr      x0, [sp]
//	…
//
//	Trace 0: 0x7fbdb3800100 [0000000001009331/000000000008bb90/00000001/00000200] main.main
func readTrace(log io.Reader) (map[uint64]*codeBlock, error) {
	blocks := map[uint64]*codeBlock{}
	var open *codeBlock
	routine := ""
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "Trace "):
			_, at, _ := strings.Cut(line, "/")
			at, _, _ = strings.Cut(at, "/")
			address, err := strconv.ParseUint(at, 16, 64)
			if err != nil || blocks[address] == nil {
				return nil, fmt.Errorf("qemu's log has a line %q", line)
			}
			blocks[address].count++
		case strings.HasPrefix(line, "IN: "):
			open, routine = nil, line[len("IN: "):]
		case strings.HasPrefix(line, "0x"):
			at, text, _ := strings.Cut(line, ":")
			fields := strings.Fields(text)
			address, err := strconv.ParseUint(strings.TrimPrefix(at, "0x"), 16, 64)
			if err != nil || len(fields) < 2 {
				return nil, fmt.Errorf("qemu's log has a line %q", line)
			}
			word, err := strconv.ParseUint(fields[0], 16, 32)
			if err != nil {
				return nil, fmt.Errorf("qemu's log has a line %q", line)
			}
			if open == nil {
				count := 0
				if before := blocks[address]; before != nil { // which is translated again
					count = before.count
				}
				open = &codeBlock{routine: routine, at: address, count: count}
				blocks[address] = open
			}
			open.words = append(open.words, uint32(word))
		default:
			open = nil
		}
	}
	return blocks, lines.Err()
}

// simulate returns how many cycles the blocks take, by llvm-mca. Those that are executed rarely are taken to be as fast
// as the others on average.
func simulate(t *testing.T, blocks []codeBlock, core string) map[string]float64 {
	t.Helper()
	instructions := func(b codeBlock) int { return b.count * len(b.code) }
	blocks = slices.SortedFunc(slices.Values(blocks), func(a, b codeBlock) int {
		return cmp.Compare(instructions(b), instructions(a))
	})
	total, covered := 0, 0
	for _, b := range blocks {
		total += instructions(b)
	}
	const iterations = 100
	var text strings.Builder
	var counts []int
	for i, b := range blocks {
		if covered > total/1000*995 {
			break
		}
		covered += instructions(b)
		counts = append(counts, b.count)
		fmt.Fprintf(&text, "# LLVM-MCA-BEGIN block%d\n", i)
		for _, line := range b.code {
			fmt.Fprintln(&text, withoutTarget(line))
		}
		fmt.Fprintf(&text, "# LLVM-MCA-END block%d\n", i)
	}
	mca := exec.Command("llvm-mca-19", "-mtriple=aarch64", "-mattr=+all", "-mcpu="+core,
		fmt.Sprintf("-iterations=%d", iterations), "-instruction-info=0", "-resource-pressure=0")
	mca.Stdin = strings.NewReader(text.String())
	out, err := mca.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, err.(*exec.ExitError).Stderr)
	}
	found := regexp.MustCompile(`Total Cycles: +(\d+)`).FindAllSubmatch(out, -1)
	if len(found) != len(counts) {
		t.Fatalf("llvm-mca simulated %d blocks of %d", len(found), len(counts))
	}
	cycles := map[string]float64{}
	for i, f := range found {
		n, _ := strconv.Atoi(string(f[1]))
		cycles[blocks[i].routine] += float64(counts[i]) * float64(n) / iterations * float64(total) / float64(covered)
	}
	return cycles
}

// jumpTarget is the address that an instruction refers to, which is no distance.
var jumpTarget = regexp.MustCompile(`0x[0-9a-f]+$`)

// withoutTarget has jumps go to themselves.
func withoutTarget(line string) string {
	name, _, _ := strings.Cut(line, " ")
	switch {
	case isDirectJump(name):
		return jumpTarget.ReplaceAllString(line, ".")
	case name == "adrp" || name == "adr":
		return "nop"
	}
	return line
}
