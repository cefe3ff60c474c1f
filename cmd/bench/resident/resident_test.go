package resident

import (
	"os"
	"testing"
)

// TestPeak: the most that was in memory grows with what is used, and stays when that is given back.
func TestPeak(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("the system does not tell")
	}
	before := Peak()
	const size = 64 << 20
	used := make([]byte, size)
	for i := range used {
		used[i] = byte(i)
	}
	after := Peak()
	if before < 1<<20 || after < before+size/2 || after > before+4*size || used[5] != 5 {
		t.Errorf("%d bytes before %d more were used, %d after", before, size, after)
	}
}

// TestPeakIn finds the one line among others, and 0 where there is none or no number in it.
func TestPeakIn(t *testing.T) {
	for status, want := range map[string]int64{
		"Name:\tx\nVmPeak:\t  9 kB\nVmHWM:\t   20 kB\nVmRSS:\t 7 kB\n": 20 << 10, "": 0, "\nVmHWM:": 0, "\nVmHWM:\tmuch kB": 0,
		"Name:\tVmHWM: 5\n": 0,
	} {
		if got := peakIn(status); got != want {
			t.Errorf("%q: got %d, want %d", status, got, want)
		}
	}
}
