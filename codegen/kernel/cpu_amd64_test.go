package kernel

import "testing"

// leaf is what cpuid says in one leaf and subleaf.
type leaf struct{ leaf, subleaf uint32 }

// TestFeaturesOf holds which features the registers of processors tell, as the operating system saves registers or not.
func TestFeaturesOf(t *testing.T) {
	const avx, f16c, fma = 1 << 28, 1 << 29, 1 << 12
	const avx2, avx512f, avx512dq = 1 << 5, 1 << 16, 1 << 17
	const vnni, bf16, tile, int8 = 1 << 11, 1 << 22, 1 << 24, 1 << 25
	// The leaves of a Xeon of the fourth generation (Sapphire Rapids), as far as they matter.
	sapphire := map[leaf][4]uint32{
		{0, 0}: {0x20}, {1, 0}: {0, 0, avx | f16c | fma},
		{7, 0}: {2, avx2 | avx512f | avx512dq, vnni, bf16 | tile | int8}, {7, 1}: {1<<4 | 1<<5},
	}
	with := func(at leaf, register int, bits uint32) map[leaf][4]uint32 {
		changed := map[leaf][4]uint32{}
		for k, v := range sapphire {
			if k == at {
				v[register] = bits
			}
			changed[k] = v
		}
		return changed
	}
	const of2013 = AVX2 | FMA | F16C // Haswell
	const all = of2013 | AVXVNNI | AVX512 | AVX512VNNI | AVX512BF16 | AMX | AMXInt8
	for _, c := range []struct {
		name   string
		leaves map[leaf][4]uint32
		saved  uint32
		want   Features
	}{
		{"everything", sapphire, 0x602e7, all},
		{"a system without tiles", sapphire, 0xe7, all &^ (AMX | AMXInt8)},
		{"a system without AVX-512", sapphire, 0x07, of2013 | AVXVNNI},
		{"a system that saves half of AVX-512", sapphire, 0x67, of2013 | AVXVNNI},
		{"a system without AVX", sapphire, 0x03, portable},
		{"no xgetbv", sapphire, 0, portable},
		{"no FMA", with(leaf{1, 0}, 2, avx|f16c), 0x602e7, portable},
		{"FMA without AVX2", with(leaf{7, 0}, 1, avx512f|avx512dq), 0x602e7, FMA},
		{"no DQ", with(leaf{7, 0}, 1, avx2|avx512f), 0x602e7, of2013 | AVXVNNI},
		{"tiles without bfloat16", with(leaf{7, 0}, 3, tile|int8), 0x602e7, all &^ (AMX | AMXInt8)},
		{"no subleaf 1", with(leaf{7, 0}, 0, 0), 0x602e7, all &^ (AVXVNNI | AVX512BF16)},
		{"leaves up to 6", with(leaf{0, 0}, 0, 6), 0x602e7, FMA},
		{"a processor of 1995", map[leaf][4]uint32{{0, 0}: {1}}, 0, portable},
	} {
		got := featuresOf(func(l, sub uint32) (a, b, x, d uint32) {
			r := c.leaves[leaf{l, sub}]
			return r[0], r[1], r[2], r[3]
		}, c.saved)
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
