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
