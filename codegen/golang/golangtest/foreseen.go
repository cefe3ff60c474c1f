// Package golangtest helps tests that run generated packages.
package golangtest

import (
	"bytes"
	"strings"
)

// Foreseen returns the text of a package's file for a test: where it would go without an assembly routine that the
// package lacks, it panics. A network that runs has then reached no routine but those that its package was made with.
func Foreseen(name string, text []byte) []byte {
	if !strings.HasPrefix(name, "kernel_") {
		return text
	}
	const missing = "\tdefault:\n\t\treturn false\n\t}\n\treturn true\n}\n"
	return bytes.ReplaceAll(text, []byte(missing),
		[]byte("\tdefault:\n\t\tpanic(\"a routine that nobody foresaw\")\n\t}\n\treturn true\n}\n"))
}
