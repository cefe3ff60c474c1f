//go:build !linux

package engine

// Advice of populate, which knows how on Linux only.
const (
	populateRead  = 0
	populateWrite = 0
)

func populate([]byte, int) {}

func preferLargePages([]byte) {}
