package routine

import (
	"bytes"
	"strings"
)

// Select returns the text of an assembly file without those routines of Sets that have does not report. Whatever else
// the file holds stays.
//
// A routine's text begins with the line "// func NAME(…", or with its macro, "#define NAMEOne(…", and ends where the
// next begins, or data.
func Select(text []byte, have func(name string) bool) []byte {
	named := map[string]bool{}
	for _, s := range Sets() {
		s.Each(func(name string) { named[name], named[AddressOf(name)] = true, true })
	}
	var kept bytes.Buffer
	keep := true
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "// func "); ok {
			name, _, _ = strings.Cut(name, "(")
			keep = !named[name] || have(strings.TrimSuffix(name, AddressOf("")))
		}
		if name, ok := strings.CutPrefix(line, "#define "); ok {
			name, _, _ = strings.Cut(name, "(")
			name = strings.TrimSuffix(name, OneOf(""))
			keep = !named[name] || have(name)
		}
		if strings.HasPrefix(line, "DATA ") || strings.HasPrefix(line, "GLOBL ") {
			keep = true
		}
		if keep {
			kept.WriteString(line)
		}
	}
	return append(bytes.TrimRight(kept.Bytes(), "\n"), '\n')
}
