package output

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// Marked returns what File.Replaces asks, for files that begin with one of these marks when netc wrote them.
func Marked(marks ...string) func(path string) error {
	return func(path string) error {
		for _, mark := range marks {
			if Begins(path, mark) {
				return nil
			}
		}
		const remedy = "move it away or give another folder"
		return fmt.Errorf("%s was not written by netc, and would be overwritten: %s", path, remedy)
	}
}

// Begins reports whether a regular file begins with a text. It reads no more than that, and opens nothing else: a pipe
// would wait.
func Begins(path, text string) bool { return bytes.Equal(Head(path, len(text)), []byte(text)) }

// Head returns the first bytes of a regular file, so many at most, and nil where there is none.
func Head(path string, length int) []byte {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	head := make([]byte, length)
	n, _ := io.ReadFull(f, head)
	return head[:n]
}
