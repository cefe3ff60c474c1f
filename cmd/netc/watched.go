package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// watched is standard output that remembers the first error of writing to it, so that no command has to look after each
// line: whatever printed, a run whose output was cut off has failed.
type watched struct {
	w   io.Writer
	err error
}

func (w *watched) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.w.Write(p)
	if n < len(p) && err == nil {
		err = io.ErrShortWrite
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	if err != nil {
		w.err = fmt.Errorf("standard output: %w", err)
	}
	return n, w.err
}
