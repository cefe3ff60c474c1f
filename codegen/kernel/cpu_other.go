//go:build !amd64 && !arm64

package kernel

// processorInstructions returns the best level there is.
func processorInstructions() instructions { return portable }
