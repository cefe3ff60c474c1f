package kernel

import "syscall"

// allowTiles asks the system to let the process use the matrix unit's tiles, and reports whether it does: see
// Documentation/arch/x86/xstate.rst of Linux.
func allowTiles() bool {
	const request, tileData = 0x1023, 18
	_, _, failed := syscall.RawSyscall(syscall.SYS_ARCH_PRCTL, request, tileData, 0)
	return failed == 0
}
