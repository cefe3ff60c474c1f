//go:build !go1.22

package engine

// This package needs Go 1.22 or newer. Every other file says so in its first lines and is left out by an older Go,
// whose compiler reports the next line.
var _ int = "this package needs Go 1.22 or newer"
