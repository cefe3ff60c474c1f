package amd64

// Offsets in the structs of package kernel, in bytes. A test of that package compares them with the structs.
const (
	splitOut       = 0
	splitLow       = 24
	splitHigh      = 48
	splitLowScale  = 72
	splitHighScale = 96
	splitLowLanes  = 120
	splitHighLanes = 128
	splitPartPitch = 136
	splitPitch     = 144
	splitCount     = 152
	splitSlabs     = 160
	splitSlabPitch = 168
	splitOutPitch  = 176
	splitTrace     = 184

	matrixOut         = 0
	matrixPixels      = 24
	matrixWeights     = 48
	matrixBias        = 72
	matrixOutPitch    = 96
	matrixPartPitch   = 104
	matrixPairPitch   = 112
	matrixSlabPitch   = 120
	matrixPairs       = 128
	matrixSingles     = 136
	matrixGroups      = 144
	matrixAccumulate  = 152
	matrixTapFirst    = 160
	matrixTapCount    = 168
	matrixWaste       = 176
	matrixAhead       = 200
	matrixAheadLength = 208
	matrixAheadPitch  = 224
	matrixTaps        = 232
)
