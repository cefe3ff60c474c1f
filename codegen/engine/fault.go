package engine

import (
	"errors"
	"runtime/debug"
	"unsafe"
)

// A file that is mapped into memory can be cut off by another process. Its pages are then no more, and to read one is
// a fault that would end the program: SIGBUS. What reads such memory runs under guarded, which makes of it an error of
// the inference that met with it.

// errGone is the cause of such an error.
var errGone = errors.New("its end was cut off while it was in use")

// guarded runs f, and reports whether it was ended by a fault in the data. Other panics go on.
func guarded(data string, f func()) (fault bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { fault = faultIn(data, recover()) }()
	f()
	return false
}

// faultIn reports whether something recovered is a fault in the data, and panics with it again if it is something else.
func faultIn(data string, recovered any) bool {
	if recovered == nil {
		return false
	}
	at, ok := recovered.(interface{ Addr() uintptr })
	begin := uintptr(unsafe.Pointer(unsafe.StringData(data)))
	if !ok || at.Addr() < begin || at.Addr() >= begin+uintptr(len(data)) {
		panic(recovered)
	}
	return true
}
