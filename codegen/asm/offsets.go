package main

// Offsets in the structs of package kernel, in bytes. A test of that package compares them with the structs.
const (
	productOut         = 0
	productIn          = 24
	productWeights     = 48
	productBias        = 72
	productResidual    = 96
	productBlocks      = 120
	productOutPitch    = 128
	productWeightPitch = 136
	productPixelPitch  = 144
	productBlockPitch  = 152
	productRows        = 160
	productRowPitch    = 168
	productColumns     = 176
	productColumnPitch = 184
	productParts       = 192
	productPartCount   = 264
	productFunction    = 272
	productAhead       = 280
	productAheadLength = 288

	partAt     = 0
	partBlocks = 8
	partLanes  = 16
	partSize   = 24

	slideOut      = 0
	slideIn       = 24
	slideWeights  = 48
	slideBias     = 72
	slideResidual = 96
	slideSums     = 120
	slideRows     = 144
	slideWidth    = 152
	slideRowPitch = 160
	slideFunction = 192

	tileIn        = 0
	tileOut       = 24
	tileBetween   = 48
	tileBias      = 72
	tileCount     = 96
	tileInRow     = 104
	tileInColumn  = 112
	tileInStep    = 120
	tileOutRow    = 128
	tileOutColumn = 136
	tileOutStep   = 144

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
	splitSteps     = 160
	splitStepPitch = 168
	splitOutPitch  = 176
	splitTrace     = 184

	matrixOut         = 0
	matrixPixels      = 24
	matrixWeights     = 48
	matrixBias        = 72
	matrixOutPitch    = 96
	matrixPartPitch   = 104
	matrixPairPitch   = 112
	matrixStepPitch   = 120
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

	finishOut        = 0
	finishSums       = 24
	finishResidual   = 48
	finishRows       = 72
	finishPixelCount = 80
	finishOutPitch   = 88
	finishSumsPitch  = 96
	finishFunction   = 104
)

// Activation functions of package kernel.
const (
	relu = iota + 1
	relu6
	silu
	sigmoid
	hardSwish
	hardSigmoid
	tanh
	gelu
)
