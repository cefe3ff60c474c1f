package engine

import "testing"

func TestIsFileOnly(t *testing.T) {
	const maps = `00400000-00cbd000 r-xp 00000000 08:01 1234 /bin/a program
00cbd000-0f000000 r--p 008bd000 08:01 1234 /bin/a program
0f000000-0f100000 rw-p 0e000000 08:01 1234 /bin/a program
0f100000-0f200000 r--p 00000000 00:00 0 [anon]
0f200000-0f300000 r--s 00000000 08:01 99 /tmp/weights.bin
e0000000-e0400000 rw-p 00000000 00:00 0
`
	for _, c := range []struct {
		begin, end uintptr
		want       bool
	}{
		{0xcbd020, 0xefffff0, true}, {0x400000, 0xcbd000, true}, {0xcbd020, 0xf000010, false},
		{0xf000000, 0xf000010, false},
		{0xf100000, 0xf100010, false}, {0xf200000, 0xf200010, false}, {0xe0000000, 0xe0000010, false},
		{0x10, 0x20, false},
	} {
		if got := isFileOnly(maps, c.begin, c.end); got != c.want {
			t.Errorf("%#x to %#x: %t", c.begin, c.end, got)
		}
	}
	for _, nonsense := range []string{"nonsense", "x-y r--p 0 0 1 path", "x-ffff r--p 0 0 1 path",
		"0-y r--p 0 0 1 path"} {
		if isFileOnly(nonsense+"\n", 1, 2) {
			t.Errorf("%q is taken for a file", nonsense)
		}
	}
}
