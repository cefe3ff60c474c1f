package kernel

// processorFeatures returns what all of arm64's processors have.
func processorFeatures() Features { return NEON }
