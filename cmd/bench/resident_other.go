//go:build !linux

package main

import "os"

// residentBytes is only known on Linux.
func residentBytes(*os.ProcessState) int64 { return 0 }
