package kernel

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestHostAsLinuxSays holds that Host sees all that Linux says of the processor, by the names of its flags, and that it
// uses the matrix unit wherever the system lets it: tests of AMX are skipped where Host does not see it. Host may see
// more, of which an older Linux does not know.
func TestHostAsLinuxSays(t *testing.T) {
	t.Setenv("NETC_CPU", "")
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		t.Skip(err)
	}
	flags := flagsIn(string(text))
	if flags == nil {
		t.Skip("/proc/cpuinfo has no line of flags")
	}
	var want Features
	for feature, names := range map[Features]string{
		AVX2: "avx2", FMA: "avx fma", F16C: "avx f16c", AVXVNNI: "avx_vnni", AVX512: "avx512f avx512dq",
		AVX512VNNI: "avx512_vnni", AVX512BF16: "avx512_bf16", AMX: "amx_tile amx_bf16", AMXInt8: "amx_tile amx_int8",
	} {
		lacks := func(name string) bool { return !slices.Contains(flags, name) }
		if !slices.ContainsFunc(strings.Fields(names), lacks) {
			want |= feature
		}
	}
	if want.has(AMX) && !allowTiles() {
		t.Log("the system does not let processes use the matrix unit")
		want &^= AMX | AMXInt8
	}
	if got := Host().Has; want.closed()&^got != 0 {
		t.Errorf("Host sees %s; by /proc/cpuinfo there is %s", got, want.closed())
	}
}

// flagsIn returns the flags of the first processor in the text of /proc/cpuinfo.
func flagsIn(text string) []string {
	for line := range strings.Lines(text) {
		if name, flags, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "flags" {
			return strings.Fields(flags)
		}
	}
	return nil
}
