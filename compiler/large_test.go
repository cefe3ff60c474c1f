package compiler

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeLines writes a file that a text begins and comments fill up to 2,000 lines.
func writeLines(t testing.TB, text string) string {
	t.Helper()
	text += strings.Repeat("// the end\n", 2000-strings.Count(text, "\n"))
	path := filepath.Join(t.TempDir(), "large.net")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// networksFile writes a file of 2,000 lines: ninety networks like B0.
func networksFile(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("import \"std/mobile\"\nimport \"std/scaling\"\n\n")
	for i := range 90 {
		fmt.Fprintf(&b, `network Net%[1]d(classes: int = 1000, dropout: float = 0.2) {
    use norm = BatchNorm(epsilon: 1e-3), act = SiLU
    input image[3, resolution, resolution]
    stem   Conv(32, kernel: 3, stride: 2) -> norm -> act
    stage1 MBConv(16, kernel: 3, expansion: 1) x 1
    stage2 MBConv(24, kernel: 3, expansion: 6, stride: 2) x 2
    stage3 MBConv(40, kernel: 5, expansion: 6, stride: 2) x 2
    stage4 MBConv(80, kernel: 3, expansion: 6, stride: 2) x 3
    stage5 MBConv(112, kernel: 5, expansion: 6) x 3
    stage6 MBConv(192, kernel: 5, expansion: 6, stride: 2) x 4
    stage7 MBConv(320, kernel: 3, expansion: 6) x 1
    head   Conv(1280) -> norm -> act
    pool   GlobalAvgPool -> Flatten -> Dropout(dropout)
    logits Linear(classes)
}

family Net%[1]d by Compound {
    N%[1]d: phi = %[2]g
}

`, i, float64(i)/90)
	}
	return writeLines(t, b.String())
}

// largeFile writes a file of 2,000 lines: blocks and functions, a network of sixty stages and a family of eight
// variants.
func largeFile(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("import \"std/mobile\"\nimport \"std/scaling\"\n\n")
	lines := func() int { return strings.Count(b.String(), "\n") }
	for i := 0; lines() < 1900; i++ {
		fmt.Fprintf(&b, `// Block %[1]d.
block Block%[1]d(out: channels, kernel: int, expansion: float, stride: stride = 1)(x) {
    expand    Conv(divisible(x.channels * expansion)) -> norm -> act  if expansion != 1
    depthwise DepthwiseConv(kernel, stride) -> norm -> act
    excite    SqueezeExcite(round(x.channels * 0.25))
    project   Conv(out) -> norm
    return project + x if stride == 1 and x.channels == out else project
}

function rule%[1]d(value: float) = floor(value * %[1]d / 8) * 8 + max(1, 2 * (3 + %[1]d)) - 4

`, i)
	}
	b.WriteString("network Large {\n    use norm = BatchNorm(), act = SiLU\n    input image[3, resolution, " +
		"resolution]\n    stem Conv(32, kernel: 3, stride: 2)\n")
	for i := range 60 {
		fmt.Fprintf(&b, "    stage%d Block%d(32, kernel: 3, expansion: 4) x 1\n", i, i)
	}
	b.WriteString("}\n\nfamily Large by Compound {\n")
	for i := range 8 {
		fmt.Fprintf(&b, "    V%d: phi = %g\n", i, float64(i)/4)
	}
	b.WriteString("}\n")
	return writeLines(t, b.String())
}

func TestLargeFile(t *testing.T) {
	program, err := Load(largeFile(t))
	if err != nil {
		t.Fatal(err)
	}
	networks, err := program.BuildAll()
	if err != nil {
		t.Fatal(err)
	}
	// The last variant repeats each of the sixty stages twice: 1.2^1.75 is 1.38.
	if last := networks[len(networks)-1]; len(networks) != 8 ||
		!strings.HasPrefix(last.Graph.Nodes[len(last.Graph.Nodes)-1].Name, "stage59.1.") {
		t.Errorf("got %d networks, the last ending in %s", len(networks),
			last.Graph.Nodes[len(last.Graph.Nodes)-1].Name)
	}
}

// BenchmarkLargeFile measures what "netc check" does with files of 2,000 lines.
func BenchmarkLargeFile(b *testing.B) {
	for name, write := range map[string]func(testing.TB) string{"blocks": largeFile, "networks": networksFile} {
		b.Run(name, func(b *testing.B) {
			path := write(b)
			for b.Loop() {
				program, err := Load(path)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := program.BuildAll(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
