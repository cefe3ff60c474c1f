package kernel

// neon is the level of arm64, all of whose processors have NEON.
const neon = avx2

// processorInstructions returns the best level there is.
func processorInstructions() instructions { return neon }
