//go:build !unix

package kernel

import "time"

var start = time.Now()

// processorTime returns the time since the start, where that of the process cannot be had.
func processorTime() int64 { return int64(time.Since(start)) }
