// Package source holds the text that netc reads: files, byte positions in them and the spans that every later
// stage carries along, so that an error found anywhere can point at the place a person wrote.
//
// Bytes come in (Load, or NewFile for text already in memory); Files and Spans go out. Nothing here knows the language.
package source

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"
)

// File is one source file. It is immutable.
type File struct {
	name  string // as the user would type it, for messages
	text  string
	lines []int // byte offset at which each line starts
}

// NewFile makes a File of text already in memory. The name is only used in messages.
func NewFile(name, text string) *File {
	f := &File{name: name, text: text, lines: []int{0}}
	for i := range len(text) {
		if text[i] == '\n' {
			f.lines = append(f.lines, i+1)
		}
	}
	return f
}

// Name returns the file's name as messages show it.
func (f *File) Name() string { return f.name }

// Text returns the whole text.
func (f *File) Text() string { return f.text }

// Position turns a byte offset into a line and a column, both counted from 1. The column counts characters, not
// bytes, and an offset outside the file is taken to its nearest end.
func (f *File) Position(offset int) (line, column int) {
	offset = max(0, min(offset, len(f.text)))
	line = sort.Search(len(f.lines), func(i int) bool { return f.lines[i] > offset })
	return line, utf8.RuneCountInString(f.text[f.lines[line-1]:offset]) + 1
}

// Line returns the text of a line counted from 1, without its line break; "" when there is no such line.
func (f *File) Line(line int) string {
	if line < 1 || line > len(f.lines) {
		return ""
	}
	end := len(f.text)
	if line < len(f.lines) {
		end = f.lines[line] - 1
	}
	return strings.TrimSuffix(f.text[f.lines[line-1]:end], "\r")
}

// LineStart returns the byte offset of the first character of a line counted from 1.
func (f *File) LineStart(line int) int { return f.lines[line-1] }

// LineCount returns the number of lines; an empty file has one.
func (f *File) LineCount() int { return len(f.lines) }

// Span is a piece of a file: the bytes from Start up to but not including End. The zero Span is "nowhere".
type Span struct {
	File       *File
	Start, End int
}

// IsValid reports whether the span points into a file.
func (s Span) IsValid() bool { return s.File != nil }

// Text returns the text the span covers, or "".
func (s Span) Text() string {
	if s.File == nil || s.Start < 0 || s.End > len(s.File.text) || s.Start > s.End {
		return ""
	}
	return s.File.text[s.Start:s.End]
}

// To returns the smallest span that covers s and other. When they lie in different files, or one is nowhere, the valid
// one of the two is returned, s first.
func (s Span) To(other Span) Span {
	switch {
	case !s.IsValid():
		return other
	case !other.IsValid() || other.File != s.File:
		return s
	}
	return Span{File: s.File, Start: min(s.Start, other.Start), End: max(s.End, other.End)}
}

// String returns "file:line:column" of the span's start.
func (s Span) String() string {
	if s.File == nil {
		return "-"
	}
	line, column := s.File.Position(s.Start)
	return fmt.Sprintf("%s:%d:%d", s.File.name, line, column)
}
