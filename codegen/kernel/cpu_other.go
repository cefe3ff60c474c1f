//go:build !amd64 && !arm64

package kernel

// processorFeatures returns what there are assembly routines for: nothing.
func processorFeatures() Features { return portable }
