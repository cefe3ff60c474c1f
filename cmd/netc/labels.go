package main

import (
	"io"
	"os"
	"strings"
	"syscall"
)

// maxLabels bounds a file of labels, in bytes: a hundred thousand names of ten letters.
const maxLabels = 1 << 20

// readLabels reads the names of the classes, one a line.
func readLabels(path string) ([]string, error) {
	text, err := readText(path, maxLabels)
	if err != nil {
		return nil, err
	}
	if !isText(text) {
		return nil, wrongf("%s: labels are text, one name a line", path)
	}
	lines := strings.Split(strings.TrimSuffix(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n"), "\n")
	for i, line := range lines {
		if strings.TrimSpace(line) == "" {
			return nil, wrongf("%s:%d: the label is empty", path, i+1)
		}
	}
	return lines, nil
}

// readText reads a small file, or a pipe such as a shell's <(command), to its end. A pipe that nobody writes to is
// empty, and does not hold up the command; a device that never ends is too long.
func readText(path string, most int) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err != nil {
		return nil, err
	}
	if len(text) > most {
		return nil, wrongf("%s has more than %d bytes, the limit", path, most)
	}
	return text, nil
}
