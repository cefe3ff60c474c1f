package kernel

import "syscall"

// processorFeatures returns what macOS and iOS say of the processor (sysctl(3), "hw.optional").
func processorFeatures() Features {
	has := NEON
	for _, known := range []struct {
		feature Features
		name    string
	}{
		{FP16, "hw.optional.arm.FEAT_FP16"}, {FP16, "hw.optional.neon_fp16"}, // the latter before macOS 12
		{DotProd, "hw.optional.arm.FEAT_DotProd"}, {I8MM, "hw.optional.arm.FEAT_I8MM"},
		{BFloat16, "hw.optional.arm.FEAT_BF16"},
	} {
		if value, err := syscall.SysctlUint32(known.name); err == nil && value != 0 {
			has |= known.feature
		}
	}
	return has
}
