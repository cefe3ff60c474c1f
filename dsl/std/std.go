// Package std holds the standard library: what of the language is written in the language. Its files are the
// declarations of the primitive operations, which every program has, and parts that a program imports by name, such as
// "std/mobile".
package std

import (
	"embed"
	"strings"
)

//go:embed *.net
var files embed.FS

// Source returns the text of the part of the standard library with a name such as "std/mobile".
func Source(name string) (text string, ok bool) {
	file, ok := strings.CutPrefix(name, "std/")
	if !ok {
		return "", false
	}
	data, err := files.ReadFile(file + ".net")
	return string(data), err == nil
}

// Declares returns the part of the standard library that declares a block, function or scaling of the given name, or
// "".
func Declares(name string) string {
	for _, part := range Names() {
		text, _ := Source(part)
		for _, word := range []string{"block ", "function ", "scaling "} {
			if strings.Contains(text, "\n"+word+name+"(") {
				return part
			}
		}
	}
	return ""
}

// Names lists the parts that can be imported, in alphabetic order.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // the folder is embedded
	}
	var names []string
	for _, e := range entries {
		if e.Name() != "primitives.net" {
			names = append(names, "std/"+strings.TrimSuffix(e.Name(), ".net"))
		}
	}
	return names
}

// Activations lists the primitive operations that are activation functions: those under that heading.
func Activations() []string {
	text, _ := Source("std/primitives")
	_, text, _ = strings.Cut(text, "\n// Activation functions.\n")
	text, _, _ = strings.Cut(text, "\n// Positive numbers")
	var names []string
	for line := range strings.Lines(text) {
		if line, ok := strings.CutPrefix(line, "primitive "); ok {
			name, _, _ := strings.Cut(line, "(")
			names = append(names, name)
		}
	}
	return names
}
