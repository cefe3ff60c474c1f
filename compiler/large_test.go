package compiler

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// largeFile writes a file of 2,000 lines: blocks and functions, a network of sixty stages and a family of eight variants.
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
	b.WriteString("network Large {\n    use norm = BatchNorm(), act = SiLU\n    input image[3, resolution, resolution]\n    stem Conv(32, kernel: 3, stride: 2)\n")
	for i := range 60 {
		fmt.Fprintf(&b, "    stage%d Block%d(32, kernel: 3, expansion: 4) x 1\n", i, i)
	}
	b.WriteString("}\n\nfamily Large by Compound {\n")
	for i := range 8 {
		fmt.Fprintf(&b, "    V%d: phi = %g\n", i, float64(i)/4)
	}
	b.WriteString("}\n")
	b.WriteString(strings.Repeat("// the end\n", 2000-lines()))
	path := filepath.Join(t.TempDir(), "large.net")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
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
	if last := networks[len(networks)-1]; len(networks) != 8 || !strings.HasPrefix(last.Graph.Nodes[len(last.Graph.Nodes)-1].Name, "stage59.1.") {
		t.Errorf("got %d networks, the last ending in %s", len(networks), last.Graph.Nodes[len(last.Graph.Nodes)-1].Name)
	}
}

// BenchmarkLargeFile measures what "netc check" does with a file of 2,000 lines.
func BenchmarkLargeFile(b *testing.B) {
	path := largeFile(b)
	for range b.N {
		program, err := Load(path)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := program.BuildAll(); err != nil {
			b.Fatal(err)
		}
	}
}
