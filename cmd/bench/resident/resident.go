// Package resident tells how much memory a process has taken.
package resident

import (
	"os"
	"strconv"
	"strings"
)

// Peak returns the most bytes of this process that were ever in memory, or 0 where the system does not tell (it is
// Linux that does).
func Peak() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(after)
	if len(fields) == 0 {
		return 0
	}
	kilobytes, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return 0
	}
	return kilobytes * 1024
}
