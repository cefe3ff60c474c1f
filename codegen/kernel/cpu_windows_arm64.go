package kernel

import "syscall"

// processorFeatures returns what Windows says of the processor. The numbers are those of winnt.h; a Windows that does
// not know one says that there is no such feature.
func processorFeatures() Features {
	const dotProd, i8mm, fp16, bf16 = 43, 66, 67, 68 // PF_ARM_V82_DP_INSTRUCTIONS_AVAILABLE, …
	present := syscall.NewLazyDLL("kernel32.dll").NewProc("IsProcessorFeaturePresent")
	has := NEON
	if present.Find() != nil {
		return has
	}
	for feature, number := range map[Features]uintptr{DotProd: dotProd, I8MM: i8mm, FP16: fp16, BFloat16: bf16} {
		if yes, _, _ := present.Call(number); yes != 0 {
			has |= feature
		}
	}
	return has
}
