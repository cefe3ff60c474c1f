//go:build arm64 && !linux && !darwin && !windows

package kernel

// processorFeatures returns what all of arm64's processors have.
func processorFeatures() Features { return NEON }
