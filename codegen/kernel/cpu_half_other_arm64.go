//go:build !linux && !darwin && !windows

package kernel

// processorFeatures returns what all of arm64's processors have. Of what systems say beyond that, kernels ask for
// arithmetic of float16 alone.
func processorFeatures() Features { return NEON }
