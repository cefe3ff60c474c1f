package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
)

// modulePath is the beginning of this module's function names.
const modulePath = "github.com/netc-lang/netc/"

// reportBroken says that an invariant of netc is broken: what it was doing, for which command line, and where. It must
// be called from the function that recovers.
func reportBroken(w io.Writer, broken any, args []string) {
	fmt.Fprintf(w, "netc: internal error in %s: %v\n", phase(), broken)
	fmt.Fprint(w, "This is a mistake in netc, not in your file. Please report it, "+
		"with the file, the command line and what follows.\n")
	fmt.Fprintf(w, "command line: netc %s\n%s", strings.Join(args, " "), debug.Stack())
}

// phase names the package that panicked, such as "codegen/plan": that of the innermost function of this module below
// the panic.
func phase() string {
	callers := make([]uintptr, 1000)
	frames := runtime.CallersFrames(callers[:runtime.Callers(0, callers)])
	found, panicked := "", false
	for {
		frame, more := frames.Next()
		if frame.Function == "runtime.gopanic" { // the last one is the first panic: those above pass it on
			found, panicked = "", true
		}
		if path, ours := strings.CutPrefix(frame.Function, modulePath); ours && panicked && found == "" {
			slash := strings.LastIndexByte(path, '/')
			name, _, _ := strings.Cut(path[slash+1:], ".")
			found = path[:slash+1] + name
		}
		if strings.HasPrefix(frame.Function, "main.") && panicked && found == "" {
			found = "cmd/netc"
		}
		if !more {
			return found
		}
	}
}
