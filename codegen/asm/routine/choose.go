package routine

import (
	"bytes"
	"regexp"
	"strings"
)

// Select returns the text of an assembly file with those routines that have reports, and with the macros that they use.
// Whatever else the file holds stays.
//
// A routine's text begins with the line "// func NAME(…" and ends where the next begins, or data, or a macro.
func Select(text []byte, have func(name string) bool) []byte {
	var kept bytes.Buffer
	keep := true
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "// func "); ok {
			name, _, _ = strings.Cut(name, "(")
			keep = have(name)
		}
		if strings.HasPrefix(line, "#define ") {
			keep = true
		}
		if strings.HasPrefix(line, "DATA ") || strings.HasPrefix(line, "GLOBL ") {
			keep = true
		}
		if keep {
			kept.WriteString(line)
		}
	}
	uses := map[string]int{}
	for _, name := range word.FindAll(kept.Bytes(), -1) {
		uses[string(name)]++
	}
	text = macro.ReplaceAllFunc(kept.Bytes(), func(definition []byte) []byte {
		if name := macro.FindSubmatch(definition)[1]; uses[string(name)] > 1 {
			return definition
		}
		return nil
	})
	return append(bytes.TrimRight(text, "\n"), '\n')
}

// macro finds definitions, which go on over the lines that end in a backslash, with the blank line before them.
var macro = regexp.MustCompile(`\n#define (\w+)\((?:.*\\\n)*.*\n`)

var word = regexp.MustCompile(`\w+`)
