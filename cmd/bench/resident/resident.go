// Package resident tells how much memory a process has taken.
package resident

import (
	"fmt"
	"os"
	"strings"
)

// Peak returns the most bytes of this process that were ever in memory, or 0 where the system does not tell (it is
// Linux that does).
func Peak() int64 {
	status, _ := os.ReadFile("/proc/self/status") // empty where there is none
	return peakIn(string(status))
}

// peakIn finds the high water mark in the text by which Linux tells of a process.
func peakIn(status string) int64 {
	_, after, _ := strings.Cut(status, "\nVmHWM:")
	var kilobytes int64
	if _, err := fmt.Sscan(after, &kilobytes); err != nil {
		return 0
	}
	return kilobytes * 1024
}
