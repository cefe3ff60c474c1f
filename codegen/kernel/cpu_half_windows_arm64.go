package kernel

import "syscall"

// processorFeatures returns what Windows says of the processor. The numbers are those of winnt.h; a Windows that does
// not know one says that there is no such feature.
func processorFeatures() Features {
	present := syscall.NewLazyDLL("kernel32.dll").NewProc("IsProcessorFeaturePresent")
	has := NEON
	if present.Find() != nil {
		return has
	}
	for _, f := range []struct {
		feature Features
		number  uintptr
	}{
		{DotProd, 43}, // PF_ARM_V82_DP_INSTRUCTIONS_AVAILABLE
		{I8MM, 66},
		{FP16, 67},
		{BFloat16, 68},
	} {
		if yes, _, _ := present.Call(f.number); yes != 0 {
			has |= f.feature
		}
	}
	return has
}
