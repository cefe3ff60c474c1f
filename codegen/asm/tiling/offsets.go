package tiling

// Offsets in the structs of package kernel, in bytes. A test of that package compares them with the structs.
const (
	productOut          = 0
	productIn           = 24
	productWeights      = 48
	productBias         = 72
	productResidual     = 96
	productBlocks       = 120
	productOutPitch     = 128
	productWeightPitch  = 136
	productPixelPitch   = 144
	productBlockPitch   = 152
	productRows         = 160
	productRowPitch     = 168
	productColumns      = 176
	productColumnPitch  = 184
	productSegments     = 192
	productSegmentCount = 264
	productRoutine      = 280
	productAhead        = 288
	productAheadLength  = 296
	productMoreLines    = 312
	productLinePitch    = 320
	productOutLinePitch = 328
	productHalfLast     = 336

	segmentAt     = 0
	segmentBlocks = 8
	segmentLanes  = 16
	segmentSize   = 24

	slideOut      = 0
	slideIn       = 24
	slideWeights  = 48
	slideBias     = 72
	slideResidual = 96
	slideSums     = 120
	slideRows     = 144
	slideWidth    = 152
	slideRowPitch = 160
	slideRoutine  = 200

	tileIn        = 0
	tileOut       = 24
	tileBetween   = 48
	tileBias      = 72
	tileCount     = 96
	tileInRow     = 104
	tileInColumn  = 112
	tileInSquare  = 120
	tileOutRow    = 128
	tileOutColumn = 136
	tileOutSquare = 144

	finishOut        = 0
	finishSums       = 24
	finishResidual   = 48
	finishRows       = 72
	finishPixelCount = 80
	finishOutPitch   = 88
	finishSumsPitch  = 96
	finishFunction   = 104

	activationRegisters = 8
)
