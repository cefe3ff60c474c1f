//go:build !linux

package engine

import (
	"github.com/netc-lang/netc/codegen/kernel"
)

// Advice of populate, which knows how on Linux only.
const (
	populateRead  = 0
	populateWrite = 0
)

func populate([]byte, int) {}

// largePage: where there are no pages to prefer, memory begins where it would anyway.
const largePage = kernel.Alignment

func preferLargePages([]byte) {}
