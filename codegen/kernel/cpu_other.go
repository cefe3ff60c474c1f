//go:build !amd64

package kernel

// supportedInstructions returns the best level there is.
func supportedInstructions() instructions { return portable }
